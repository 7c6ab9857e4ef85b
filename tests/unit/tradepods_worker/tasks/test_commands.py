"""The command task where ledger or Telegram are in trouble: people wait, the account does not."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from support.account import Account
from support.chatting import Wall, chatty, view_of
from support.telegram_bench import ANN
from tradepods_core.errors import Temporary
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.telegram.answers import answer
from tradepods_worker.adapters.telegram.asking import caption
from tradepods_worker.ports import Later, Never, Sent
from tradepods_worker.ports.commands import Answer, Heard, Place, Say, Skipped, Typed
from tradepods_worker.ports.ledger import BookName
from tradepods_worker.tasks.commands import Commands
from tradepods_worker.tasks.speaker import MOST, TRIES, Speaker
from tradepods_worker.tasks.strangers import KNOWN, Strangers

HERE = Place(str(ANN))


class ScriptedLine:
    """Tells what it is given to, keeps what it is told."""

    def __init__(self, *heard: Heard) -> None:
        self.heard: list[Sequence[Heard]] = [heard]
        self.asked_after: list[int | None] = []
        self.told: list[str] = []
        self.outcomes: list[Sent | Later | Never | Exception] = []

    async def introduce(self) -> None:
        """Nothing to learn."""

    async def hear(self, *, after: int | None) -> Sequence[Heard]:
        """The script, then nothing."""
        self.asked_after.append(after)
        await asyncio.sleep(0)
        return self.heard.pop() if self.heard else ()

    async def tell(self, answer: Answer) -> Sent | Later | Never:
        """As the test says; else it is sent."""
        outcome = self.outcomes.pop(0) if self.outcomes else Sent()
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Sent):
            self.told.append(answer.text if isinstance(answer, Say) else answer.note)
        return outcome

    async def close(self) -> None:
        """Nothing to let go of."""


class LockedLedger(MemoryLedger):
    """A ledger that can't be used for so many tries."""

    def __init__(self, tries: int) -> None:
        super().__init__()
        self.tries = tries

    async def _try(self) -> None:
        if self.tries:
            self.tries -= 1
            raise Temporary("the ledger is locked")

    async def load_offset(self) -> int | None:
        """Locked at first."""
        await self._try()
        return await super().load_offset()

    async def save_offset(self, number: int) -> None:
        """Locked at first."""
        await self._try()
        await super().save_offset(number)

    async def closed(self, book: BookName, *, limit: int) -> Any:
        """Locked at first."""
        await self._try()
        return await super().closed(book, limit=limit)


def _typed(number: int, name: str, argument: str = "") -> Typed:
    return Typed(number=number, place=HERE, by="Ann", name=name, argument=argument)


def _commands(line: ScriptedLine, ledger: MemoryLedger, *, read: bool = True) -> Commands:
    account = Account(account_settings=chatty())
    return Commands(
        line=line,
        store=ledger,
        past=lambda: ledger.book("live"),
        look=lambda: view_of(account, read=read),
        write=answer,
        caption=caption,
        put=account.handle,  # type: ignore[arg-type]  # what it decides is not looked at
        reread=lambda _: None,
        wall=Wall(),
    )


async def _spoken(speaker: Speaker) -> None:
    speaking = asyncio.create_task(speaker.run())
    await speaker.silent()
    speaking.cancel()


async def test_an_offset_that_can_not_be_kept_is_kept_with_the_next() -> None:
    """A locked ledger costs no command."""
    ledger = LockedLedger(1)
    commands = _commands(ScriptedLine(_typed(4, "status")), ledger)

    assert await commands.listen(None) == 4
    assert await ledger.load_offset() is None
    assert await commands.listen(4) == 4


async def test_a_ledger_that_can_not_be_read_is_waited_for() -> None:
    """Listening without the offset could do again what was done."""
    ledger, line = LockedLedger(2), ScriptedLine()
    ledger.disk.offset = 41
    running = asyncio.create_task(_commands(line, ledger).run())
    while not line.asked_after:
        await asyncio.sleep(0)
    running.cancel()

    assert line.asked_after[0] == 41


async def test_a_question_that_the_ledger_can_not_answer_now_is_answered_so() -> None:
    """The next command is heard all the same."""
    line = ScriptedLine(_typed(1, "trades"), Skipped(number=2), _typed(3, "trades"))
    commands = _commands(line, LockedLedger(1))
    await commands.listen(None)
    await _spoken(commands.speaker)

    assert ["can't answer" in text for text in line.told] == [True, False]


@pytest.mark.parametrize("trouble", [Later(after=3), Never("Forbidden"), RuntimeError("the client is closed")])
async def test_an_answer_that_can_not_be_told_is_given_up(trouble: Any) -> None:
    """After a few tries, or at once: the next one is told."""
    line, wall = ScriptedLine(), Wall()
    line.outcomes = [trouble] * (TRIES if isinstance(trouble, Later) else 1)
    speaker = Speaker(line=line, wall=wall)
    for text in "ab":
        speaker.add(Say(place=HERE, text=text))
    await _spoken(speaker)

    assert line.told == ["b"]
    assert wall.slept == ([3, 3, 3] if isinstance(trouble, Later) else [])


async def test_answers_that_nobody_hears_do_not_pile_up() -> None:
    """The oldest give way."""
    line = ScriptedLine()
    speaker = Speaker(line=line, wall=Wall())
    for number in range(MOST + 2):
        speaker.add(Say(place=HERE, text=str(number)))
    await _spoken(speaker)

    assert line.told == [str(number) for number in range(2, MOST + 2)]


def test_a_flood_of_strangers_is_no_flood_of_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """The 1st, 10th and 100th message of a chat is a line; all are counted, and memory is bounded."""
    strangers = Strangers()
    for _ in range(150):
        strangers.count("666")
    lines = capsys.readouterr().out.count("stranger")
    for number in range(KNOWN * 2):
        strangers.count(f"-{number}")

    assert lines == 3
    assert strangers.total == 150 + KNOWN * 2
    assert len(strangers._counts) <= KNOWN


@pytest.mark.parametrize(
    ("read", "said"), [(False, "the exchange account was not read yet"), (True, "there is nothing to close")]
)
async def test_an_account_that_was_not_read_yet_is_not_called_flat(read: bool, said: str) -> None:
    """What the exchange holds is not known: the person asks again."""
    line = ScriptedLine(_typed(1, "close", "all"))
    commands = _commands(line, MemoryLedger(), read=read)
    await commands.listen(None)
    await _spoken(commands.speaker)

    assert [said in text for text in line.told] == [True], line.told
