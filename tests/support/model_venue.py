"""A venue behind a bad network, in memory: core's own matching, and messages that are late, lost, or sent twice."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from support.build import BTC, NOON, market
from support.recording import Recording
from support.virtual_loop import VirtualClock
from tradepods_core.book.events import AccountView, FillReported, OrderReported, VenueOrder, VenuePosition
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    Intent,
    Outcome,
    PlaceOrder,
    PrepareSymbol,
    Rejected,
    SetMarginMode,
    SetPositionMode,
    Throttled,
    Unknown,
)
from tradepods_core.book.outside import ForeignSeen, Past
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, Paid, PaperAccount, PaperOrder, Refusal, Step, Traded
from tradepods_core.paper.quotes import Moment
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.courier import WINDOW
from tradepods_worker.ports import Gap, Lost, Progress, VenueEvent, Wanted

D = Decimal
SETTLE, LEVERAGE = "USDT", 10
READ_ATTEMPTS = 3
GIVES_UP = 5.0  # seconds for an answer
MARKETS = {BTC: market(BTC)}


@dataclass(slots=True)
class Known:
    """An order that the venue knows, and its trades."""

    shown: VenueOrder
    fills: list[FillReported] = field(default_factory=list)


class ModelVenue(Recording):
    """One account. It outlives the worker; `calm` it, and the network is good from then on."""

    def __init__(self, chance: random.Random) -> None:
        self.paper = PaperAccount(wallet=D(10_000), leverage={BTC: LEVERAGE})
        self.price = D(100)
        self.orders: dict[str, Known] = {}
        self.opened: list[str] = []
        self._chance = chance
        self._calm = False
        self._clock = VirtualClock()
        self._frames: asyncio.Queue[tuple[OrderReported | FillReported | ForeignSeen, ...] | None] = asyncio.Queue()
        self._up = self._deaf = False
        self._latest = 0.0

    # ---- what a test does with it

    def calm(self) -> None:
        """From now on nothing is lost or late; the stream connects anew."""
        self._calm = True
        self.drop()

    def move(self, price: Decimal) -> None:
        """The mark price goes there."""
        self.price = price
        self._took(engine.advance(self.paper, moment=Moment(prices={BTC: price}, markets=MARKETS, at=NOON)))

    def drop(self) -> None:
        """The private stream breaks."""
        self._frames.put_nowait(None)

    def deafen(self) -> None:
        """The private stream falls silent, and stays open."""
        self._deaf = True

    def leave(self) -> None:
        """Whoever listened is gone."""
        self._frames, self._up = asyncio.Queue(), False

    # ---- the port

    async def prepare(self, markets: Mapping[Symbol, Market]) -> None:
        """Nothing to learn."""

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """The request goes its own way, whatever becomes of its sender."""
        if self._happens(0.06):
            return Throttled(until=self._clock.now() + timedelta(seconds=self._chance.uniform(0.1, 2)))
        if self._happens(0.06):
            await asyncio.sleep(self._chance.choice([0.01, GIVES_UP]))
            return Unknown(why="the request is lost")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        way = self._chance.uniform(0.5, 6) if self._happens(0.06) else self._chance.uniform(0.005, 0.08)
        self._later(way, lambda: self._answer(answer, intent, signed_at))
        done, _ = await asyncio.wait({answer}, timeout=GIVES_UP)
        if not done or self._happens(0.07):
            return Unknown(why="the answer is lost")
        await asyncio.sleep(self._chance.uniform(0.002, 0.05))
        return answer.result()

    def _answer(self, answer: "asyncio.Future[Outcome]", intent: Intent, signed_at: datetime) -> None:
        outcome = self._arrived(intent, signed_at)
        if not answer.cancelled():
            answer.set_result(outcome)

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """One order."""
        await asyncio.sleep(self._chance.uniform(0.005, 0.05))
        if self._happens(0.1):
            raise Temporary("no answer")
        known = self.orders.get(wanted.id)
        return None if known is None else known.shown

    async def read(self, *, wanted: Sequence[Wanted], past: Sequence[str] = ()) -> AccountView:
        """The account, in questions one after the other; again while it changes meanwhile."""
        attempts = 0
        while True:
            if self._happens(0.08):
                await asyncio.sleep(self._chance.uniform(0.01, GIVES_UP))
                raise Temporary("no answer")
            before, view = self.paper, await self._view(wanted, past)
            attempts += 1
            if attempts == READ_ATTEMPTS or (before.wallet, before.positions) == (view.wallet, self.paper.positions):
                return view

    async def _view(self, wanted: Sequence[Wanted], past: Sequence[str]) -> AccountView:
        await self._pause()
        shown = [known.shown for known in self.orders.values() if not known.shown.ended]
        await self._pause()
        resting = {order.id for order in shown}
        others = [self.orders[one.id] for one in wanted if one.id in self.orders and one.id not in resting]
        shown += [known.shown for known in others]
        fills = [fill for known in others if known.shown.executed for fill in known.fills]
        await self._pause()
        held = self.paper.held(BTC)
        return AccountView(
            wallet=self.paper.wallet,
            positions=(VenuePosition(symbol=BTC, quantity=held),) if held else (),
            orders=tuple(shown),
            fills=tuple(replace(fill, seen_at=self._clock.now()) for fill in sorted(fills, key=lambda f: int(f.trade))),
            leverage={BTC: LEVERAGE},
            pasts={symbol: Past(mark=self.price, at=NOON) for symbol in past},
        )

    async def events(self) -> AsyncIterator[VenueEvent]:
        """The private stream."""
        while True:
            if self._happens(0.15):
                await asyncio.sleep(self._chance.uniform(0, 4))
            self._frames, self._up, self._deaf = asyncio.Queue(), True, False
            yield Gap(why="connected")
            while (frames := await self._frames.get()) is not None:
                for event in frames:
                    yield replace(event, seen_at=self._clock.now())
            self._up = False
            yield Lost()
            await asyncio.sleep(0.2)

    def progress(self) -> Progress:
        """No frames are counted."""
        return Progress()

    async def reached(self, frames: int) -> None:
        """Nothing to wait for."""

    async def close(self) -> None:
        """Nothing to let go of."""

    # ---- the network

    def _happens(self, share: float) -> bool:
        return not self._calm and self._chance.random() < share

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.1, 1.5) if self._happens(0.1) else self._chance.uniform(0.005, 0.1))

    def _later(self, seconds: float, work: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_later(seconds, work)

    def _tell(self, *events: OrderReported | FillReported | ForeignSeen) -> None:
        """One frame: late now and then, but never before an earlier one."""
        if not self._up or self._deaf:
            return
        now, frames = asyncio.get_running_loop().time(), self._frames
        way = self._chance.uniform(0.1, 3) if self._happens(0.1) else self._chance.choice([0.002, 0.01, 0.05])
        self._latest = max(self._latest + 1e-6, now + way)
        self._later(self._latest - now, lambda: frames.put_nowait(events))

    # ---- the venue

    def _arrived(self, intent: Intent, signed_at: datetime) -> Outcome:
        if self._clock.now() > signed_at + WINDOW:
            return Rejected(code="too_late")
        match intent:
            case PrepareSymbol() | SetMarginMode() | SetPositionMode():
                return Accepted()
            case CancelOrder():
                return self._answered(engine.cancel(self.paper, intent.target, at=NOON))
            case PlaceOrder() if intent.reduce_only and self._happens(0.05):
                return Rejected(code="other")
            case PlaceOrder():
                return self._placed(intent)

    def _placed(self, intent: PlaceOrder) -> Outcome:
        if intent.purpose == "enter":
            self.opened.append(intent.id)
        half = not intent.conditional and self._happens(0.1)  # the other half finds nobody to trade with
        order = PaperOrder(
            id=intent.id,
            symbol=BTC,
            buys=intent.buys,
            kind=intent.kind,
            quantity=max((intent.quantity / 2).quantize(D("0.001")), D("0.001")) if half else intent.quantity,
            trigger=intent.trigger,
            reduce_only=intent.reduce_only,
            at=NOON,
        )
        moment = Moment(prices={BTC: self.price}, markets=MARKETS, at=NOON)
        step = engine.place(self.paper, order, moment=moment)
        if not isinstance(step, Refusal):
            self.orders[intent.id] = Known(_shown(intent))
        return self._answered(step)

    def _answered(self, step: Step | Refusal) -> Outcome:
        if isinstance(step, Refusal):
            return Rejected(code=step.code)
        self._took(step)
        end = next((h for h in step.happened if isinstance(h, Ended) and h.order.kind == "market"), None)
        return Accepted() if end is None else Accepted(executed=end.executed, ended=True)

    def _took(self, step: Step) -> None:
        self.paper = step.account
        self.record(step.happened)
        for happening in step.happened:
            assert not isinstance(happening, Paid)  # nobody is liquidated here
            known = self.orders[happening.order.id]
            match happening:
                case Traded():
                    self._traded(known, happening)
                case Ended():
                    done = happening.executed == known.shown.quantity
                    status = "FILLED" if done else "CANCELED" if happening.status == "cancelled" else "EXPIRED"
                    known.shown = replace(known.shown, ended=True, executed=happening.executed, status=status)
                    self._tell(self._report(known.shown))
                case _:
                    self._tell(self._report(known.shown))

    def _traded(self, known: Known, trade: Traded) -> None:
        """One fill, or two of which each is a frame."""
        first = (trade.quantity * D(self._chance.choice(["1", "1", "0.3", "0.8"]))).quantize(D("0.001"))
        for part in (part for part in (first, trade.quantity - first) if part):
            share = part / trade.quantity
            fill = FillReported(
                order=trade.order.id,
                trade=f"{trade.trade}{len(known.fills)}",
                symbol=BTC,
                quantity=part,
                price=trade.price,
                fee=trade.fee * share,
                fee_asset=SETTLE,
                realized=trade.realized * share,
                at=NOON,
                seen_at=self._clock.now(),
            )
            known.fills.append(fill)
            known.shown = replace(known.shown, executed=known.shown.executed + part)
            self._tell(fill, self._report(replace(known.shown, status="PARTIALLY_FILLED")))

    def _report(self, shown: VenueOrder) -> OrderReported:
        now = self._clock.now()
        return OrderReported(id=shown.id, ended=shown.ended, executed=shown.executed, status=shown.status, seen_at=now)


def _shown(intent: PlaceOrder) -> VenueOrder:
    return VenueOrder(
        id=intent.id,
        symbol=BTC,
        buys=intent.buys,
        kind=intent.kind,
        quantity=intent.quantity,
        trigger=intent.trigger,
        ended=False,
        executed=ZERO,
        status="NEW",
    )
