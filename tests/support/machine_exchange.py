"""One account at an exchange, in memory: matched by core's own engine, and shared with somebody who trades by hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from support.build import BTC, ETH, NOON, market
from support.machine_shown import Known, beside, ordered, stranger
from tradepods_core.book.events import (
    AccountView,
    FillReported,
    OrderReported,
    PaymentReported,
    VenueOrder,
    VenuePosition,
)
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
)
from tradepods_core.book.outside import ForeignSeen, ForeignTrade, Past
from tradepods_core.ids import is_ours
from tradepods_core.market import Market
from tradepods_core.money import ONE, ZERO, booked, floor_to
from tradepods_core.paper import engine, modes
from tradepods_core.paper.account import (
    Ended,
    Paid,
    PaperAccount,
    PaperOrder,
    PaperPosition,
    PositionSide,
    Step,
    Traded,
)
from tradepods_core.paper.margin import available, liquidation_price
from tradepods_core.paper.quotes import Moment
from tradepods_core.paper.refusals import Refusal
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.courier import WINDOW

D = Decimal
BNB = D(600)
MARKETS: dict[Symbol, Market] = {BTC: market(), ETH: market(ETH, tick=D("0.01"), min_notional=D(20))}
Said = FillReported | OrderReported | PaymentReported | ForeignSeen


class Exchange:
    """One account. `tell` hears each frame of its private stream."""

    def __init__(self, *, hedge: bool, burns: bool, tell: Callable[[tuple[Said, ...]], None]) -> None:
        leverage = dict.fromkeys(MARKETS, 10)
        self.paper = PaperAccount(wallet=D(1000), bnb=D(5), burns=burns, leverage=leverage, hedge=hedge)
        self.prices = dict.fromkeys(MARKETS, D(100))
        self.now = NOON
        self.known: dict[str, Known] = {}
        self.foreign: dict[Symbol, list[ForeignTrade]] = {symbol: [] for symbol in MARKETS}
        self.opened: list[str] = []
        self._tell, self._by_hand = tell, 0

    # ---- what a worker asks for

    def perform(self, intent: Intent, *, signed_at: datetime, wall: datetime, share: Decimal = ONE) -> Outcome:
        """The answer to a request that arrives now; only a share of a market order finds somebody to trade with."""
        if wall > signed_at + WINDOW:
            return Rejected(code="too_late")
        match intent:
            case PlaceOrder():
                return self._placed(intent, share)
            case CancelOrder():
                return self._answered(engine.cancel(self.paper, intent.target, at=self.now))
            case PrepareSymbol():
                moment = self._moment()
                return self._changed(modes.with_leverage(self.paper, intent.symbol, intent.leverage, moment=moment))
            case SetMarginMode():
                isolated = intent.mode is MarginMode.ISOLATED
                return self._changed(modes.with_isolated(self.paper, intent.symbol, isolated=isolated))
            case SetPositionMode():
                return self._changed(modes.with_hedge(self.paper, hedge=intent.hedge))

    def _placed(self, intent: PlaceOrder, share: Decimal) -> Outcome:
        if intent.purpose in ("enter", "add"):
            self.opened.append(intent.id)
        step = MARKETS[intent.leg.symbol].step
        some = intent.quantity if intent.conditional else max(floor_to(intent.quantity * share, step), step)
        order = PaperOrder(
            id=intent.id,
            symbol=intent.leg.symbol,
            buys=intent.buys,
            kind=intent.kind,
            quantity=some,
            trigger=intent.trigger,
            reduce_only=intent.reduce_only and not self.paper.hedge,
            side=intent.leg.side if self.paper.hedge else "both",
            at=self.now,
        )
        found = engine.place(self.paper, order, moment=self._moment())
        if not isinstance(found, Refusal):
            self.known[intent.id] = Known(ordered(intent))
        return self._answered(found)

    def _answered(self, step: Step | Refusal) -> Outcome:
        if isinstance(step, Refusal):
            return Rejected(code=step.code, message=step.message)
        self._took(step)
        end = next((h for h in step.happened if isinstance(h, Ended) and h.order.kind == "market"), None)
        return Accepted() if end is None else Accepted(executed=end.executed, ended=True)

    def _changed(self, found: PaperAccount | Refusal) -> Outcome:
        if isinstance(found, Refusal):
            return Accepted() if found.why.endswith("_same") else Rejected(code="other", message=found.message)
        self.paper = found
        return Accepted()

    def find(self, identifier: str) -> VenueOrder | None:
        """An order by its client id."""
        known = self.known.get(identifier)
        return None if known is None else known.shown

    def shown(self, wanted: Iterable[str]) -> tuple[tuple[VenueOrder, ...], tuple[FillReported, ...]]:
        """Every open order, those that were asked for, and their trades."""
        strangers = [stranger(order) for order in self.paper.resting.values() if order.id not in self.known]
        asked = set(wanted)
        found = [known for key, known in self.known.items() if not known.shown.ended or key in asked]
        fills = [fill for known in found for fill in known.fills]
        return (*strangers, *(known.shown for known in found)), tuple(sorted(fills, key=lambda fill: int(fill.trade)))

    def view(
        self, orders: tuple[VenueOrder, ...], fills: tuple[FillReported, ...], *, past: Sequence[Symbol]
    ) -> AccountView:
        """A reading that found these orders, and now asks for positions, wallet and modes."""
        isolated = self.paper.isolated
        return AccountView(
            wallet=self.paper.wallet,
            available=available(self.paper, self.prices, bnb=BNB),
            positions=tuple(self._position(key, held) for key, held in self.paper.positions.items()),
            orders=orders,
            fills=fills,
            pasts={s: Past(trades=tuple(self.foreign[s]), mark=self.prices[s], at=self.now) for s in past},
            leverage=dict(self.paper.leverage),
            margin_modes={s: MarginMode.ISOLATED if s in isolated else MarginMode.CROSS for s in MARKETS},
            one_way=not self.paper.hedge,
        )

    def _position(self, key: str, held: PaperPosition) -> VenuePosition:
        price = liquidation_price(self.paper, key, self.prices, MARKETS, bnb=BNB)
        mark = self.prices[held.symbol]
        return VenuePosition(
            symbol=held.symbol, quantity=held.quantity, liquidation=price, entry=held.average, mark=mark
        )

    # ---- what happens to it

    def move(self, symbol: Symbol, price: Decimal) -> None:
        """The mark price goes there: orders act, and what is not backed any more is liquidated."""
        self.prices = {**self.prices, symbol: price}
        self._took(engine.advance(self.paper, moment=self._moment()))

    def trade(self, symbol: Symbol, signed: Decimal, *, side: PositionSide, limit: Decimal | None = None) -> None:
        """Somebody buys, or sells below zero; what the exchange refuses is left."""
        self._by_hand += 1
        order = PaperOrder(
            id=f"web_{self._by_hand}",
            symbol=symbol,
            buys=signed > ZERO,
            kind="market" if limit is None else "limit",
            quantity=abs(signed),
            limit=limit,
            side=side if self.paper.hedge else "both",
            at=self.now,
        )
        self._answered(engine.place(self.paper, order, moment=self._moment()))

    def cancel(self, identifier: str) -> None:
        """Somebody takes a resting order away, the worker's or their own."""
        self._answered(engine.cancel(self.paper, identifier, at=self.now))

    def deleverage(self, key: str, quantity: Decimal) -> None:
        """The exchange closes so much of a position against somebody else's liquidation."""
        self._took(engine.deleveraged(self.paper, key, quantity, moment=self._moment()))

    def pay(self, kind: str, amount: Decimal) -> None:
        """Money comes or goes without a trade."""
        self.paper = replace(self.paper, wallet=self.paper.wallet + amount)
        self._paid(kind, amount)

    def turn_mode(self) -> None:
        """Somebody changes the position mode; refused while anything is open."""
        self._changed(modes.with_hedge(self.paper, hedge=not self.paper.hedge))

    def _paid(self, kind: str, amount: Decimal) -> None:
        wallet, now = self.paper.wallet, self.now
        said = PaymentReported(kind=kind, asset="USDT", amount=amount, balance=wallet, at=now, seen_at=now)
        self._tell((said,))

    # ---- what it says of that

    def _moment(self) -> Moment:
        return Moment(prices=self.prices, markets=MARKETS, at=self.now, bnb=BNB)

    def _took(self, step: Step) -> None:
        """The account after it; each happening in its place."""
        self.paper = step.account
        for happening in step.happened:
            if isinstance(happening, Paid):
                self._paid(happening.kind, happening.amount)
            elif not is_ours(happening.order.id):
                self._beside(happening)
            elif isinstance(happening, Traded):
                self._traded(self.known[happening.order.id], happening)
            else:
                self._reported(self.known[happening.order.id], happening)

    def _beside(self, happening: object) -> None:
        if isinstance(happening, Traded):
            order = happening.order
            self.foreign[order.symbol].append(beside(happening))
            self._tell((ForeignSeen(symbol=order.symbol, seen_at=self.now),))

    def _traded(self, known: Known, trade: Traded) -> None:
        """Two fills of which each is a frame, where it divides."""
        step = MARKETS[trade.order.symbol].step
        half = floor_to(trade.quantity / 2, step)
        fee, realized = (booked(amount * half / trade.quantity) for amount in (trade.fee, trade.realized))
        parts = ((half, fee, realized), (trade.quantity - half, trade.fee - fee, trade.realized - realized))
        for index, (part, fee_of, realized_of) in enumerate(parts):
            if not part:
                continue
            fill = FillReported(
                order=trade.order.id,
                trade=f"{trade.trade}{index}",
                symbol=trade.order.symbol,
                quantity=part,
                price=trade.price,
                fee=fee_of,
                fee_asset=trade.fee_asset,
                realized=realized_of,
                at=trade.at,
                seen_at=self.now,
            )
            known.fills.append(fill)
            known.shown = replace(known.shown, executed=known.shown.executed + part)
            self._tell((fill, self._report(replace(known.shown, status="PARTIALLY_FILLED"))))

    def _reported(self, known: Known, happening: object) -> None:
        if isinstance(happening, Ended):
            done = happening.executed == known.shown.quantity
            status = "FILLED" if done else "CANCELED" if happening.status == "cancelled" else "EXPIRED"
            known.shown = replace(known.shown, ended=True, executed=happening.executed, status=status)
        self._tell((self._report(known.shown),))

    def _report(self, shown: VenueOrder) -> OrderReported:
        return OrderReported(
            id=shown.id, ended=shown.ended, executed=shown.executed, status=shown.status, seen_at=self.now
        )
