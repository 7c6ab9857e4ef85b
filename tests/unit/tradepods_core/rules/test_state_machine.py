"""Whatever happens to an account, in any order: what its rules promise holds after every step."""

import random
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from support.build import FIVE, cycle, settings, signal
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
    OVERRIDABLE,
    PARTS,
    PERCENTS,
    PICK,
    QUANTITIES,
    RULED,
    SIDES,
    STANDINGS,
    SYMBOLS,
    Hour,
    Rules,
    in_force,
)
from support.machine_life import Life
from support.machine_network import Mishap
from support.machine_worker import Death
from tradepods_core.book.events import CommandGiven, CycleArrived, TroublesSeen
from tradepods_core.book.intents import RejectCode, Side
from tradepods_core.book.steering import Trouble
from tradepods_core.errors import Invalid
from tradepods_core.wire.cycle import Cycle

D = Decimal


class Account(RuleBasedStateMachine):
    """One account, its exchange, what lies between them, and the people around."""

    @initialize(
        hedge=st.booleans(),
        burns=st.booleans(),
        rest=st.sampled_from((D(0), D("0.3"))),
        managed=st.lists(st.sampled_from(MANAGED), max_size=4),
        ruled=RULED,
    )
    def opened(self, *, hedge: bool, burns: bool, rest: Decimal, managed: Rules, ruled: Rules) -> None:
        """In either position mode, with fees in either asset, and positions managed in any way."""
        self.document: dict[str, Any] = {**FIRST, "hedgeMode": hedge, "exitCooldownHours": rest}
        for part in managed:
            self.document |= part
        self.life = Life(settings(**self.document), burns=burns)
        self.commands, self.last = 0, cycle()
        self.published(ruled, gone=False)

    # ---- the service

    @rule(
        hour=HOURS,
        late=st.sampled_from((0, 0, 0, 50, 90, 700, 86_400)),
        told=st.sampled_from((True, True, True, False)),
        haste=HASTE,
    )
    def cycle(self, hour: Hour, late: int, told: bool, haste: int) -> None:
        """A candle closes; its cycle may come late, and the mark prices not at all."""
        worker = self.life.worker
        close = FIVE.last_close(worker.now) + FIVE.length
        worker.pass_market((close - worker.now).total_seconds())
        if told:
            self.life.tell_marks()
        signals = hour.signals(self.life.exchange.prices, close=close)
        self.last = cycle(*signals, close=close, variables=hour.values)
        worker.pass_market(late)
        self._arrives(self.last, haste)

    @rule(side=SIDES, symbol=SYMBOLS, haste=HASTE)
    def cycle_again(self, side: str, symbol: str, haste: int) -> None:
        """The last cycle comes once more, under a higher revision and with one more signal."""
        price = self.life.exchange.prices[symbol]
        more = signal(symbol, side, close=self.last.close, strategy="late", reference_price=price)
        signals = tuple({one.id: one for one in (*self.last.signals, more)}.values())
        self.last = self.last.model_copy(update={"revision": self.last.revision + 1, "signals": signals})
        self._arrives(self.last, haste)

    @rule(ruled=RULED, gone=st.sampled_from((False, False, True)))
    def published(self, ruled: Rules, gone: bool) -> None:
        """Somebody edits a strategy while its positions are open, or removes it."""
        self.life.publish(in_force(ruled, gone=gone))

    def _arrives(self, one: Cycle, haste: int) -> None:
        self.life.event(CycleArrived(cycle=one))
        self.life.work(haste)

    @rule(
        hours=st.lists(HOURS, min_size=1, max_size=3),
        seconds=st.sampled_from((0.3, 6)),
        haste=st.sampled_from((10, 10, 3)),
    )
    def ordinary(self, hours: list[Hour], seconds: float, haste: int) -> None:
        """Ordinary hours: signals at once, prices that move, a network that works."""
        for hour in hours:
            self.cycle(hour, late=0, told=True, haste=40)
            for symbol, percent in hour.moves:
                self.move(symbol, percent, told=True, haste=haste)
                self.wait(seconds, haste=haste)

    @rule(hour=HOURS)
    def fast(self, hour: Hour) -> None:
        """Much happens in a second."""
        self.cycle(hour, late=0, told=True, haste=40)
        for symbol, percent in hour.moves:
            self.move(symbol, percent, told=True, haste=3)

    @rule(symbol=SYMBOLS, percent=PERCENTS, told=st.sampled_from((True, True, True, False)), haste=HASTE)
    def move(self, symbol: str, percent: Decimal, told: bool, haste: int) -> None:
        """A mark price moves; the worker may not hear of it yet."""
        self.life.shift(symbol, percent, told=told)
        self.life.work(haste)

    # ---- time, network, death

    @rule(seconds=st.sampled_from((0.1, 0.3, 1.1, 3, 11, 70)), haste=HASTE)
    def wait(self, seconds: float, haste: int) -> None:
        """Time passes."""
        self.life.worker.wait(seconds)
        self.life.work(haste)

    @precondition(lambda self: self.life.network.works)
    @rule(pick=PICK, share=PARTS)
    def answer(self, pick: int, share: Decimal) -> None:
        """One answer comes before all others; a market order may find few to trade with."""
        keys = self.life.network.open_questions()
        if keys:
            self.life.network.answer(keys[pick % len(keys)], share=share)
            self.life.worker.drain()

    @precondition(lambda self: self.life.network.works)
    @rule(pick=PICK, mishap=st.sampled_from(get_args(Mishap)), code=st.sampled_from(CODES))
    def mishap(self, pick: int, mishap: Mishap, code: RejectCode) -> None:
        """A request or its answer is lost or late, or the exchange refuses for whatever reason."""
        keys = self.life.network.open_questions()
        if keys:
            self.life.network.fail(keys[pick % len(keys)], mishap, code)
            self.life.worker.drain()

    @rule(seed=st.integers(0, 2**16))
    def weather(self, seed: int) -> None:
        """From now on the network is bad, until it is calm."""
        self.life.weather = random.Random(seed)

    @precondition(lambda self: self.life.network.strays)
    @rule()
    def stray(self) -> None:
        """A request that was given up arrives after all."""
        self.life.network.stray()

    @rule(again=st.none() | PICK)
    def hear(self, again: int | None) -> None:
        """The private stream says something, or says something again."""
        network = self.life.network
        if again is not None:
            network.echo(again)
        elif network.frames:
            network.frame()
        self.life.worker.drain()

    @rule(what=st.sampled_from(("drop", "connect", "deaf", "read", "read", "ledger down", "ledger up")), haste=HASTE)
    def around(self, what: str, haste: int) -> None:
        """The stream breaks, is up again or falls silent; the account is read; the disk is full, or has room again."""
        self.life.disturb(what)
        self.life.work(haste)

    @rule(death=st.sampled_from((None, *get_args(Death))), arrive=st.booleans(), haste=HASTE)
    def restart(self, death: Death | None, arrive: bool, haste: int) -> None:
        """The process ends, wherever it is; the next one begins."""
        self.life.restart(death, arrive=arrive)
        self.life.work(haste)

    # ---- people

    @rule(changes=st.sampled_from(MANIFESTS), haste=HASTE)
    def manifest(self, changes: dict[str, Any], haste: int) -> None:
        """Somebody edits it; one that says something impossible changes nothing."""
        document = {**self.document, **changes}
        try:
            spec = settings(**document)
        except Invalid:
            return
        self.document = document
        self.life.take(spec)
        self.life.work(haste)

    @rule(asked=st.sampled_from(COMMANDS), again=st.booleans(), haste=HASTE)
    def command(self, asked: dict[str, Any], again: bool, haste: int) -> None:
        """A person asks for something; the request may be one that was delivered before."""
        self.commands += not again
        self.life.event(CommandGiven(id=f"telegram/{self.commands}", by="alice", **asked))
        self.life.work(haste)

    @rule(asked=st.sampled_from(COMMANDS), changes=st.sampled_from(OVERRIDABLE), hour=HOURS)
    def overruled(self, asked: dict[str, Any], changes: dict[str, Any], hour: Hour) -> None:
        """A person changes a setting, somebody the manifest, perhaps of that very field."""
        self.command(asked, again=False, haste=3)
        self.manifest(changes, haste=3)
        self.fast(hour)

    @rule(kind=st.sampled_from((None, None, *FORBIDDING)), haste=HASTE)
    def trouble(self, kind: Trouble | None, haste: int) -> None:
        """Something outside is wrong, and then it is over; or it stays."""
        self.life.event(TroublesSeen(troubles={} if kind is None else {kind: "a test"}))
        self.life.work(haste)

    @rule(what=st.sampled_from(HAPPENINGS), symbol=SYMBOLS, side=SIDES, signed=QUANTITIES, pick=PICK, haste=HASTE)
    def beside(self, *, what: str, symbol: str, side: Side, signed: Decimal, pick: int, haste: int) -> None:
        """Somebody uses the account beside the worker, or the exchange acts; they put it in order again, or don't."""
        self.life.happen(what, symbol, side, signed=signed, pick=pick)
        self.life.work(haste)

    @rule(what=st.sampled_from(STANDINGS), hour=HOURS, calm=st.booleans())
    def meanwhile(self, what: str, hour: Hour, calm: bool) -> None:
        """For a while nothing may be opened; signals come and prices move all the same."""
        self._stand(what, on=True)
        self.ordinary([hour], seconds=0.3, haste=10)
        if calm:
            self.life.calm()
        self._stand(what, on=False)
        self.life.work(40)

    def _stand(self, what: str, *, on: bool) -> None:
        match what:
            case "pause":
                self.command({"name": "pause" if on else "resume"}, again=False, haste=0)
            case "dryRun":
                self.manifest({"dryRun": not on}, haste=3)
            case "state":
                self.manifest({"state": "Paused" if on else "Running"}, haste=0)
            case "autoExit":
                self.manifest({"autoExit": not on}, haste=3)
            case "drop" | "ledger down":
                self.around(what if on else "connect" if what == "drop" else "ledger up", haste=0)
            case _:
                self.trouble("Halted" if on else None, haste=0)

    # ---- in the end

    @rule()
    def calm(self) -> None:
        """For a while nothing goes wrong."""
        self.life.calm()

    def teardown(self) -> None:
        """Nor in the end."""
        if hasattr(self, "life") and not self.life.worker.broken:
            self.life.calm()


TestAccount = pytest.mark.timeout(EPISODES * 3)(Account.TestCase)
TestAccount.settings = EFFORT
