"""Funding: what long pays short, or short long, at each settlement."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tradepods_core.money import ZERO, booked
from tradepods_core.paper.account import Paid, PaperAccount, Step
from tradepods_core.paper.quotes import Moment
from tradepods_core.shapes import Symbol


def funded(account: PaperAccount, rates: Mapping[Symbol, Decimal], *, moment: Moment) -> Step:
    """The account after a settlement; a rate above 0 is paid by long to short, as a fraction of the mark notional."""
    step = Step(account=account)
    for key, position in account.positions.items():
        rate = rates.get(position.symbol, ZERO)
        amount = booked(-position.quantity * moment.prices[position.symbol] * rate)
        if not amount:
            continue
        margin = None if position.margin is None else position.margin + amount
        after = replace(position, margin=margin)
        account = replace(
            step.account, wallet=step.account.wallet + amount, positions={**step.account.positions, key: after}
        )
        paid = Paid(
            kind="FUNDING_FEE",
            symbol=position.symbol,
            amount=amount,
            wallet=account.wallet,
            cross=account.cross_wallet,
            position=after,
            at=moment.at,
        )
        step = Step(account=account, happened=(*step.happened, paid))
    return step
