"""How much an entry buys: from available balance to a quantity that the venue takes, or why there is none."""

from decimal import ROUND_CEILING, Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.intents import OPENING
from tradepods_core.book.values import Order, Position
from tradepods_core.market import Market
from tradepods_core.money import HUNDRED, ONE, ZERO, floor_to, of, plain
from tradepods_core.rules.exposure import over_cap
from tradepods_core.rules.snapshot import Refusal, Snapshot
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol
from tradepods_core.wire.cycle import Signal

HEADROOM = Decimal("0.001")  # beside the taker fee: what the price may move while the order is under way
HUNDREDTH = Decimal("0.01")
SPARE = Decimal("0.2")  # part of the distance to liquidation that the stop must leave


def size(snapshot: Snapshot, signal: Signal) -> Decimal | Refusal:
    """The quantity of an entry, base, a multiple of the market's step; or the refusal that says what would do."""
    market, mark = snapshot.markets[signal.symbol], snapshot.marks[signal.symbol]
    free = available(snapshot)
    if free <= ZERO:
        return Refusal(reason="InsufficientBalance", message=f"nothing is available of {plain(_equity(snapshot))}")
    leverage = Decimal(min(snapshot.leverage(signal.symbol), snapshot.wanted_leverage(signal.symbol)))
    margin = of(snapshot.settings.entry_pct, free) * usable(leverage, market)
    quantity = floor_to(margin * leverage / mark, market.step)
    risked = _risked(snapshot, signal)
    if risked is not None and risked < quantity:
        return _too_risky(snapshot, signal, risked) or _checked(snapshot, signal, risked)
    return too_small(market, mark, quantity, leverage=leverage, free=free) or _checked(snapshot, signal, quantity)


def _risked(snapshot: Snapshot, signal: Signal) -> Decimal | None:
    """The quantity whose stop costs riskPct of equity, fees included; None without riskPct."""
    if not snapshot.settings.risk_pct:
        return None
    market = snapshot.markets[signal.symbol]
    risk = of(snapshot.settings.risk_pct, max(_equity(snapshot), ZERO))
    return floor_to(risk / _loss(snapshot, signal), market.step)


def _loss(snapshot: Snapshot, signal: Signal) -> Decimal:
    """What one unit loses at its stop, quote: the move, and the taker's fee twice."""
    market, mark = snapshot.markets[signal.symbol], snapshot.marks[signal.symbol]
    return of(snapshot.settings.targets(signal.side).stop_loss_pct, mark) + 2 * market.taker * mark


def _too_risky(snapshot: Snapshot, signal: Signal, quantity: Decimal) -> Refusal | None:
    """BelowMinNotional where riskPct is what makes the order small, naming the least riskPct that would do."""
    market, mark = snapshot.markets[signal.symbol], snapshot.marks[signal.symbol]
    least = _least(market, mark)
    if quantity >= least:
        return None
    needed = (least * _loss(snapshot, signal) / _equity(snapshot) * HUNDRED).quantize(HUNDREDTH, ROUND_CEILING)
    advice = f"riskPct {plain(needed)} would do" if needed <= HUNDRED else "the balance is too small for it"
    return Refusal(reason="BelowMinNotional", message=_under(market, quantity, least, advice))


def _least(market: Market, mark: Decimal) -> Decimal:
    """The venue's least order, base."""
    by_value = (market.min_notional / mark / market.step).to_integral_value(ROUND_CEILING) * market.step
    return max(market.min_quantity, by_value)


def _under(market: Market, quantity: Decimal, least: Decimal, advice: str) -> str:
    return f"{plain(quantity)} {market.symbol} is under the venue's least order {plain(least)}: {advice}"


def usable(leverage: Decimal, market: Market) -> Decimal:
    """The part of a margin that is left once fee and headroom are set aside: 100 % of a balance must still pass."""
    return max(ONE - leverage * (market.taker + HEADROOM), ZERO)


def available(snapshot: Snapshot) -> Decimal:
    """Equity less the margin of positions and of entries under way, and less what others bind, quote.

    What is not ours is known by the latest reading; what is ours moves with each fill and mark since.
    """
    return _equity(snapshot) - _margin(snapshot) - snapshot.withheld


def _equity(snapshot: Snapshot) -> Decimal:
    return equity(snapshot.book, snapshot.marks)


def _margin(snapshot: Snapshot) -> Decimal:
    held = (_bound(snapshot, position) for position in snapshot.book.positions.values())
    entering = (
        (o.intent.quantity - o.booked) * snapshot.marks.get(o.intent.leg.symbol, ZERO) / _leverage(snapshot, o)
        for o in snapshot.book.orders.values()
        if o.intent.purpose in OPENING
    )
    return sum((*held, *entering), ZERO)


def _leverage(snapshot: Snapshot, order: Order) -> int:
    return snapshot.leverage(order.intent.leg.symbol)


def _bound(snapshot: Snapshot, position: Position) -> Decimal:
    """What a position keeps from the rest of the account; an isolated one keeps its profit too, and bears its loss."""
    symbol = position.leg.symbol
    mark, leverage = snapshot.marks.get(symbol, position.average), snapshot.leverage(symbol)
    if snapshot.venue.margin_modes.get(symbol) is MarginMode.ISOLATED:
        return position.quantity * position.average / leverage + position.unrealized(mark)
    return position.quantity * mark / leverage


def too_small(market: Market, mark: Decimal, quantity: Decimal, *, leverage: Decimal, free: Decimal) -> Refusal | None:
    """BelowMinNotional, naming the least entryPct that would do."""
    least = _least(market, mark)
    if quantity >= least:
        return None
    part = usable(leverage, market)
    percent = least * mark / leverage / part / free * HUNDRED if part else HUNDRED + ONE
    needed = percent.quantize(HUNDREDTH, rounding=ROUND_CEILING)
    advice = f"entryPct {plain(needed)} would do" if needed <= HUNDRED else "the balance is too small for it"
    return Refusal(reason="BelowMinNotional", message=_under(market, quantity, least, advice))


def _checked(snapshot: Snapshot, signal: Signal, quantity: Decimal) -> Decimal | Refusal:
    market, whole = snapshot.markets[signal.symbol], quantity * _plan(snapshot)
    if whole > market.max_quantity:
        message = f"{plain(whole)} is over {plain(market.max_quantity)}, the most that one order can close"
        return Refusal(reason="AboveMaxQuantity", message=message)
    leverage, notional = snapshot.leverage(signal.symbol), whole * snapshot.marks[signal.symbol]
    if notional * (ONE + HEADROOM) > market.largest(leverage):
        message = f"a position of {plain(notional)} is over what the venue allows at {leverage}x: lower leverage"
        return Refusal(reason="AboveMaxQuantity", message=message)
    capped = over_cap(snapshot, signal.symbol, quantity * snapshot.marks[signal.symbol])
    return capped or _stop_before_liquidation(snapshot, signal, whole) or quantity


def _plan(snapshot: Snapshot) -> Decimal:
    """An entry and all adds that may follow it, in entries."""
    dca = snapshot.settings.dca
    return ONE + sum(dca.step_pcts, ZERO) / HUNDRED if dca.enabled else ONE


def to_liquidation(snapshot: Snapshot, symbol: Symbol, quantity: Decimal) -> Decimal:
    """The estimated way from the average to the liquidation of a position of so much, percent."""
    bracket = snapshot.markets[symbol].bracket(quantity * snapshot.marks[symbol])
    maintenance = bracket.maintenance if bracket is not None else ZERO
    leverage = max(snapshot.leverage(symbol), snapshot.wanted_leverage(symbol))
    return (ONE / leverage - maintenance) * HUNDRED


def _stop_before_liquidation(snapshot: Snapshot, signal: Signal, quantity: Decimal) -> Refusal | None:
    """The stop must lie inside the estimated liquidation price with a fifth of the distance to spare.

    The estimate is that of a position which stands on its own margin: never further away than the cross-margin one
    of an account without other losses.
    """
    stop = snapshot.settings.targets(signal.side).stop_loss_pct
    distance = to_liquidation(snapshot, signal.symbol, quantity)
    if stop <= distance * (ONE - SPARE):
        return None
    message = f"a stop at {plain(stop)} % needs liquidation further than {plain(distance.quantize(Decimal('0.01')))} %"
    return Refusal(reason="StopBeyondLiquidation", message=f"{message}: lower leverage or stopLossPct")
