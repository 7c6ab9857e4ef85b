"""One order against one quote: whether it triggers, what it can take, and what a fill does to the account."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tradepods_core.money import HUNDRED, ONE, ZERO, booked
from tradepods_core.paper.account import PaperAccount, PaperOrder, PaperPosition, Traded, position_key
from tradepods_core.paper.quotes import Level, Moment, Quote

TAKE_BOUND = Decimal("0.05")  # a market order takes nothing further than this from the mark
BNB_DISCOUNT = Decimal("0.9")  # what a commission costs of what it would, where it is paid in BNB
RISING = ("stop_market", "stop")  # kinds that buy when the price rises


def watched(order: PaperOrder, quote: Quote) -> Decimal:
    """The price that an order's trigger is compared with."""
    return quote.last if order.by_last else quote.mark


def triggers(order: PaperOrder, price: Decimal) -> bool:
    """Whether a conditional order acts at this price.

    A stop sells at or below its trigger and buys at or above it; a take-profit the other way round; a trailing stop
    acts once the price has come back from its extreme.
    """
    if order.callback is not None:
        return _came_back(order, price, order.callback)
    if order.trigger is None:
        return False
    on_rise = order.buys == (order.kind in RISING)
    return price >= order.trigger if on_rise else price <= order.trigger


def _came_back(order: PaperOrder, price: Decimal, callback: Decimal) -> bool:
    if order.extreme is None:
        return False
    if order.buys:
        return price >= order.extreme * (ONE + callback / HUNDRED)
    return price <= order.extreme * (ONE - callback / HUNDRED)


def followed(order: PaperOrder, price: Decimal) -> PaperOrder:
    """A trailing stop after the price has moved: awake once its activation price was reached, with a new extreme."""
    if order.callback is None:
        return order
    if order.extreme is None:
        asleep = order.trigger is not None and (price > order.trigger if order.buys else price < order.trigger)
        return order if asleep else replace(order, extreme=price)
    better = price < order.extreme if order.buys else price > order.extreme
    return replace(order, extreme=price) if better else order


def reducible(account: PaperAccount, order: PaperOrder) -> Decimal:
    """How much of its position the order could close, base."""
    held = account.held(order.symbol, order.side)
    opposite = held < ZERO if order.buys else held > ZERO
    if not opposite:
        return ZERO
    return abs(held) if order.closes else min(abs(held), order.left)


def book_side(order: PaperOrder) -> str:
    """Which side of which order book an order takes from."""
    return f"{order.symbol} {'asks' if order.buys else 'bids'}"


def takeable(account: PaperAccount, order: PaperOrder, quote: Quote, *, most: Decimal) -> Iterator[Level]:
    """What an order can take now, at most so much, best price first."""
    levels = quote.offered(buys=order.buys)
    if levels is None:
        levels = (Level(quote.last, most),)
    gone = account.taken.get(book_side(order), ZERO)
    for level in levels:
        if not within(order, level.price, quote) or most <= ZERO:
            return
        here = max(level.quantity - gone, ZERO)
        gone = max(gone - level.quantity, ZERO)
        if here:
            yield Level(level.price, min(here, most))
            most -= here


def within(order: PaperOrder, price: Decimal, quote: Quote) -> bool:
    """Whether an order may trade at this price."""
    bound = TAKE_BOUND if order.buys else -TAKE_BOUND
    worst = quote.mark * (ONE + bound) if order.limit is None else order.limit
    return price <= worst if order.buys else price >= worst


def expected(account: PaperAccount, order: PaperOrder, moment: Moment) -> Decimal:
    """The price at which an order is reckoned before it trades: its limit, or what the book has for it."""
    if order.limit is not None:
        return order.limit
    quote = moment.quote(order.symbol)
    taken = list(takeable(account, order, quote, most=order.left))
    quantity = sum((level.quantity for level in taken), ZERO)
    return sum((level.price * level.quantity for level in taken), ZERO) / quantity if quantity else quote.last


def filled(
    account: PaperAccount, order: PaperOrder, level: Level, *, moment: Moment, maker: bool
) -> tuple[PaperAccount, Traded]:
    """The account after one fill of an order, and the fill."""
    market, key = moment.markets[order.symbol], position_key(order.symbol, order.side)
    held = account.positions.get(key)
    closing = min(reducible(account, order), level.quantity)
    notional = level.quantity * level.price
    rate = market.maker if maker else market.taker
    fee, asset = commission(account, ZERO if order.forced in ("adl", "settlement") else notional * rate, bnb=moment.bnb)
    realized = booked(_profit(held, closing, level.price)) if held is not None else ZERO
    after = replace(
        account,
        wallet=account.wallet + realized - (fee if asset == market.settle else ZERO),
        bnb=account.bnb - (ZERO if asset == market.settle else fee),
        positions=_positions(account, order, level, closing=closing),
        trades_made=account.trades_made + 1,
    )
    executed = replace(order, executed=order.executed + level.quantity, spent=order.spent + notional)
    trade = Traded(
        order=executed,
        trade=after.trades_made,
        quantity=level.quantity,
        price=level.price,
        fee=fee,
        fee_asset=asset,
        realized=realized,
        maker=maker,
        wallet=after.wallet,
        cross=after.cross_wallet,
        position=after.positions.get(key),
        at=moment.at,
    )
    return after, trade


def commission(account: PaperAccount, fee: Decimal, *, bnb: Decimal) -> tuple[Decimal, str]:
    """What a fee of so much quote is booked as: an amount, and its asset."""
    if account.burns and bnb > ZERO and account.bnb >= (cheaper := booked(fee * BNB_DISCOUNT / bnb)):
        return cheaper, "BNB"
    return booked(fee), "USDT"


def _profit(held: PaperPosition, closing: Decimal, price: Decimal) -> Decimal:
    return (price - held.average) * closing * (1 if held.quantity > ZERO else -1)


def _positions(account: PaperAccount, order: PaperOrder, level: Level, *, closing: Decimal) -> dict[str, PaperPosition]:
    key = position_key(order.symbol, order.side)
    positions = dict(account.positions)
    held = positions.pop(key, None) or _none(account, order)
    signed = level.quantity if order.buys else -level.quantity
    quantity = held.quantity + signed
    if quantity == ZERO:
        return positions
    opening = level.quantity - closing
    if closing == ZERO:
        average = (held.average * abs(held.quantity) + level.price * level.quantity) / abs(quantity)
    else:
        average = level.price if opening else held.average
    margin = held.margin
    if margin is not None:
        kept = margin * (ONE - closing / abs(held.quantity)) if closing else margin
        margin = booked(kept + opening * level.price / account.leverage_of(order.symbol))
    return {**positions, key: replace(held, quantity=quantity, average=average, margin=margin)}


def _none(account: PaperAccount, order: PaperOrder) -> PaperPosition:
    margin = ZERO if order.symbol in account.isolated else None
    return PaperPosition(symbol=order.symbol, side=order.side, quantity=ZERO, average=ZERO, margin=margin)
