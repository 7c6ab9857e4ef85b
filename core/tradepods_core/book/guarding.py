"""What facts about a position's guard do to it: targets that change, orders that rest or only alert."""

from dataclasses import replace

from tradepods_core.book.managed import rearmed
from tradepods_core.book.steering import GuardChanged, LevelReached, TermsChanged
from tradepods_core.book.values import Position

TIGHTENED = "tightened"  # what such a stop is moved by: from then on the better of its two levels counts
ANEW = "anew"  # what moved a stop that was set from the mark, because its level had been passed without one


def terms_changed(position: Position, fact: TermsChanged) -> Position:
    """The position with other targets; a take-profit that was set anew gives way to a changed one."""
    moved = fact.terms.take_profit_pct != position.terms.take_profit_pct
    tighter = fact.terms.stop_loss_pct < position.terms.stop_loss_pct
    return replace(
        position,
        terms=fact.terms,
        target=None if moved else position.target,
        stop_by=TIGHTENED if tighter and position.stop_by == ANEW else position.stop_by,
        anew=position.anew and not tighter,
        alerted=frozenset(),
    )


def guard_changed(position: Position, fact: GuardChanged) -> Position:
    """The position with its orders, or without."""
    if not fact.rests:
        return replace(position, alerts=True, naked_since=None)
    again = replace(rearmed(position), alerts=False, alerted=frozenset())
    again = replace(again, naked_since=fact.seen_at if fact.bare else None)
    if fact.stop is not None:
        again = replace(again, stop=fact.stop, stop_by=ANEW, stop_at=fact.at)
    return again if fact.target is None else replace(again, target=fact.target)


def level_reached(position: Position, fact: LevelReached) -> Position:
    """The position, with this level told."""
    return replace(position, alerted=position.alerted | {fact.what})
