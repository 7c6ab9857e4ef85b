"""A second opinion on USD-M futures accounting: exact fractions, the venue's published formulas, nothing remembered.

Every answer is worked out anew from the events. Quantities are signed (long above zero), rates and ratios are fractions
(0.01 is 1 %), nothing is rounded. Where the venue's documents leave a choice, it is named at its function.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Literal, NamedTuple

F = Fraction
ZERO = F(0)
Side = Literal["BUY", "SELL"]
PositionSide = Literal["BOTH", "LONG", "SHORT"]
Key = tuple[str, PositionSide]
SIDES: tuple[PositionSide, ...] = ("BOTH", "LONG", "SHORT")


class Bracket(NamedTuple):
    """Notional up to and including `cap` is charged `ratio` and allows `max_leverage`."""

    cap: Fraction
    max_leverage: int
    ratio: Fraction


class Symbol(NamedTuple):
    leverage: Fraction
    brackets: tuple[Bracket, ...] = ()
    isolated: bool = False
    asset: str = "USDT"


class Trade(NamedTuple):
    """A fill, or an order as the fill that it would be at its limit price (stop orders are none until they trigger).

    `margin_price` is the price by which an isolated opening is margined; None: the trade's own.
    """

    symbol: str
    side: Side
    quantity: Fraction
    price: Fraction
    position_side: PositionSide = "BOTH"
    commission: Fraction = ZERO
    commission_asset: str = "USDT"
    margin_price: Fraction | None = None

    @property
    def signed(self) -> Fraction:
        return self.quantity if self.side == "BUY" else -self.quantity


class Funding(NamedTuple):
    """A settlement on every position of the symbol, at the mark price of that moment."""

    symbol: str
    rate: Fraction
    mark: Fraction


class MarginMoved(NamedTuple):
    """Into an isolated position's wallet, or out of it when negative."""

    symbol: str
    amount: Fraction
    position_side: PositionSide = "BOTH"


class Transfer(NamedTuple):
    """A deposit, or a withdrawal when negative."""

    amount: Fraction
    asset: str = "USDT"


Event = Trade | Funding | MarginMoved | Transfer


class Level(NamedTuple):
    """A bracket with its floor and its maintenance amount (`cum`)."""

    floor: Fraction
    cap: Fraction | None
    ratio: Fraction
    amount: Fraction

    def holds(self, notional: Fraction) -> bool:
        return self.floor < notional and (self.cap is None or notional <= self.cap)


def total(amounts: Iterable[Fraction]) -> Fraction:
    """Zero for none."""
    return sum(amounts, ZERO)


def maintenance_margin(brackets: Sequence[Bracket], notional: Fraction) -> Fraction:
    """Each slice of the notional at its own bracket's ratio, as with an income tax; above the last cap the last's."""
    caps = [bracket.cap for bracket in brackets]
    slices = zip(brackets, [ZERO, *caps[:-1]], [*caps[:-1], max(caps[-1], notional)], strict=True)
    return total(max(ZERO, min(notional, top) - floor) * bracket.ratio for bracket, floor, top in slices)


def levels(brackets: Sequence[Bracket]) -> list[Level]:
    """The maintenance amount is what notional * ratio charges too much at the bracket's floor."""
    floors = [ZERO, *(bracket.cap for bracket in brackets[:-1])]
    rows = zip(brackets, floors, [*floors[1:], None], strict=True)
    return [Level(low, top, of.ratio, low * of.ratio - maintenance_margin(brackets, low)) for of, low, top in rows]


def published_liquidation_price(backing: Fraction, legs: Sequence[tuple["Holding", Level]]) -> Fraction | None:
    """The venue's formula for brackets already chosen. `backing` is WB - TMM1 + UPNL1. None where it prints "--"."""
    above = backing + sum(level.amount - leg.quantity * leg.entry for leg, level in legs)
    below = sum(abs(leg.quantity) * level.ratio - leg.quantity for leg, level in legs)
    price = above / below if below else ZERO
    return price if price > 0 else None


def liquidation_price(backing: F, legs: Sequence["Holding"], brackets: Sequence[Bracket], mark: F) -> F | None:
    """The published formula, with for each leg the bracket that holds the leg's notional at the answer.

    All choices of brackets are tried, and those kept that the answer confirms. One-way there is at most one. A hedge
    can have two (its net exposure changes its sign as the ratios grow): the one nearer the mark price is met first.
    """
    confirmed = []
    for choice in product(levels(brackets), repeat=len(legs)):
        pairs = list(zip(legs, choice, strict=True))
        price = published_liquidation_price(backing, pairs)
        if price is not None and all(level.holds(abs(leg.quantity) * price) for leg, level in pairs):
            confirmed.append(price)
    return min(confirmed, key=lambda price: (abs(price - mark), price), default=None)


def commission(quantity: Fraction, price: Fraction, rate: Fraction, bnb_price: Fraction | None = None) -> Fraction:
    """In the margin asset, or with a price of BNB in BNB and a tenth off. Which BNB price is not documented."""
    return quantity * price * rate * (1 if bnb_price is None else F(9, 10) / bnb_price)


def open_loss(order: Trade, mark: Fraction) -> Fraction:
    """What the order would lose at once, were it filled at its price."""
    return max(ZERO, order.signed * (order.price - mark))


def cost_to_open(order: Trade, mark: Fraction, leverage: Fraction) -> Fraction:
    """Initial margin and open loss; the newest document assumes another price for short orders."""
    return order.quantity * order.price / leverage + open_loss(order, mark)


class Holding(NamedTuple):
    """A position: signed quantity, average entry price, and the money that its trades brought in less their cost.

    What came in and is not explained by the inventory at its average cost has been realised.
    """

    quantity: Fraction = ZERO
    entry: Fraction = ZERO
    cash: Fraction = ZERO

    @property
    def realised(self) -> Fraction:
        return self.cash + self.quantity * self.entry

    def after(self, event: Event) -> "Holding":
        if not isinstance(event, Trade):
            return self
        quantity = self.quantity + event.signed
        return Holding(quantity, self._entry_after(event, quantity), self.cash - event.signed * event.price)

    def _entry_after(self, trade: Trade, quantity: Fraction) -> Fraction:
        if not quantity:
            return ZERO
        if self.quantity * trade.signed >= 0:  # opened or extended
            return (self.quantity * self.entry + trade.signed * trade.price) / quantity
        return self.entry if self.quantity * quantity > 0 else trade.price  # reduced, or flipped

    def closed_by(self, trade: Trade) -> Fraction:
        return min(abs(self.quantity), trade.quantity) if self.quantity * trade.signed < 0 else ZERO

    def funding(self, event: Funding) -> Fraction:
        return -self.quantity * event.mark * event.rate


class Books:
    """An account's answers. The mode (one-way or hedge) is in the position sides of its events.

    `isolated_pays` takes an opening trade's commission out of the isolated wallet; else it is the cross
    wallet's. The documents are silent, and one recorded account did the first.
    """

    def __init__(self, symbols: Mapping[str, Symbol], events: Sequence[Event], *, isolated_pays: bool = False) -> None:
        self._symbols, self._events, self._isolated_pays = symbols, events, isolated_pays

    def position(self, symbol: str, side: PositionSide = "BOTH") -> Holding:
        return next((after for _, key, _, after in reversed(list(self._walk())) if key == (symbol, side)), Holding())

    def realised(self) -> list[Fraction]:
        """Before commission, one for each trade in their order."""
        return [new.realised - old.realised for event, _, old, new in self._walk() if isinstance(event, Trade)]

    def wallet(self, asset: str = "USDT") -> Fraction:
        """Net transfers, realised profit and funding, less commission."""
        return total(self._income(asset))

    def isolated_wallet(self, symbol: str, side: PositionSide = "BOTH") -> Fraction:
        held = ZERO
        for event, key, before, _ in self._walk():
            if key == (symbol, side) and self._symbols[symbol].isolated:
                held += self._isolated_flow(event, before, held)
        return held

    def cross_wallet(self, asset: str = "USDT") -> Fraction:
        names = (name for name, terms in self._symbols.items() if terms.asset == asset)
        return self.wallet(asset) - total(self.isolated_wallet(name, side) for name in names for side in SIDES)

    def unrealised(self, symbol: str, mark: Fraction, side: PositionSide = "BOTH") -> Fraction:
        held = self.position(symbol, side)
        return held.quantity * mark + held.cash - held.realised

    def position_margin(self, symbol: str, mark: Fraction, side: PositionSide = "BOTH") -> Fraction:
        return abs(self.position(symbol, side).quantity) * mark / self._symbols[symbol].leverage

    def maintenance(self, symbol: str, mark: Fraction, side: PositionSide = "BOTH") -> Fraction:
        notional = abs(self.position(symbol, side).quantity) * mark
        return maintenance_margin(self._symbols[symbol].brackets, notional) if notional else ZERO

    def order_margin(self, symbol: str, orders: Sequence[Trade], mark: Fraction) -> Fraction:
        """The venue's margin requirement for positions and orders, less the positions' own margin.

        Of each position side it is the larger of what all bids and what all asks would make of the position. In hedge
        mode an order that closes thus costs nothing unless the closing orders are worth twice the position and more.
        """
        return (
            total(self._exposure_added((symbol, side), orders, mark) for side in SIDES) / self._symbols[symbol].leverage
        )

    def available(self, marks: Mapping[str, Fraction], orders: Sequence[Trade] = (), asset: str = "USDT") -> Fraction:
        """For new orders: isolated symbols' orders are paid from here too, isolated positions are not."""
        free = self.cross_wallet(asset)
        for name, side in self._cross_held(asset):
            free += self.unrealised(name, marks[name], side) - self.position_margin(name, marks[name], side)
        ordered = {order.symbol for order in orders if self._symbols[order.symbol].asset == asset}
        return max(ZERO, free - total(self.order_margin(name, orders, marks[name]) for name in ordered))

    def liquidation(self, symbol: str, marks: Mapping[str, Fraction], side: PositionSide = "BOTH") -> Fraction | None:
        """Isolated: of that position alone. Cross: of all positions of the symbol together."""
        terms = self._symbols[symbol]
        held = [self.position(symbol, of) for of in ((side,) if terms.isolated else SIDES)]
        if not self.position(symbol, side).quantity:
            return None
        backing = self.isolated_wallet(symbol, side) if terms.isolated else self._cross_backing(symbol, marks)
        return liquidation_price(backing, [leg for leg in held if leg.quantity], terms.brackets, marks[symbol])

    def _walk(self) -> Iterator[tuple[Event, Key, Holding, Holding]]:
        now: dict[Key, Holding] = {}
        for event in self._events:
            if isinstance(event, Transfer):
                continue
            for side in SIDES if isinstance(event, Funding) else (event.position_side,):
                key = (event.symbol, side)
                before = now.get(key, Holding())
                now[key] = before.after(event)
                yield event, key, before, now[key]

    def _income(self, asset: str) -> Iterator[Fraction]:
        yield from (event.amount for event in self._events if isinstance(event, Transfer) and event.asset == asset)
        for event, (symbol, _), before, after in self._walk():
            if self._symbols[symbol].asset == asset:
                yield after.realised - before.realised
                yield before.funding(event) if isinstance(event, Funding) else ZERO
            if isinstance(event, Trade) and event.commission_asset == asset:
                yield -event.commission

    def _isolated_flow(self, event: Event, before: Holding, held: Fraction) -> Fraction:
        if isinstance(event, Funding):
            return before.funding(event)
        if not isinstance(event, Trade):
            return event.amount
        terms, closed = self._symbols[event.symbol], before.closed_by(event)
        opened = event.quantity - closed
        released = held * closed / abs(before.quantity) if closed else ZERO
        pays = self._isolated_pays and event.commission_asset == terms.asset
        price = event.price if event.margin_price is None else event.margin_price
        return opened * (price / terms.leverage - (event.commission / event.quantity if pays else ZERO)) - released

    def _exposure_added(self, key: Key, orders: Sequence[Trade], mark: Fraction) -> Fraction:
        notional = self.position(*key).quantity * mark
        values = [order.signed * order.price for order in orders if (order.symbol, order.position_side) == key]
        bids, asks = total(value for value in values if value > 0), total(-value for value in values if value < 0)
        return max(abs(notional + bids), abs(notional - asks)) - abs(notional)

    def _cross_held(self, asset: str) -> list[Key]:
        names = [name for name, terms in self._symbols.items() if terms.asset == asset and not terms.isolated]
        return [(name, side) for name in names for side in SIDES if self.position(name, side).quantity]

    def _cross_backing(self, symbol: str, marks: Mapping[str, Fraction]) -> Fraction:
        asset = self._symbols[symbol].asset
        others = [(name, side) for name, side in self._cross_held(asset) if name != symbol]
        rest = (self.unrealised(n, marks[n], side) - self.maintenance(n, marks[n], side) for n, side in others)
        return self.cross_wallet(asset) + total(rest)
