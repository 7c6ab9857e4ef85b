"""What a venue says of one symbol: its steps, its least and largest order, its leverage brackets."""

from decimal import Decimal

from tradepods_core.money import floor_to
from tradepods_core.shapes import Amount, Message, Symbol
from tradepods_core.times import Moment


class Bracket(Message):
    """One leverage bracket.

    Attributes:
        cap: notional in quote currency up to which the bracket holds.
        max_leverage: largest leverage in it.
        maintenance: maintenance margin rate as a fraction of the notional.

    """

    cap: Amount
    max_leverage: int
    maintenance: Amount


class Lot(Message):
    """Quantity step and largest quantity of an order, base."""

    step: Amount
    most: Amount


class Market(Message):
    """One perpetual contract, trimmed to what deciding and ordering need.

    Attributes:
        symbol: unified, `BTC/USDT:USDT`.
        id: the venue's own name, `BTCUSDT`.
        settle: asset in which margin, profit and fees are counted.
        tick: price step, quote.
        step: quantity step of market orders, base.
        min_quantity: least quantity of a market order, base.
        max_quantity: largest quantity of a market order, base.
        min_notional: least value of an opening order, quote.
        trading: False once the venue takes no new positions in it.
        taker: the venue's public taker fee, fraction of the notional; `maker` that of an order that rested.
        lot: of limit orders; None where it is that of market orders.
        listed_at: since when the venue has it; None where that is not known.
        brackets: by rising cap; empty until an account has read its own.

    """

    symbol: Symbol
    id: str
    settle: str
    tick: Amount
    step: Amount
    min_quantity: Amount
    max_quantity: Amount
    min_notional: Amount
    trading: bool = True
    taker: Amount = Decimal("0.0005")
    maker: Amount = Decimal("0.0002")
    lot: Lot | None = None
    listed_at: Moment | None = None
    brackets: tuple[Bracket, ...] = ()

    def bracket(self, notional: Decimal) -> Bracket | None:
        """The bracket that a position of this notional falls into; the last one above all caps, None if unknown."""
        return next((b for b in self.brackets if notional <= b.cap), self.brackets[-1] if self.brackets else None)

    def largest(self, leverage: int) -> Decimal:
        """The largest position that a leverage allows, quote; without brackets there is no such limit."""
        caps = [bracket.cap for bracket in self.brackets if bracket.max_leverage >= leverage]
        return max(caps, default=Decimal(0) if self.brackets else Decimal("Infinity"))

    def whole(self, quantity: Decimal) -> Decimal:
        """As much of a position as an order may close, base: what stands beyond a step that became coarser does not.

        All of it where no order may be as small.
        """
        whole = floor_to(quantity, self.step)
        return whole if whole >= max(self.min_quantity, self.step) else quantity

    def leverage(self, wanted: int, *, notional: Decimal = Decimal(0)) -> int:
        """`wanted`, or the largest that the venue allows for this notional."""
        bracket = self.bracket(notional)
        return wanted if bracket is None else min(wanted, bracket.max_leverage)
