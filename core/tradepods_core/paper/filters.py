"""What a venue checks before an order reaches its book: filters, modes, counts, margin."""

from collections.abc import Iterator
from decimal import Decimal

from tradepods_core.market import Lot, Market
from tradepods_core.money import ZERO, is_multiple, plain
from tradepods_core.paper.account import PaperAccount, PaperOrder, position_key
from tradepods_core.paper.margin import available, resting_notional
from tradepods_core.paper.matching import expected, reducible
from tradepods_core.paper.quotes import Moment
from tradepods_core.paper.refusals import Refusal, Why

MOST_ORDERS = 200  # resting limit orders of a symbol
MOST_CONDITIONALS = 200  # waiting conditional orders of an account
BAND = Decimal("0.05")  # a limit order may be this far on the wrong side of the mark


def unfit(account: PaperAccount, order: PaperOrder, moment: Moment) -> Refusal | None:
    """What the symbol's filters, the account's mode and its other orders say, the first of it."""
    market = moment.markets[order.symbol]
    return (
        _wrong_side(account, order)
        or _wrong_quantity(order, market)
        or _wrong_price(order, market)
        or _too_many(account, order)
        or _pointless(account, order, market)
        or _out_of_band(order, moment)
    )


def _refused(why: Why, message: str, value: object = "") -> Refusal:
    return Refusal(why=why, message=message, value=str(value))


def _wrong_side(account: PaperAccount, order: PaperOrder) -> Refusal | None:
    if (order.side == "both") == account.hedge:
        return _refused("position_side", f"position side {order.side} is not of the account's mode")
    return None


def _wrong_quantity(order: PaperOrder, market: Market) -> Refusal | None:
    if order.closes:
        return None
    limit = order.limit is not None and market.lot is not None
    lot = market.lot if limit and market.lot is not None else Lot(step=market.step, most=market.max_quantity)
    quantity = plain(order.quantity)
    if not is_multiple(order.quantity, lot.step):
        return _refused("step", f"{quantity} is no multiple of {plain(lot.step)}")
    if order.quantity <= ZERO:
        return _refused("no_quantity", f"{quantity} is nothing")
    if order.quantity < market.min_quantity:
        return _refused("min_quantity", f"{quantity} is below {plain(market.min_quantity)}")
    if order.quantity > lot.most:
        return _refused("max_quantity", f"{quantity} is above {plain(lot.most)}")
    return None


def _wrong_price(order: PaperOrder, market: Market) -> Refusal | None:
    for price in (order.limit, order.trigger):
        if price is not None and not is_multiple(price, market.tick):
            finer = is_multiple(price, market.tick / 10)
            return _refused("tick" if finer else "decimals", f"{plain(price)} is no multiple of {plain(market.tick)}")
    return None


def _too_many(account: PaperAccount, order: PaperOrder) -> Refusal | None:
    if order.id in account.resting:
        return _refused("duplicate_id", f"{order.id} rests already")
    if order.kind == "market":
        return None
    alike = [o for o in account.resting.values() if o.waits == order.waits]
    same = [o for o in alike if o.symbol == order.symbol]
    if order.waits and len(alike) >= MOST_CONDITIONALS:
        return _refused("too_many_conditionals", f"{len(alike)} conditional orders wait already")
    if not order.waits and len(same) >= MOST_ORDERS:
        return _refused("too_many_orders", f"{len(same)} orders of {order.symbol} rest already")
    if order.closes and any(_twins(order, same)):
        return _refused("closes_already", "an order that closes the position in this direction rests already")
    return None


def _twins(order: PaperOrder, others: list[PaperOrder]) -> Iterator[PaperOrder]:
    """Orders that close the same position at the same side of the price."""
    return (o for o in others if o.closes and (o.buys, o.side, o.kind) == (order.buys, order.side, order.kind))


def _pointless(account: PaperAccount, order: PaperOrder, market: Market) -> Refusal | None:
    if order.closes and not order.exits:
        return _refused("reduce_only", "it closes in the direction in which its position opens")
    if order.waits:
        return None if market.trading or order.exits else _refused("close_only", f"{order.symbol} only closes")
    if order.exits and reducible(account, order) == ZERO:
        return _refused("reduce_only", "ReduceOnly Order is rejected.")
    return opens_in_vain(account, order, market)


def opens_in_vain(account: PaperAccount, order: PaperOrder, market: Market) -> Refusal | None:
    """Whether a plain order would open what the venue only lets close by now."""
    if market.trading or order.exits or order.left <= reducible(account, order):
        return None
    return _refused("close_only", f"{order.symbol} only closes")


def _out_of_band(order: PaperOrder, moment: Moment) -> Refusal | None:
    if order.limit is None or order.waits:
        return None
    mark = moment.prices[order.symbol]
    if order.buys and order.limit > mark * (1 + BAND):
        return _refused("price_above", "above the band around the mark", plain(mark * (1 + BAND)))
    if not order.buys and order.limit < mark * (1 - BAND):
        return _refused("price_below", "below the band around the mark", plain(mark * (1 - BAND)))
    return None


def unfunded(account: PaperAccount, order: PaperOrder, moment: Moment) -> Refusal | None:
    """Whether an opening order is worth enough, allowed at this leverage, and whether margin and fee are there."""
    if order.exits:
        return None
    market = moment.markets[order.symbol]
    price = expected(account, order, moment)
    notional = order.left * price
    if notional < market.min_notional:
        return _refused("min_notional", f"{plain(notional)} is below {plain(market.min_notional)}", market.min_notional)
    opening = (order.left - reducible(account, order)) * price
    if not opening:
        return None  # what only closes needs no margin, flagged as such or not
    if _position_after(account, order, opening, moment) > market.largest(account.leverage_of(order.symbol)):
        return _refused("position_limit", "more than this leverage allows")
    worse = (price - moment.prices[order.symbol]) * (1 if order.buys else -1)
    lost = max(worse, ZERO) * order.left
    needed = opening / account.leverage_of(order.symbol) + lost + notional * market.taker
    if needed > available(account, moment.prices, bnb=moment.bnb):
        return _refused("margin", "Margin is insufficient.")
    return None


def _position_after(account: PaperAccount, order: PaperOrder, opening: Decimal, moment: Moment) -> Decimal:
    held = account.positions.get(position_key(order.symbol, order.side))
    same = held is not None and (held.quantity > ZERO) == order.buys
    present = abs(held.quantity) * moment.prices[order.symbol] if held is not None and same else ZERO
    bids, asks = resting_notional(account, order.symbol)
    return present + (bids if order.buys else asks) + opening
