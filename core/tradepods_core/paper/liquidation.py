"""What the venue does to an account by itself: liquidation, and closing against somebody else's."""

from dataclasses import replace
from decimal import Decimal

from tradepods_core.money import ZERO, booked
from tradepods_core.paper.account import Ended, Forced, Paid, PaperAccount, PaperOrder, PaperPosition, Placed, Step
from tradepods_core.paper.margin import collateral, maintenance, profit
from tradepods_core.paper.matching import filled
from tradepods_core.paper.quotes import Level, Moment
from tradepods_core.times import to_ms

FEE = Decimal("0.0125")  # of the notional, for the insurance fund
PREFIXES = {"liquidation": "autoclose-", "settlement": "settlement_autoclose-"}  # of the venue's own client ids


def liquidated(account: PaperAccount, moment: Moment) -> Step:
    """The account without the positions that its margin does not back any more."""
    step = Step(account=account)
    for key, position in account.positions.items():
        if position.margin is not None and _short_of(account, {key: position}, position.margin, moment):
            step = _also(step, _closed(step.account, key, moment))
    resting = True
    while keys := _cross_short(step.account, moment):
        if resting:
            step, resting = _also(step, _cancelled(step.account, moment)), False
        worst = max(keys, key=lambda key: maintenance(step.account, key, moment.prices, moment.markets))
        step = _also(step, _closed(step.account, worst, moment))
    return step


def reduced(account: PaperAccount, key: str, quantity: Decimal, *, moment: Moment, settles: bool = False) -> Step:
    """So much of a position closed at the mark: against somebody's liquidation, or because its symbol `settles`."""
    quantity = min(quantity, abs(account.positions[key].quantity))
    return _forced(account, key, quantity, moment, kind="settlement" if settles else "adl")


def _cross_short(account: PaperAccount, moment: Moment) -> list[str]:
    """Cross positions, where the wallet that they share is too small for them."""
    cross = {key: p for key, p in account.positions.items() if p.margin is None}
    backing = account.cross_wallet + collateral(account, bnb=moment.bnb)
    return list(cross) if cross and _short_of(account, cross, backing, moment) else []


def _short_of(account: PaperAccount, positions: dict[str, PaperPosition], wallet: Decimal, moment: Moment) -> bool:
    made = sum((profit(p, moment.prices.get(p.symbol, p.average)) for p in positions.values()), ZERO)
    needed = sum((maintenance(account, key, moment.prices, moment.markets) for key in positions), ZERO)
    return wallet + made < needed


def _cancelled(account: PaperAccount, moment: Moment) -> Step:
    """Resting limit orders go first."""
    plain = [order for order in account.resting.values() if not order.waits]
    left = {key: order for key, order in account.resting.items() if order.waits}
    ends = tuple(Ended(order=order, status="cancelled", at=moment.at) for order in plain)
    return Step(account=replace(account, resting=left), happened=ends)


def _closed(account: PaperAccount, key: str, moment: Moment) -> Step:
    """One position closed at the mark, with the fee as far as there is money for it; the fund pays what is missing."""
    position = account.positions[key]
    step = _forced(account, key, abs(position.quantity), moment, kind="liquidation")
    left = step.account.cross_wallet + collateral(step.account, bnb=moment.bnb)  # its fee may be paid in BNB
    if position.margin is not None:
        left = position.margin + (step.account.wallet - account.wallet)
    fee = booked(abs(position.quantity) * moment.prices[position.symbol] * FEE)
    shared = position.margin is None and any(p.margin is None for p in step.account.positions.values())
    change = -min(fee, max(left, ZERO)) if left >= ZERO or shared else -left
    if not change:
        return step
    after = replace(step.account, wallet=step.account.wallet + change)
    paid = Paid(
        kind="INSURANCE_CLEAR",
        symbol=position.symbol,
        amount=change,
        wallet=after.wallet,
        cross=after.cross_wallet,
        at=moment.at,
    )
    return Step(account=after, happened=(*step.happened, paid))


def _forced(account: PaperAccount, key: str, quantity: Decimal, moment: Moment, *, kind: Forced) -> Step:
    position = account.positions[key]
    number = account.orders_made + 1
    order = PaperOrder(
        id="adl_autoclose" if kind == "adl" else f"{PREFIXES[kind]}{to_ms(moment.at)}{number}",
        number=number,
        symbol=position.symbol,
        buys=position.quantity < ZERO,
        kind="market",
        quantity=quantity,
        side=position.side,
        reduce_only=position.side == "both",
        forced=kind,
        at=moment.at,
    )
    made = replace(account, orders_made=number)
    level = Level(moment.prices[position.symbol], quantity)
    after, trade = filled(made, order, level, moment=moment, maker=False)
    end = Ended(order=trade.order, status="filled", at=moment.at)
    return Step(account=after, happened=(Placed(order=order), trade, end))


def _also(first: Step, second: Step) -> Step:
    return Step(account=second.account, happened=(*first.happened, *second.happened))
