"""Limits on losses: of the day, from the peak, in a row. A breach pauses the account, and may close what is open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.facts import DayBegan, Fact, PeakSeen, TradingPaused, TradingResumed
from tradepods_core.book.values import Position
from tradepods_core.money import HUNDRED, ONE, ZERO, plain
from tradepods_core.rules import intents
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.leaving import coming, leaving
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.settings.account import AccountSpec

NEW_PEAK = Decimal("1.001")  # a peak is recorded once it is a thousandth above the last one
HUNDREDTH = Decimal("0.01")


def limited(settings: AccountSpec) -> bool:
    """Whether the account limits its losses."""
    limits = settings.protections
    return bool(limits.max_daily_loss_pct or limits.max_drawdown_pct or limits.max_consecutive_losses)


def watch(snapshot: Snapshot) -> Iterator[Fact]:
    """The day's beginning, a new peak, the end of a day's pause; a pause where a limit is reached."""
    if snapshot.book.wallet is None or not snapshot.valued():
        return  # nobody knows what the account is worth
    breach = snapshot.book.breach
    if breach is not None and breach.until is not None and snapshot.now >= breach.until:
        resumed = TradingResumed(why="the day is over", equity=_worth(snapshot), at=snapshot.now)
        snapshot = snapshot.after((resumed,))
        yield resumed
    if not limited(snapshot.settings):
        return
    marks = tuple(_marks(snapshot))
    yield from marks
    yield from _breach(snapshot.after(marks))


def _marks(snapshot: Snapshot) -> Iterator[Fact]:
    worth, book, date = _worth(snapshot), snapshot.book, snapshot.now.date().isoformat()
    if book.day is None or book.day.day != date:
        yield DayBegan(day=date, equity=_at_first_sight(snapshot, date, worth), at=snapshot.now)
    elif not book.day.equity and worth:
        yield DayBegan(day=date, equity=worth, at=snapshot.now)
    if book.peak is None or (worth > book.peak * NEW_PEAK and not snapshot.unexplained):
        yield PeakSeen(equity=worth, at=snapshot.now)


def _at_first_sight(snapshot: Snapshot, date: str, worth: Decimal) -> Decimal:
    """A limit that is set in the course of a day counts from its beginning, too, where that was worth something known.

    On the day's first sight what the account is worth has in it what the same event has moved.
    """
    before, today = snapshot.before.today, snapshot.book.today
    if before is None or before.day != date or today is None or not today.valued:
        return worth
    return today.equity + today.moved


def _breach(snapshot: Snapshot) -> Iterator[Fact]:
    found = _reached(snapshot)
    if found is None:
        return
    yield found
    if snapshot.settings.protections.flatten_on_breach:
        yield from _flattened(snapshot, found.why)


def _flattened(snapshot: Snapshot, why: str) -> Iterator[Fact]:
    """What can be closed is; what can't be yet, and what is still to fill, is as soon as it can be."""
    left = dict(coming(snapshot.book))
    for position in snapshot.book.positions.values():
        if _closes(snapshot, position):
            yield intents.exit_order(snapshot, position, purpose="close", cause=why)
        elif forbids(snapshot, position.leg.symbol, "close"):
            left[position.number] = position.leg
    yield from leaving(snapshot, left, why=why)


def _reached(snapshot: Snapshot) -> TradingPaused | None:
    """A limit that pauses until a person says so counts also while the day's pause runs: that one ends by itself.

    A person's own pause keeps no limit from being reached.
    """
    lasting = _drawdown(snapshot) or _in_a_row(snapshot)
    breach = snapshot.book.breach
    if breach is None:
        return lasting or _daily(snapshot)
    return None if breach.until is None else lasting


def _closes(snapshot: Snapshot, position: Position) -> bool:
    """Whether a breach closes it, and nothing else does so yet."""
    closing = position.quantity <= ZERO or snapshot.book.live(position.number, "close")
    return not closing and forbids(snapshot, position.leg.symbol, "close") is None


def _daily(snapshot: Snapshot) -> TradingPaused | None:
    """Until the next midnight UTC."""
    most, day = snapshot.settings.protections.max_daily_loss_pct, snapshot.book.day
    if not most or day is None or (lost := _lost(day.equity, _worth(snapshot))) < most:
        return None
    why = f"the day has lost {plain(lost)} %, the limit is {plain(most)} %"
    return TradingPaused(why=why, until=_midnight(snapshot.now), at=snapshot.now, limit="DailyLossLimit")


def _drawdown(snapshot: Snapshot) -> TradingPaused | None:
    most, peak = snapshot.settings.protections.max_drawdown_pct, snapshot.book.peak
    if not most or peak is None or (lost := _lost(peak, _worth(snapshot))) < most:
        return None
    why = f"equity is {plain(lost)} % below its peak of {plain(peak.quantize(HUNDREDTH))}, the limit is {plain(most)} %"
    return TradingPaused(why=why, until=None, at=snapshot.now, limit="MaxDrawdown")


def _in_a_row(snapshot: Snapshot) -> TradingPaused | None:
    most, losses = snapshot.settings.protections.max_consecutive_losses, snapshot.book.losses
    if not most or losses < most:
        return None
    why = f"{losses} losses in a row, the limit is {most}"
    return TradingPaused(why=why, until=None, at=snapshot.now, limit="ConsecutiveLosses")


def _lost(before: Decimal, now: Decimal) -> Decimal:
    """Percent."""
    return ((ONE - now / before) * HUNDRED).quantize(HUNDREDTH) if before > ZERO else ZERO


def _worth(snapshot: Snapshot) -> Decimal:
    return equity(snapshot.book, snapshot.marks)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
