"""All accounts together, by environment: paper money is never added to real money."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradepods_core.shapes import Amount, Message
from tradepods_core.times import Moment
from tradepods_core.wire.published import Line

Environment = Literal["paper", "demo", "custom", "live"]
Percentage = Annotated[Amount, Field(ge=0, le=100)]


class Totals(Message):
    """The accounts of one environment. Amounts are in quote currency.

    Attributes:
        accounts: how many have reported; `silent` of them have not for a while, and count as they last stood.
        realized_pnl: of closed positions since each ledger began, before fees and funding.
        exposure: the notional of all positions at their marks; `net` is long less short.
        drawdown: how far what was earned stands below its peak now, `max_drawdown` at its worst.
        max_drawdown_pct: the worst fall, in percent of the equity from which it fell.

    """

    environment: Environment
    accounts: int
    silent: int
    positions: int
    equity: Amount
    realized_pnl: Amount
    unrealized_pnl: Amount
    fees: Amount
    funding: Amount
    exposure: Amount
    net_exposure: Amount
    drawdown: Amount = Decimal(0)
    max_drawdown: Amount = Decimal(0)
    max_drawdown_pct: Percentage = Decimal(0)


class Portfolio(Message):
    """Every environment that an account trades in, and whether trading is halted."""

    at: Moment
    halt: Line = ""
    environments: tuple[Totals, ...]
