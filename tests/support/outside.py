"""An account whose owner, or whose exchange, acts beside it: what a reading of it shows."""

from decimal import Decimal
from typing import Any

from support.account import Account
from support.build import BTC, later
from tradepods_core.book.events import AccountRead, AccountView, FillReported, VenueOrder, VenuePosition
from tradepods_core.book.facts import PositionClosed
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.book.outside import Cause, ExternallyReduced, ForeignTrade, Past
from tradepods_core.rules.snapshot import Decision

D = Decimal


def shown(order: PlaceOrder, *, ended: bool = False, executed: Decimal = D(0)) -> VenueOrder:
    """An order as the venue shows it."""
    return VenueOrder(
        id=order.id,
        symbol=order.leg.symbol,
        buys=order.buys,
        kind=order.kind,
        quantity=order.quantity,
        trigger=order.trigger,
        ended=ended,
        executed=executed,
        status="FILLED" if ended else "NEW",
    )


def stranger(identifier: str, symbol: str = BTC) -> VenueOrder:
    """A resting order that no ledger of the account's knows."""
    return VenueOrder(
        id=identifier,
        symbol=symbol,
        buys=False,
        kind="stop_market",
        quantity=D(1),
        trigger=D(97),
        ended=False,
        executed=D(0),
        status="NEW",
    )


class Outside:
    """The venue's side of an account that has opened one long position of 4.925 at 100."""

    def __init__(self, account: Account | None = None) -> None:
        self.account = account or Account()
        self.entry, self.stop, self.target = self.account.opened()
        self.held = self.entry.quantity  # below zero for short
        self.wallet = self.account.book.wallet or D(0)
        self.orders: list[VenueOrder] = []
        self.fills: list[FillReported] = []
        self.trades: list[ForeignTrade] = []
        self.explains = True  # whether the venue tells of trades
        self.seconds = 10.0

    def trade(self, signed: str | Decimal, *, price: str = "101", cause: Cause = "by_hand", **changes: Any) -> None:
        """Somebody buys, or sells below zero; the venue books 1 USDT profit a unit, and a fee of 0.1 in all."""
        quantity = abs(D(signed))
        self.held += D(signed)
        values: dict[str, Any] = {
            "trade": f"f{len(self.trades)}",
            "buys": D(signed) > 0,
            "quantity": quantity,
            "price": D(price),
            "fee": D("0.1"),
            "realized": quantity,
            "cause": cause,
            "at": self.account.now,
        }
        self.trades.append(ForeignTrade(**values | changes))

    def read(self, *, after: float = 3, begun: float | None = None) -> Decision:
        """One more reading, so many seconds after the last; begun at another time only where it is given."""
        return self.read_as(*self.positions(), after=after, begun=begun)

    def positions(self) -> tuple[VenuePosition, ...]:
        """What the venue shows of what is held."""
        return (VenuePosition(symbol=BTC, quantity=self.held),) if self.held else ()

    def read_as(self, *held: VenuePosition, after: float = 3, begun: float | None = None) -> Decision:
        """A reading that shows these positions."""
        return self.account.handle(self.reading(*held, after=after, begun=begun))

    def reading(self, *held: VenuePosition, after: float = 3, begun: float | None = None) -> AccountRead:
        """The event of a reading that shows these positions."""
        self.seconds += after
        account = self.account
        account.wall = later(self.seconds)
        resting = [
            shown(order.intent)
            for order in account.book.orders.values()
            if order.intent.conditional and order.accepted and not order.ended
        ]
        known = {order.id for order in self.orders}
        view = AccountView(
            wallet=self.wallet,
            positions=held,
            orders=(*(order for order in resting if order.id not in known), *self.orders),
            fills=tuple(self.fills),
            pasts={symbol: self._past() for symbol, doubt in account.book.doubts.items() if doubt.quantity},
        )
        begun_at = account.wall if begun is None else later(begun)
        return AccountRead(view=view, begun_at=begun_at, seen_at=account.wall)

    def settled(self) -> Decision:
        """Two readings, far enough apart: the decision of the second."""
        self.read()
        return self.read()

    def reductions(self) -> list[ExternallyReduced]:
        """What was booked as taken off positions outside."""
        return [fact for fact in self.account.facts if isinstance(fact, ExternallyReduced)]

    def closed(self) -> PositionClosed:
        """The one position that was closed."""
        (closed,) = [fact for fact in self.account.facts if isinstance(fact, PositionClosed)]
        return closed

    def answered(self) -> None:
        """The venue takes every order and cancel that is under way."""
        account = self.account
        while account.book.unsettled:
            account.settle(next(iter(account.book.unsettled.values())))

    def _past(self) -> Past:
        trades = tuple(self.trades) if self.explains else ()
        return Past(trades=trades, mark=self.account.marks.get(BTC), at=self.account.now)
