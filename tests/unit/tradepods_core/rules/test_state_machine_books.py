"""Whatever happens to an account of two books: one of them trades, both are guarded, each word is for both of them."""

from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from support.build import FIVE, cycle, settings, signal
from support.machine_both import Whole
from support.machine_draws import (
    CODES,
    COMMANDS,
    EFFORT,
    EPISODES,
    FIRST,
    FORBIDDING,
    HAPPENINGS,
    HASTE,
    HOURS,
    MANAGED,
    MANIFESTS,
    PARTS,
    PERCENTS,
    PICK,
    QUANTITIES,
    RULED,
    SIDES,
    SWITCHED,
    SYMBOLS,
    Hour,
    Rules,
)
from support.machine_network import Mishap
from support.machine_worker import Death
from tradepods_core.book.events import CommandGiven, CycleArrived
from tradepods_core.book.intents import RejectCode, Side
from tradepods_core.book.steering import Trouble
from tradepods_core.errors import Invalid
from tradepods_worker.ports.ledger import BOOKS, BookName

D = Decimal
NAMES = st.sampled_from(BOOKS)
DEATHS = st.sampled_from((None, *get_args(Death)))
LIVES = max(EPISODES // 2, 1)


class Account(RuleBasedStateMachine):
    """One account with a dry run beside its live trading, and the people around."""

    @initialize(
        hedge=st.booleans(),
        live=st.booleans(),
        managed=st.lists(st.sampled_from(MANAGED), max_size=3),
        ruled=RULED,
    )
    def opened(self, *, hedge: bool, live: bool, managed: Rules, ruled: Rules) -> None:
        """It begins in either book."""
        self.document: dict[str, Any] = {**FIRST, "hedgeMode": hedge, "dryRun": not live}
        for part in managed:
            self.document |= part
        self.whole = Whole(settings(**self.document), burns=False)
        self.commands, self.last = 0, cycle()
        self.whole.publish(ruled, gone=False)

    # ---- the market

    @rule(hour=HOURS, late=st.sampled_from((0, 0, 90, 700)), haste=HASTE)
    def hour(self, hour: Hour, late: int, haste: int) -> None:
        """A candle closes, and prices move."""
        whole = self.whole
        self._candle(hour, late)
        whole.event(CycleArrived(cycle=self.last))
        whole.work(haste)
        for symbol, percent in hour.moves:
            self.move(symbol, percent, haste=haste)
            whole.wait(0.3)

    def _candle(self, hour: Hour, late: int) -> None:
        whole, now = self.whole, self.whole.account.now()
        close = FIVE.last_close(now) + FIVE.length
        whole.pass_market((close - now).total_seconds())
        whole.event(whole.marks())
        signals = hour.signals(whole.books["paper"].exchange.prices, close=close)
        self.last = cycle(*signals, close=close, variables=hour.values)
        whole.pass_market(late)

    @rule(side=SIDES, symbol=SYMBOLS, haste=HASTE)
    def cycle_again(self, side: str, symbol: str, haste: int) -> None:
        """The last cycle comes once more, with one more signal: whichever book has decided, decides nothing again."""
        price = self.whole.books["paper"].exchange.prices[symbol]
        more = signal(symbol, side, close=self.last.close, strategy="late", reference_price=price)
        signals = tuple({one.id: one for one in (*self.last.signals, more)}.values())
        self.last = self.last.model_copy(update={"revision": self.last.revision + 1, "signals": signals})
        self.whole.event(CycleArrived(cycle=self.last))
        self.whole.work(haste)

    @rule(symbol=SYMBOLS, percent=PERCENTS, haste=HASTE)
    def move(self, symbol: str, percent: Decimal, haste: int) -> None:
        """A mark price moves, for both books."""
        for book in self.whole.books.values():
            book.move(symbol, percent)
        self.whole.event(self.whole.marks())
        self.whole.work(haste)

    @rule(ruled=RULED, gone=st.booleans())
    def published(self, ruled: Rules, gone: bool) -> None:
        """Somebody edits a strategy while its positions are open, or removes it."""
        self.whole.publish(ruled, gone=gone)

    # ---- time, network, death

    @rule(seconds=st.sampled_from((0.3, 1.1, 11, 70)), haste=HASTE)
    def wait(self, seconds: float, haste: int) -> None:
        """Time passes."""
        self.whole.wait(seconds)
        self.whole.work(haste)

    @rule(
        name=NAMES,
        pick=PICK,
        share=PARTS,
        mishap=st.none() | st.sampled_from(get_args(Mishap)),
        code=st.sampled_from(CODES),
    )
    def answer(self, *, name: BookName, pick: int, share: Decimal, mishap: Mishap | None, code: RejectCode) -> None:
        """One answer comes before all others; or something goes wrong with it."""
        network = self.whole.books[name].network
        keys = network.open_questions()
        if keys and mishap is None:
            network.answer(keys[pick % len(keys)], share=share)
        elif keys and mishap is not None:
            network.fail(keys[pick % len(keys)], mishap, code)
        self.whole.drain()

    @rule(seed=st.integers(0, 2**16))
    def weather(self, seed: int) -> None:
        """From now on the network is bad, until it is calm."""
        self.whole.weather(seed)

    @rule(
        name=NAMES,
        what=st.sampled_from(("stray", "frame", "echo", "drop", "connect", "read", "ledger down", "ledger up")),
    )
    def around(self, name: BookName, what: str) -> None:
        """Of one book: a late request or frame arrives, its stream breaks, its account is read, its disk is full."""
        book = self.whole.books[name]
        if what == "stray":
            self._stray(name)
        elif book.worker.lives:
            book.disturb(what)
        self.whole.drain()

    def _stray(self, name: BookName) -> None:
        if self.whole.books[name].network.strays:
            self.whole.books[name].network.stray()

    @rule(live=DEATHS, paper=DEATHS, arrive=st.booleans(), haste=HASTE)
    def restart(self, live: Death | None, paper: Death | None, arrive: bool, haste: int) -> None:
        """The process ends, wherever it is; the next one begins."""
        self.whole.restart({"live": live, "paper": paper}, arrive=arrive)
        self.whole.work(haste)

    # ---- people

    @rule(changes=st.sampled_from((*MANIFESTS, *SWITCHED)), hour=HOURS, haste=HASTE)
    def manifest(self, changes: dict[str, Any], hour: Hour, haste: int) -> None:
        """Somebody edits it, and a cycle comes at the same moment; what is impossible changes nothing."""
        document = {**self.document, **changes}
        self._candle(hour, late=0)
        try:
            spec = settings(**document)
        except Invalid as error:
            self.whole.account.refuse(str(error))
        else:
            self.document = document
            self.whole.take(spec)
        self.whole.event(CycleArrived(cycle=self.last))
        self.whole.work(haste)

    @rule(asked=st.sampled_from((*COMMANDS, *SWITCHED)), kept=st.booleans(), haste=HASTE)
    def command(self, asked: dict[str, Any], kept: bool, haste: int) -> None:
        """A person asks for something; whether Telegram would deliver it again is another question."""
        if kept:
            self.whole.batch = []
        self.whole.command(self._command(asked))
        self.whole.work(haste)

    def _command(self, asked: dict[str, Any]) -> CommandGiven:
        self.commands += 1
        if "dryRun" in asked:
            asked = {"name": "set", "field": "dryRun", "value": "on" if asked["dryRun"] else "off"}
        return CommandGiven(id=f"telegram/{self.commands}", by="alice", **asked)

    @rule(asked=st.sampled_from((*COMMANDS, *SWITCHED)), live=DEATHS, paper=DEATHS, arrive=st.booleans(), haste=HASTE)
    def torn(self, *, asked: dict[str, Any], live: Death | None, paper: Death | None, arrive: bool, haste: int) -> None:
        """The process ends while its books take a request: one may have recorded it, the other not."""
        command = self._command(asked)
        self.whole.batch.append(command)
        self.whole.deliver(command)
        self.restart(live, paper, arrive=arrive, haste=haste)

    @rule(asked=st.sampled_from((*COMMANDS, *SWITCHED)), changes=st.sampled_from(SWITCHED), hour=HOURS)
    def at_once(self, asked: dict[str, Any], changes: dict[str, Any], hour: Hour) -> None:
        """A request, an edit of the manifest and a cycle come in one moment."""
        command = self._command(asked)
        self.whole.batch.append(command)
        self.whole.deliver(command)
        self.manifest(changes, hour, haste=10)

    @rule(kind=st.sampled_from((None, None, *FORBIDDING)), haste=HASTE)
    def trouble(self, kind: Trouble | None, haste: int) -> None:
        """Something outside is wrong, and then it is over; or it stays."""
        self.whole.trouble(kind)
        self.whole.work(haste)

    @rule(what=st.sampled_from(HAPPENINGS), symbol=SYMBOLS, side=SIDES, signed=QUANTITIES, pick=PICK, haste=HASTE)
    def beside(self, *, what: str, symbol: str, side: Side, signed: Decimal, pick: int, haste: int) -> None:
        """Somebody uses the live account beside the worker, or the exchange acts."""
        book = self.whole.books["live"]
        if book.worker.lives:
            book.happen(what, symbol, side, signed=signed, pick=pick)
        self.whole.work(haste)

    # ---- what holds

    @rule()
    def calm(self) -> None:
        """For a while nothing goes wrong."""
        self.whole.calm()

    @invariant()
    def agreed(self) -> None:
        """Both books know by what the account trades, and whether a person has paused it."""
        if hasattr(self, "whole"):
            self.whole.agree_on_terms()

    def teardown(self) -> None:
        """Nor in the end."""
        if hasattr(self, "whole") and not any(book.worker.broken for book in self.whole.books.values()):
            self.whole.calm()


TestAccount = pytest.mark.timeout(LIVES * 6)(Account.TestCase)
TestAccount.settings = effort(EFFORT, max_examples=LIVES, stateful_step_count=30)
