"""The end of a UTC day, by the market's clock: what it brought is told once, with the first sign of the next day."""

from collections.abc import Iterator

from tradepods_core.book.accounting import equity
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact
from tradepods_core.book.tally import NONE, counted_on
from tradepods_core.book.today import DayTurned, Today
from tradepods_core.money import ZERO, plain
from tradepods_core.rules.snapshot import Notice, Snapshot

MOST_REASONS = 3


def turn(snapshot: Snapshot) -> Iterator[DayTurned]:
    """The first sight of a day. Of days that passed unseen only the last one that was seen is told.

    What the event itself brought belongs to the day in which the venue says that it happened. Before the first marks
    a replay's time is not known yet.
    """
    before, day = snapshot.before.today, snapshot.now.date().isoformat()
    if snapshot.book.wallet is None or not snapshot.marks or (before is not None and before.day >= day):
        return
    if before is None:
        worth = equity(snapshot.book, snapshot.marks)
        begun = Today(day=day, equity=worth, tally=NONE, valued=snapshot.valued())
        yield DayTurned(ended=None, begun=begun, at=snapshot.now)
        return
    late = tuple(fact for fact in snapshot.news if _is_of(before, fact))
    worth = equity(apply(snapshot.before, late), snapshot.marks)
    begun = Today(day=day, equity=worth, tally=NONE, valued=snapshot.valued())
    new = (fact for fact in snapshot.news if not _is_of(before, fact))
    yield DayTurned(ended=counted_on(before, late), begun=counted_on(begun, new), at=snapshot.now)


def of_day(snapshot: Snapshot, fact: Fact) -> Iterator[Notice]:
    """The summary of a day that is over; none for one without anything done, refused or open, nor of other facts."""
    if not isinstance(fact, DayTurned) or fact.ended is None:
        return
    ended, tally = fact.ended, fact.ended.tally
    held = _held(snapshot)
    if tally == NONE and not held:
        return
    values = {
        "day": ended.day,
        "realized": plain(tally.realized_pnl),
        "fees": plain(-tally.fees),
        "funding": plain(tally.funding),
        "net": plain(tally.realized_pnl - tally.fees + tally.funding),
        "entries": str(tally.entries),
        "adds": str(tally.adds),
        "exits": str(tally.exits),
        "wins": str(ended.wins),
        "began": plain(ended.equity),
        "ended": plain(fact.begun.equity),
        "open": held,
        "reasons": _reasons(tally.refusals),
    }
    yield Notice(kind="summary", at=snapshot.now, values=values)


def _is_of(day: Today, fact: Fact) -> bool:
    """Whether a fact has a market time, and that in this day or before it."""
    at = getattr(fact, "at", None)
    return at is not None and at.date().isoformat() <= day.day


def _held(snapshot: Snapshot) -> str:
    """Each open position, one a line: what the mark says of it."""
    held = (position for position in snapshot.book.positions.values() if position.quantity > ZERO)
    marks = snapshot.marks
    return "\n".join(f"{p.leg} unrealized={plain(p.unrealized(marks.get(p.leg.symbol, p.average)))}" for p in held)


def _reasons(refusals: dict[str, int]) -> str:
    """The most frequent, with how often: `MaxPositions 4, Paused 2`."""
    found = sorted(refusals.items(), key=lambda refusal: (-refusal[1], refusal[0]))
    return ", ".join(f"{reason} {count}" for reason, count in found[:MOST_REASONS])
