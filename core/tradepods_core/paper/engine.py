"""The engine: place, cancel, advance. An account goes in, the account after it and what happened come out."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.paper.account import (
    Ended,
    Happening,
    PaperAccount,
    PaperOrder,
    Placed,
    Rested,
    Step,
    Triggered,
)
from tradepods_core.paper.filters import opens_in_vain, unfit, unfunded
from tradepods_core.paper.liquidation import liquidated, reduced
from tradepods_core.paper.matching import book_side, filled, followed, reducible, takeable, triggers, watched, within
from tradepods_core.paper.quotes import Level, Moment
from tradepods_core.paper.refusals import Refusal


def place(account: PaperAccount, order: PaperOrder, *, moment: Moment) -> Step | Refusal:
    """A plain order takes what it can at once, and rests or ends; a conditional one waits for its trigger."""
    refusal = unfit(account, order, moment)
    if refusal is not None:
        return refusal
    order = replace(order, number=account.orders_made + 1)
    made = replace(account, orders_made=order.number)
    if order.waits:
        return _waiting(made, order, moment)
    return unfunded(account, order, moment) or _unmatched(account, order, moment) or executed(made, order, moment)


def cancel(account: PaperAccount, identifier: str, *, at: datetime) -> Step | Refusal:
    """A resting order taken away."""
    order = account.resting.get(identifier)
    if order is None:
        return Refusal(why="unknown_order", message="Unknown order sent.")
    end = Ended(order=order, status="cancelled", at=at)
    return Step(account=_without(account, order), happened=(end,))


def advance(account: PaperAccount, *, moment: Moment) -> Step:
    """The account after the prices moved: orders act, oldest first, and what is not backed any more is liquidated."""
    step = Step(account=replace(account, taken={}) if account.taken else account)
    for order in account.resting.values():
        if order.symbol in moment.prices and order.id in step.account.resting:
            step = _then(step, _moved(step.account, order, moment))
    if not step.account.positions:
        return step
    left = liquidated(step.account, moment)
    return _then(step, _pruned(left, at=moment.at) if left.happened else left)


def deleveraged(account: PaperAccount, key: str, quantity: Decimal, *, moment: Moment) -> Step:
    """So much of a position closed against somebody's liquidation, and with the last of it what only closed it."""
    return _pruned(reduced(account, key, quantity, moment=moment), at=moment.at)


def executed(account: PaperAccount, order: PaperOrder, moment: Moment) -> Step:
    """A plain order after it has taken what it can."""
    order = _shrunk(account, order)
    if order.left <= ZERO:
        return Step(account=account, happened=(Ended(order=order, status="expired", at=moment.at),))
    quote = moment.quote(order.symbol)
    happened: list[Happening] = [Placed(order=order)]
    for level in list(takeable(account, order, quote, most=order.left)):
        account, trade = filled(account, order, level, moment=moment, maker=False)
        order = trade.order
        happened.append(trade)
        if quote.offered(buys=order.buys) is not None:
            side = book_side(order)
            account = replace(account, taken={**account.taken, side: account.taken.get(side, ZERO) + level.quantity})
    return _then(Step(account=account, happened=tuple(happened)), _left_over(account, order, at=moment.at))


def _left_over(account: PaperAccount, order: PaperOrder, *, at: datetime) -> Step:
    """What becomes of the rest of an order: it rests where it may, else the order is over."""
    if order.left <= ZERO:
        return _pruned(Step(account=account, happened=(Ended(order=order, status="filled", at=at),)), at=at)
    if order.limit is not None and order.force in ("gtc", "gtx"):
        return _pruned(Step(account=replace(account, resting={**account.resting, order.id: order})), at=at)
    return _pruned(Step(account=account, happened=(Ended(order=order, status="expired", at=at),)), at=at)


def _waiting(account: PaperAccount, order: PaperOrder, moment: Moment) -> Step | Refusal:
    price = watched(order, moment.quote(order.symbol))
    if order.callback is None and triggers(order, price):
        return Refusal(why="would_trigger", message="Order would immediately trigger.")
    order = followed(order, price)
    resting = {**account.resting, order.id: order}
    return Step(account=replace(account, resting=resting), happened=(Rested(order=order),))


def _unmatched(account: PaperAccount, order: PaperOrder, moment: Moment) -> Refusal | None:
    """What an order's terms say to the book as it is."""
    quote = moment.quote(order.symbol)
    found = sum((level.quantity for level in takeable(account, order, quote, most=order.left)), ZERO)
    if order.force == "gtx" and found:
        return Refusal(why="would_take", message="it would take from the book at once")
    if order.force == "fok" and found < order.left:
        return Refusal(why="unfillable", message="the book has not enough of it")
    if order.limit is None and not found and not order.forced:
        levels = quote.offered(buys=order.buys) or ()
        if not levels or not within(order, levels[0].price, quote):
            return Refusal(why="market_band", message="nothing is offered near the mark")
    return None


def _moved(account: PaperAccount, order: PaperOrder, moment: Moment) -> Step:
    """One resting order after the prices moved."""
    if not order.waits:
        return _made(account, order, moment)
    price = watched(order, moment.quote(order.symbol))
    moved = followed(order, price)
    if not triggers(moved, price):
        if moved is order:
            return Step(account=account)
        return Step(account=replace(account, resting={**account.resting, order.id: moved}))
    sent = _shrunk(_without(account, order), replace(moved, sent_off=True))
    begun = Step(account=_without(account, order), happened=(Triggered(order=sent),))
    refusal = _refused(begun.account, sent, moment)
    if refusal is not None:
        end = Ended(order=sent, status="expired", at=moment.at, why=refusal.message)
        return Step(account=begun.account, happened=(*begun.happened, end))
    return _then(begun, executed(begun.account, sent, moment))


def _refused(account: PaperAccount, order: PaperOrder, moment: Moment) -> Refusal | None:
    """What stands in the way of an order that a trigger sends off, as it would of one that is placed then."""
    if order.left <= ZERO:
        return Refusal(why="reduce_only", message="ReduceOnly Order is rejected.")
    closed = opens_in_vain(account, order, moment.markets[order.symbol])
    return closed or unfunded(account, order, moment) or _unmatched(account, order, moment)


def _made(account: PaperAccount, order: PaperOrder, moment: Moment) -> Step:
    """A resting limit order that the price has come to: it fills at its own price, as far as the book has it."""
    quote = moment.quote(order.symbol)
    order = _shrunk(account, order)
    most = sum((level.quantity for level in takeable(account, order, quote, most=order.left)), ZERO)
    if most <= ZERO or order.limit is None:
        return Step(account=account)
    account, trade = filled(_without(account, order), order, Level(order.limit, most), moment=moment, maker=True)
    if quote.offered(buys=order.buys) is not None:
        side = book_side(order)
        account = replace(account, taken={**account.taken, side: account.taken.get(side, ZERO) + most})
    return _then(Step(account=account, happened=(trade,)), _left_over(account, trade.order, at=moment.at))


def _shrunk(account: PaperAccount, order: PaperOrder) -> PaperOrder:
    """An order that may only close, as large as what is there to close."""
    return replace(order, quantity=order.executed + reducible(account, order)) if order.exits else order


def _pruned(step: Step, *, at: datetime) -> Step:
    """Without the resting orders that lost their point with their position: plain ones that only close it."""
    account = step.account
    pointless = [
        order
        for order in account.resting.values()
        if order.exits and (order.closes or not order.waits) and not account.positions.get(order.position)
    ]
    for order in pointless:
        account = _without(account, order)
    ends = tuple(Ended(order=order, status="expired", at=at) for order in pointless)
    return Step(account=account, happened=(*step.happened, *ends))


def _without(account: PaperAccount, order: PaperOrder) -> PaperAccount:
    return replace(account, resting={key: o for key, o in account.resting.items() if key != order.id})


def _then(first: Step, second: Step) -> Step:
    return Step(account=second.account, happened=(*first.happened, *second.happened))
