"""Whatever happens to an account, in any order: what its rules promise holds after every step."""

import os
from decimal import Decimal
from typing import Any, get_args

from hypothesis import HealthCheck
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from support.build import BTC, ETH, FIVE, cycle, settings, signal
from support.machine_life import Life
from support.machine_network import Mishap
from support.machine_worker import Death
from tradepods_core.book.events import CommandGiven, CycleArrived, TroublesSeen
from tradepods_core.book.intents import RejectCode, Side
from tradepods_core.book.steering import Trouble
from tradepods_core.errors import Invalid
from tradepods_core.wire.cycle import Cycle

D = Decimal
EPISODES = int(os.environ.get("TRADEPODS_EPISODES", "120"))
STEPS = 50
SYMBOLS = st.sampled_from((BTC, ETH))
SIDES = st.sampled_from(("long", "short"))
HASTE = st.sampled_from((0, 0, 1, 3, 10, 40))  # what a good network gets done afterwards
WISHES = st.lists(
    st.tuples(
        SYMBOLS, SIDES, st.sampled_from(("swing", "dip")), st.sampled_from((1, 2)), st.sampled_from((0, 0, 4, 9))
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda wish: wish[:3],
)
PERCENTS = st.sampled_from(("-12", "-3.2", "-2", "-1.1", "-0.6", "0.6", "1.1", "1.6", "3.2")).map(D)
QUANTITIES = st.sampled_from(("-5", "-0.7", "0.7", "5")).map(D)
PICK = st.integers(0, 7)
PARTS = st.sampled_from(("1", "0.4", "0.01")).map(D)
MANIFESTS: tuple[dict[str, Any], ...] = (
    {"long": {"stopLossPct": 1}},
    {"long": {"stopLossPct": 5}, "short": {"stopLossPct": 5}},
    {"short": {"stopLossPct": 2, "takeProfitPct": 1}},
    {"long": {"takeProfitPct": 6}},
    {"autoExit": True},
    {"autoExit": False},
    {"leverage": 3},
    {"leverage": 20},
    {"marginMode": "isolated"},
    {"entryPct": 5},
    {"entryPct": 60},
    {"maxPositions": 1},
    {"maxPositions": 4},
    {"exitCooldownHours": 0},
    {"exitCooldownHours": 1, "entryCooldownMinutes": 10},
    {"dca": {"enabled": True, "triggerPct": "0.9", "stepPcts": [50, 30]}},
    {"dca": {"enabled": True, "triggerPct": "0.5", "stepPcts": [100]}},
    {"dca": {"enabled": False}},
    {"breakEven": {"triggerPct": 1, "offsetPct": "0.2"}},
    {"trailing": {"activatePct": "1.5", "callbackPct": "0.5"}},
    {"breakEven": {}, "trailing": {}},
    {"protections": {"maxDailyLossPct": 2, "flattenOnBreach": True}},
    {"protections": {"maxDrawdownPct": 3, "maxConsecutiveLosses": 2}},
    {"protections": {"maxExposurePct": 150, "maxSymbolExposurePct": 100}},
    {"protections": {}},
    {"state": "Paused"},
    {"state": "Running"},
    {"hedgeMode": True},
    {"hedgeMode": False},
    {"dryRun": False},
    {"dryRun": True},
    {"symbols": {"deny": [ETH]}},
    {"symbols": {}},
    {"strategies": ["swing"]},
    {"strategies": []},
    {"telegram": {"secretRef": {"name": "bot"}, "chatIds": ["1"], "overrides": ["autoExit"]}},
)
HAPPENINGS = (
    "trade",
    "order",
    "reduce",
    "close",
    "deleverage",
    "cancel",
    "mode",
    "FUNDING_FEE",
    "TRANSFER",
    "leave",
    "leave",
    "leave",
)
COMMANDS: tuple[dict[str, Any], ...] = (
    {"name": "pause"},
    {"name": "resume"},
    {"name": "close"},
    {"name": "close", "symbol": BTC},
    {"name": "reset"},
    {"name": "set", "field": "entryPct", "value": "7"},
    {"name": "set", "field": "entryPct", "value": "5"},
    {"name": "set", "field": "entryPct", "value": "101"},
    {"name": "set", "field": "autoExit", "value": "on"},
    {"name": "set", "field": "autoExit", "value": "off"},
    {"name": "set", "field": "autoExit", "value": "yes"},
    {"name": "set", "field": "dryRun", "value": "off"},
    {"name": "set", "field": "dryRun", "value": "on"},
)
FIRST: dict[str, Any] = {
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys"},
    "telegram": {"secretRef": {"name": "bot"}, "chatIds": ["1"]},
    "entryPct": 30,
    "exitCooldownHours": 0,
}


class Account(RuleBasedStateMachine):
    """One account, its exchange, what lies between them, and the people around."""

    @initialize(hedge=st.booleans(), burns=st.booleans(), managed=st.sets(st.sampled_from(range(15, 22)), max_size=3))
    def opened(self, hedge: bool, burns: bool, managed: set[int]) -> None:
        """In either position mode, with fees in either asset, and positions managed in any way."""
        self.document: dict[str, Any] = {**FIRST, "hedgeMode": hedge}
        for index in sorted(managed):
            self.document |= MANIFESTS[index]
        self.life = Life(settings(**self.document), burns=burns)
        self.commands, self.last = 0, cycle()

    # ---- the service

    @rule(
        wishes=WISHES,
        late=st.sampled_from((0, 0, 0, 50, 90, 700, 86_400)),
        told=st.sampled_from((True, True, True, False)),
        haste=HASTE,
    )
    def cycle(self, wishes: list[tuple[str, str, str, int, int]], late: int, told: bool, haste: int) -> None:
        """A candle closes; its cycle may come late, and the mark prices not at all."""
        worker = self.life.worker
        close = FIVE.last_close(worker.now) + FIVE.length
        worker.pass_market((close - worker.now).total_seconds())
        if told:
            self.life.tell_marks()
        prices = self.life.exchange.prices
        signals = [
            signal(
                s,
                side,
                close=close,
                strategy=strategy,
                strength=D(strength),
                reference_price=prices[s] * (1000 + off) / 1000,
            )
            for s, side, strategy, strength, off in wishes
        ]
        self.last = cycle(*signals, close=close)
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

    def _arrives(self, one: Cycle, haste: int) -> None:
        self.life.event(CycleArrived(cycle=one))
        self.life.work(haste)

    @rule(wishes=WISHES, moves=st.lists(st.tuples(SYMBOLS, PERCENTS), max_size=6), seconds=st.sampled_from((0.3, 6)))
    def ordinary(self, wishes: list[Any], moves: list[tuple[str, Decimal]], seconds: float) -> None:
        """An ordinary hour: signals at once, prices that move, a network that works."""
        self.cycle(wishes, late=0, told=True, haste=40)
        for symbol, percent in moves:
            self.move(symbol, percent, told=True, haste=10)
            self.wait(seconds, haste=10)

    @rule(wishes=WISHES, moves=st.lists(st.tuples(SYMBOLS, PERCENTS), min_size=2, max_size=8))
    def fast(self, wishes: list[Any], moves: list[tuple[str, Decimal]]) -> None:
        """Much happens in a second."""
        self.cycle(wishes, late=0, told=True, haste=40)
        for symbol, percent in moves:
            self.move(symbol, percent, told=True, haste=3)

    @rule(symbol=SYMBOLS, percent=PERCENTS, told=st.sampled_from((True, True, True, False)), haste=HASTE)
    def move(self, symbol: str, percent: Decimal, told: bool, haste: int) -> None:
        """A mark price moves; the worker may not hear of it yet."""
        self.life.move(symbol, percent, told=told)
        self.life.work(haste)

    # ---- time, network, death

    @rule(seconds=st.sampled_from((0.1, 0.3, 1.1, 3, 11, 70)), haste=HASTE)
    def wait(self, seconds: float, haste: int) -> None:
        """Time passes."""
        self.life.worker.wait(seconds)
        self.life.work(haste)

    @rule(steps=st.sampled_from((1, 2, 5, 20)))
    def work(self, steps: int) -> None:
        """The network gets something done."""
        self.life.work(steps)

    @precondition(lambda self: self.life.network.works)
    @rule(pick=PICK, share=PARTS)
    def answer(self, pick: int, share: Decimal) -> None:
        """One answer comes before all others; a market order may find few to trade with."""
        keys = self.life.network.open_questions()
        if keys:
            self.life.network.answer(keys[pick % len(keys)], share=share)
            self.life.worker.drain()

    @precondition(lambda self: self.life.network.works)
    @rule(pick=PICK, mishap=st.sampled_from(get_args(Mishap)), code=st.sampled_from(get_args(RejectCode)))
    def mishap(self, pick: int, mishap: Mishap, code: RejectCode) -> None:
        """A request or its answer is lost or late, or the exchange refuses for whatever reason."""
        keys = self.life.network.open_questions()
        if keys:
            self.life.network.fail(keys[pick % len(keys)], mishap, code)
            self.life.worker.drain()

    @precondition(lambda self: self.life.network.strays)
    @rule()
    def stray(self) -> None:
        """A request that was given up arrives after all."""
        self.life.network.stray()

    @precondition(lambda self: self.life.network.frames)
    @rule(again=st.booleans())
    def hear(self, again: bool) -> None:
        """The private stream says something; perhaps twice."""
        self.life.network.frame(again=again)
        self.life.worker.drain()

    @rule(what=st.sampled_from(("drop", "connect", "deaf", "read", "read", "ledger down", "ledger up")), haste=HASTE)
    def around(self, what: str, haste: int) -> None:
        """The stream breaks, is up again or falls silent; the account is read; the disk is full, or has room again."""
        network, worker = self.life.network, self.life.worker
        match what:
            case "read":
                worker.asked = True
                worker.read()
            case "deaf":
                network.deaf = True
            case "drop":
                network.drop()
            case "connect":
                network.drop()
                network.connect()
            case _:
                worker.ledger(down=what == "ledger down")
        worker.drain()
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
        self.document, self.life.spec = document, spec
        event = self.life.worker.manifest.change(spec, self.life.worker.now)
        if event is not None:
            self.life.event(event)
        self.life.work(haste)

    @rule(asked=st.sampled_from(COMMANDS), again=st.booleans(), haste=HASTE)
    def command(self, asked: dict[str, Any], again: bool, haste: int) -> None:
        """A person asks for something; the request may be one that was delivered before."""
        self.commands += not again
        self.life.event(CommandGiven(id=f"telegram/{self.commands}", by="alice", **asked))
        self.life.work(haste)

    @rule(kind=st.sampled_from((None, None, *get_args(Trouble))), haste=HASTE)
    def trouble(self, kind: Trouble | None, haste: int) -> None:
        """Something outside is wrong, and then it is over; or it stays."""
        self.life.event(TroublesSeen(troubles={} if kind is None else {kind: "a test"}))
        self.life.work(haste)

    @rule(what=st.sampled_from(HAPPENINGS), symbol=SYMBOLS, side=SIDES, signed=QUANTITIES, pick=PICK, haste=HASTE)
    def beside(self, *, what: str, symbol: str, side: Side, signed: Decimal, pick: int, haste: int) -> None:
        """Somebody uses the account beside the worker, or the exchange acts; they put it in order again, or don't."""
        hand = self.life.hand
        match what:
            case "trade":
                hand.trade(symbol, signed, side=side)
            case "order":
                hand.rest(symbol, signed, side=side)
            case "reduce" | "close" | "deleverage":
                hand.reduce(pick, how=what)
            case "cancel":
                hand.cancel(pick)
            case "mode":
                hand.turn_mode()
            case "leave":
                hand.leave(self.life.book)
            case _:
                hand.pay(what, signed)
        self.life.work(haste)

    # ---- in the end

    @rule()
    def calm(self) -> None:
        """For a while nothing goes wrong."""
        self.life.calm()

    def teardown(self) -> None:
        """Nor in the end."""
        if hasattr(self, "life") and not self.life.worker.broken:
            self.life.calm()


TestAccount = Account.TestCase
TestAccount.settings = effort(
    max_examples=EPISODES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
