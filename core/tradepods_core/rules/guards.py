"""The chain of guards before an entry: each says no for one reason, the order is the list at the end."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from tradepods_core.book.intents import Leg, SetPositionMode
from tradepods_core.book.reasons import Reason
from tradepods_core.money import HUNDRED, plain
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.snapshot import Refusal, Snapshot
from tradepods_core.times import Timeframe, written
from tradepods_core.wire.cycle import Cycle, Signal

Guard = Callable[[Snapshot, Cycle, Signal], Refusal | None]
STALE_AFTER = 2  # periods of the strategy's timeframe


def _no(reason: Reason, message: str) -> Refusal:
    return Refusal(reason=reason, message=message)


def allowed(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """Nothing in the table of standings forbids it."""
    return forbids(snapshot, signal.symbol, "enter")


def account_mode(snapshot: Snapshot, _cycle: Cycle, _signal: Signal) -> Refusal | None:
    """Multi-assets and portfolio margin are said, never traded in; nor is anything while the position mode changes."""
    if not snapshot.venue.single_asset:
        return _no("UnsupportedAccountMode", "the account is in multi-assets mode: set it to single-asset")
    if any(isinstance(intent, SetPositionMode) for intent in snapshot.book.unsettled.values()):
        return _no("UnsupportedAccountMode", "the account's position mode is being changed at this moment")
    return None


def in_time(snapshot: Snapshot, cycle: Cycle, _signal: Signal) -> Refusal | None:
    """A signal is acted on until its cycle expires."""
    if snapshot.now <= cycle.valid_until:
        return None
    return _no("SignalExpired", f"valid until {written(cycle.valid_until)}, it is {written(snapshot.now)}")


def strategy_selected(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """An account follows the strategies that it names; naming none means every one."""
    chosen = snapshot.settings.strategies
    if not chosen or signal.strategy in chosen:
        return None
    return _no("StrategyNotSelected", f"{signal.strategy} is not among {', '.join(chosen)}")


def symbol_allowed(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """An account trades what its filter lets through."""
    symbols = snapshot.settings.symbols
    if signal.symbol in symbols.deny:
        return _no("SymbolNotAllowed", f"{signal.symbol} is in symbols.deny")
    if symbols.allow and signal.symbol not in symbols.allow:
        return _no("SymbolNotAllowed", f"{signal.symbol} is not in symbols.allow")
    return None


def market_open(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """The venue must take new positions in the symbol, and its leverage there must be known."""
    market = snapshot.markets.get(signal.symbol)
    if market is None or not market.trading:
        return _no("MarketClosed", f"{signal.symbol} takes no new positions")
    if snapshot.venue.leverage and signal.symbol not in snapshot.venue.leverage:
        return _no("Unreconciled", f"{signal.symbol} is new: its leverage was not read yet")
    return None


def fresh_mark(snapshot: Snapshot, cycle: Cycle, signal: Signal) -> Refusal | None:
    """No entry without a mark price of the last two periods."""
    longest = STALE_AFTER * Timeframe.parse(cycle.timeframe).length
    at = snapshot.marks_at.get(signal.symbol)
    if at is None or signal.symbol not in snapshot.marks:
        return _no("StaleData", f"no mark price of {signal.symbol}")
    if snapshot.now - at > longest:
        return _no("StaleData", f"the latest mark price of {signal.symbol} is of {written(at)}")
    return None


def not_in_position(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """One position a leg, an entry under way included. Both sides of a symbol at once in hedge mode only."""
    legs = {*snapshot.book.positions, *entering(snapshot)}
    if Leg(signal.symbol, signal.side) in legs:
        return _no("AlreadyInPosition", f"{signal.side} {signal.symbol} is open or being opened")
    both = snapshot.settings.hedge_mode and not snapshot.venue.one_way
    if not both and any(leg.symbol == signal.symbol for leg in legs):
        return _no("OppositePosition", f"{signal.symbol} is held on the other side")
    return None


def nothing_resting(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """A new entry waits until no order of an earlier position rests on its symbol; in hedge mode, on its side."""
    sides = ("long", "short") if snapshot.venue.one_way else (signal.side,)
    found = (o.intent for o in snapshot.book.orders.values() if o.intent.leg.symbol == signal.symbol)
    resting = [intent for intent in found if intent.leg.side in sides]
    if not resting:
        return None
    return _no("ProtectionResting", f"the venue has not confirmed the end of {resting[0].purpose} yet")


def entry_cooldown(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """The entry cooldown runs from our last entry fill on the symbol."""
    pause = timedelta(minutes=float(snapshot.settings.entry_cooldown_minutes))
    since = snapshot.book.entered_at.get(signal.symbol)
    if since is None or snapshot.now >= since + pause:
        return None
    return _no("EntryCooldown", f"{signal.symbol} was entered at {written(since)}; free at {written(since + pause)}")


def exit_cooldown(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """The exit cooldown starts when a symbol becomes flat, and blocks both of its sides."""
    pause = timedelta(hours=float(snapshot.settings.exit_cooldown_hours))
    since = snapshot.book.closed_at.get(signal.symbol)
    if since is None or snapshot.now >= since + pause:
        return None
    return _no("ExitCooldown", f"{signal.symbol} was closed at {written(since)}; free at {written(since + pause)}")


def free_slot(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """MaxPositions counts own positions and entries under way."""
    taken = len({*snapshot.book.positions, *entering(snapshot)})
    if taken < snapshot.settings.max_positions:
        return None
    return _no("MaxPositions", f"{taken} of {snapshot.settings.max_positions} are taken, {signal.symbol} gets none")


def price_near(snapshot: Snapshot, _cycle: Cycle, signal: Signal) -> Refusal | None:
    """The mark may have moved from the signal's reference price by maxSlippagePct at most."""
    moved = abs(snapshot.marks[signal.symbol] / signal.reference_price - 1) * HUNDRED
    if moved <= snapshot.settings.max_slippage_pct:
        return None
    allowed = plain(snapshot.settings.max_slippage_pct)
    return _no(
        "PriceMoved", f"the mark is {plain(moved.quantize(Decimal('0.01')))} % from the signal, over {allowed} %"
    )


def entering(snapshot: Snapshot) -> set[Leg]:
    """Legs with an entry that is not settled yet."""
    return {order.intent.leg for order in snapshot.book.orders.values() if order.intent.purpose == "enter"}


GUARDS: tuple[Guard, ...] = (
    allowed,
    account_mode,
    in_time,
    strategy_selected,
    symbol_allowed,
    market_open,
    fresh_mark,
    not_in_position,
    nothing_resting,
    entry_cooldown,
    exit_cooldown,
    free_slot,
    price_near,
)
