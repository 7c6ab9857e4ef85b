"""People steer and follow the account by its bot. Whatever Telegram does, no trade waits for it.

An update counts as handled once what it asks for is in the ledger: a worker that is killed before hears it again, and
the desk takes a request it knows for what it is. Answers that only look are told once; who misses one asks again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import structlog

from tradepods_core.book.events import CommandGiven, CommandName
from tradepods_core.errors import Invalid, Temporary
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.ports import Clock, Put
from tradepods_worker.ports.commands import (
    CommandStore,
    Heard,
    Line,
    Past,
    Place,
    Pressed,
    Say,
    Settle,
    Skipped,
    Typed,
    Unheard,
    View,
    Write,
)
from tradepods_worker.tasks.confirmations import Confirmations, Request
from tradepods_worker.tasks.retuning import CHANGES, after_losses, changed, risks_more
from tradepods_worker.tasks.speaker import Speaker
from tradepods_worker.tasks.strangers import Strangers

LOOK_AGAIN = 0.02  # seconds between looks whether the desk has taken a request
AT_LEAST = 1.0  # seconds before Telegram is asked again after trouble
ONE_BOOK = ("set", "reset")  # one book keeps what is asked of the settings
PATIENCE = timedelta(seconds=10)  # for a desk that can't take a request yet
TRADES = 10
LOOKS = ("start", "help", "status", "positions", "balance", "pnl", "settings")
WHOLE = ("status", "positions", "balance", "pnl", "trades", "settings", "pause", "resume", "reset")  # nothing follows
ACTS = ("pause", "resume", "dryrun", "entrypct", "autoexit", "reset", "close")
log = structlog.get_logger()


def may_act(settings: AccountSpec, chat: str) -> bool:
    """Whether this chat may act."""
    return settings.telegram is not None and chat in settings.telegram.chat_ids


def may_look(settings: AccountSpec, chat: str) -> bool:
    """Whether this chat gets answers at all."""
    return may_act(settings, chat) or (settings.telegram is not None and chat in settings.telegram.viewer_chat_ids)


class Commands:
    """Hears commands, gives them to the desk, answers questions.

    Args:
        look: the account at this moment, and by its settings who may act and who may look.
        write, caption: texts of answers and questions, and of the button below a question.
        reread: has the account read anew.

    """

    def __init__(
        self,
        *,
        line: Line,
        store: CommandStore,
        past: Callable[[], Past],
        look: Callable[[], View],
        write: Write,
        caption: Write,
        put: Put,
        reread: Callable[[str], None],
        wall: Clock,
    ) -> None:
        self.speaker = Speaker(line=line, wall=wall)
        self.strangers = Strangers()
        self._line, self._store, self._past = line, store, past
        self._look, self._write, self._caption = look, write, caption
        self._put, self._reread, self._wall = put, reread, wall
        self._confirmations = Confirmations()
        self._trouble = ""

    async def run(self) -> None:
        """Listen without end."""
        while not await self._introduced():
            pass
        after = await self._begin()
        while True:
            after = await self.listen(after)

    async def listen(self, after: int | None) -> int | None:
        """Hear and handle what came after that update; the last one handled."""
        try:
            heard = await self._line.hear(after=after)
        except Unheard as error:
            await self._wait(error)
            return after
        self._say("")
        for one in heard:
            await self._handle(one)
        if not heard:
            return after
        await self._keep(heard[-1].number)
        return heard[-1].number

    async def _introduced(self) -> bool:
        try:
            await self._line.introduce()
        except Unheard as error:
            await self._wait(error)
            return False
        return True

    async def _begin(self) -> int | None:
        while True:
            try:
                return await self._store.load_offset()
            except Temporary as error:
                await self._wait(Unheard("the ledger can't be read", after=error.after))

    async def _keep(self, number: int) -> None:
        """Where the ledger can't be written now, the next batch's number stands for this one too."""
        try:
            await self._store.save_offset(number)
        except Temporary as error:
            log.warning("offset_not_kept", error=str(error))

    async def _wait(self, error: Unheard) -> None:
        self._say(error.state)
        await self._wall.sleep(max(error.after, AT_LEAST))

    def _say(self, trouble: str) -> None:
        """Once per change."""
        if trouble != self._trouble:
            (log.warning if trouble else log.info)("commands_unheard" if trouble else "commands_heard", why=trouble)
        self._trouble = trouble

    async def _handle(self, heard: Heard) -> None:
        """One update. An answer that fails is not worth the worker, which would meet it again at its next start."""
        if isinstance(heard, Skipped):
            return
        if not may_look(self._look().settings, heard.place.chat):
            self.strangers.count(heard.place.chat)
            return
        try:
            await (self._typed(heard) if isinstance(heard, Typed) else self._pressed(heard))
        except Exception as error:  # noqa: BLE001 - see above
            log.warning("command_failed", error=type(error).__name__)
            self._tell(heard.place, self._write("failed", self._look()))

    async def _typed(self, typed: Typed) -> None:
        view = self._look()
        if typed.name in ACTS and not may_act(view.settings, typed.place.chat):
            self._tell(typed.place, self._write("viewer", view))
        elif typed.argument and typed.name in WHOLE:
            self._tell(typed.place, self._write("whole", replace(view, said=typed.name)))
        elif typed.name == "close":
            self._close(typed, view)
        elif typed.name in CHANGES:
            await self._change(typed, view)
        elif typed.name == "resume" and after_losses(view):
            self._ask(typed, view, Request(name="resume"))
        elif typed.name in ACTS:
            await self._give(typed, Request(name=cast("CommandName", typed.name)))
        else:
            await self._answer(typed, view)

    async def _answer(self, typed: Typed, view: View) -> None:
        """A question that changes nothing."""
        if typed.name == "why":
            await self._why(typed, view)
        elif typed.name == "trades":
            closed = await self._past().closed(limit=TRADES)
            self._tell(typed.place, self._write("trades", replace(view, closed=closed)))
        else:
            self._tell(typed.place, self._write(typed.name if typed.name in LOOKS else "unknown", view))

    async def _why(self, typed: Typed, view: View) -> None:
        symbol = view.named(typed.argument)
        if symbol is None:
            self._tell(typed.place, self._write("unknown_symbol" if typed.argument else "why_what", view))
            return
        decided = await self._past().decided(symbol)
        self._tell(typed.place, self._write("why", replace(view, symbol=symbol, decided=decided)))

    def _close(self, typed: Typed, view: View) -> None:
        """A close risks money: it is asked once, with the consequence in numbers."""
        symbol = "" if typed.argument.lower() == "all" else view.named(typed.argument)
        if not typed.argument or symbol is None:
            self._tell(typed.place, self._write("unknown_symbol" if typed.argument else "close_what", view))
            return
        meant = replace(view, symbol=symbol)
        if not (meant.meant() or meant.strange()):
            self._tell(typed.place, self._write("nothing" if view.read else "unread", meant))
            return
        self._ask(typed, meant, Request(name="close", symbol=symbol, foreign=bool(meant.strange())))

    async def _change(self, typed: Typed, view: View) -> None:
        """Another setting. What risks money is asked once; what is not allowed is said with what is."""
        try:
            request, wanted = changed(typed, view)
        except Invalid as error:
            self._tell(typed.place, self._write("not_allowed", replace(view, said=str(error))))
            return
        if wanted.effective == view.settings:
            self._tell(typed.place, self._write("no_change", view))
        elif risks_more(view.settings, wanted.effective):
            self._ask(typed, replace(view, wanted=wanted.effective), request)
        else:
            await self._give(typed, request)

    def _ask(self, typed: Typed, view: View, request: Request) -> None:
        text = self._write(request.name, view)
        chat, now = typed.place.chat, self._wall.now()
        data = self._confirmations.ask(typed.number, request, view=view, chat=chat, text=text, now=now)
        self.speaker.add(Say(place=typed.place, text=text, button=self._caption(request.name, view), data=data))

    async def _pressed(self, pressed: Pressed) -> None:
        view = self._look()
        taken = view.taken.any if pressed.data.startswith(ONE_BOOK) else view.taken.all
        if _id(pressed) in taken:  # told a second time: it was obeyed, only its answer may be missing
            self._settle(pressed, "done", view, text=self._write("done", view))
        elif not may_act(view.settings, pressed.place.chat):
            self._settle(pressed, "viewer", view)
        else:
            await self._confirmed(pressed, view)

    async def _confirmed(self, pressed: Pressed, view: View) -> None:
        asked = self._confirmations.take(pressed, now=self._wall.now())
        if asked is None:
            self._settle(pressed, "stale", view)
        elif asked.request.name == "close" and not (view.read and await self._known(asked.request)):
            self._settle(pressed, "unread", view)  # kept for later, nobody would know what it closes then
        elif not asked.covers(view := self._look()):
            self._settle(pressed, "changed", view)
        else:
            await self._give(pressed, asked.request)
            confirmed = self._write("confirmed", replace(view, said=pressed.by))
            self._settle(pressed, "done", view, text=f"{asked.text}\n{confirmed}")

    async def _known(self, request: Request) -> bool:
        """Whether all that a close means is known as of now: of what the ledger lacks, only a new reading tells."""
        if not request.foreign:
            return True
        asked_at = self._wall.now()
        self._reread("a person closes what the ledger does not know")
        while (read_at := self._look().read_at) is None or read_at < asked_at:
            if self._wall.now() >= asked_at + PATIENCE:
                return False
            await self._wall.sleep(LOOK_AGAIN)
        return True

    async def _give(self, heard: Typed | Pressed, request: Request) -> None:
        """To the desk; done once it is in the ledger. The answer to everyone comes by the outbox.

        An account that can't be read yet takes some of it later: the person is told, and may go on asking.
        """
        if not self._taken(heard, request):
            self._put(
                CommandGiven(
                    id=_id(heard),
                    name=request.name,
                    symbol=request.symbol,
                    foreign=request.foreign,
                    field=request.field,
                    value=request.value,
                    by=heard.by,
                )
            )
        deadline = self._wall.now() + PATIENCE
        while not self._taken(heard, request):
            if self._wall.now() >= deadline:
                self._tell(heard.place, self._write("waits", self._look()))
                return
            await self._wall.sleep(LOOK_AGAIN)

    def _taken(self, heard: Typed | Pressed, request: Request) -> bool:
        """One book keeps what is asked of the settings; everything else is asked of every open one."""
        taken = self._look().taken
        return _id(heard) in (taken.any if request.name in ONE_BOOK else taken.all)

    def _tell(self, place: Place, text: str) -> None:
        self.speaker.add(Say(place=place, text=text))

    def _settle(self, pressed: Pressed, kind: str, view: View, *, text: str = "") -> None:
        self.speaker.add(Settle(pressed=pressed, note=self._write(kind, view), text=text))


def _id(heard: Typed | Pressed) -> str:
    """The same however often it is delivered."""
    return f"telegram/{heard.number}"
