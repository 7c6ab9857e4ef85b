"""Questions that wait for a button: what would be done, with its consequence in numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.intents import Leg
from tradepods_core.book.values import Position
from tradepods_core.money import HUNDRED, ZERO, of, plain
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.outlook import Entry, most_notional, next_entry, worst_case
from tradepods_core.settings.overrides import OF, Overridable, written
from tradepods_worker.adapters.telegram.phrasing import Phrases, language_of, phrases
from tradepods_worker.adapters.telegram.told import moment
from tradepods_worker.adapters.telegram.worth import free
from tradepods_worker.ports.commands import View


@dataclass(frozen=True, slots=True)
class _Closed:
    """What a close would do to one position: base, then quote."""

    leg: Leg
    quantity: Decimal
    notional: Decimal
    profit: Decimal


def close(view: View, write: Phrases) -> list[str]:
    """What would be closed: ours, then what the ledger does not know."""
    ours = [_row(one, write) for one in _ours(view)]
    return [write("asking.close"), *ours, *_strange(view, write)]


def change(view: View, write: Phrases) -> list[str]:
    """What another setting would mean."""
    after = view.settings if view.wanted is None else view.wanted
    fields = (f"{name} {written(view.settings, name)} -> {written(after, name)}" for name in _differing(view, after))
    asked = write("asking.change", fields=", ".join(fields))
    return [asked, *_live(view, after, write), *_size(view, after, write), *_stops(view, after, write)]


def confirmed(view: View, write: Phrases) -> list[str]:
    """What a question's message says below it once its button was pressed, and by whom."""
    return [write("asking.confirmed", by=view.said)]


def resume(view: View, write: Phrases) -> list[str]:
    """What has paused the account, and what going on means."""
    anew = write("asking.resumed", percent=view.settings.entry_pct, equity=_worth(view))
    return [write("asking.resume"), *_reached(view, write), anew]


def caption(kind: str, view: View) -> str:
    """The text on the button: what pressing it does, in numbers."""
    write = phrases(language_of(view.settings))
    if kind == "resume":
        return write("buttons.resume", equity=_worth(view))
    if view.wanted is not None:
        return _change_button(view, view.wanted, write)
    closed = (*_ours(view), *_foreign(view))
    notional = sum((one.notional for one in closed), ZERO)
    profit = sum((one.profit for one in closed), ZERO)
    if not closed:
        return write("buttons.left", count=len(view.strange().orders))
    if len(closed) == 1:
        only = closed[0]
        return write("buttons.close", quantity=only.quantity, leg=only.leg, notional=notional, profit=profit)
    return write("buttons.close_many", count=len(closed), notional=notional, profit=profit)


def _strange(view: View, write: Phrases) -> Iterator[str]:
    """By the exchange's own numbers, for the ledger has none."""
    foreign, left = _foreign(view), view.strange().orders
    if foreign:
        yield write("asking.foreign")
        yield from (_row(one, write) for one in foreign)
    if left:
        yield write("asking.left", count=len(left))


def _ours(view: View) -> list[_Closed]:
    found = ((position, view.mark(position)) for position in view.meant())
    return [_Closed(p.leg, p.quantity, p.quantity * mark, p.unrealized(mark)) for p, mark in found]


def _foreign(view: View) -> list[_Closed]:
    """One whose mark price is not known counts at its entry price."""
    held = ((one, view.marks.get(one.symbol, one.entry)) for one in view.strange().positions)
    return [
        _Closed(one.leg, abs(one.quantity), abs(one.quantity) * mark, (mark - one.entry) * one.quantity)
        for one, mark in held
    ]


def _row(closed: _Closed, write: Phrases) -> str:
    return write("asking.closed", leg=closed.leg, quantity=closed.quantity, profit=closed.profit)


def _reached(view: View, write: Phrases) -> Iterator[str]:
    """The limit, and how far beyond it the account is now."""
    limits, book, breach = view.settings.protections, view.book, view.book.breach
    match None if breach is None else breach.limit:
        case "DailyLossLimit" if book.day is not None:
            yield _lost("asking.lost_today", book.day.equity, limits.max_daily_loss_pct, view, write)
        case "MaxDrawdown" if book.peak is not None:
            yield _lost("asking.lost_since_peak", book.peak, limits.max_drawdown_pct, view, write)
        case "ConsecutiveLosses":
            yield write("asking.lost_in_a_row", losses=book.losses, most=limits.max_consecutive_losses)
    if breach is not None and breach.until is not None:
        yield write("asking.by_itself", until=moment(breach.until))


def _lost(name: str, before: Decimal, most: Decimal, view: View, write: Phrases) -> str:
    worth = _worth(view)
    percent = _percent(before - worth, before)
    return write(name, before=before, equity=worth, lost=worth - before, percent=percent, most=most)


def _change_button(view: View, after: AccountSpec, write: Phrases) -> str:
    if view.settings.dry_run and not after.dry_run:
        return write("buttons.live", percent=after.entry_pct, leverage=after.leverage)
    if view.settings.auto_exit and not after.auto_exit:
        return write("buttons.bare", count=len(_open(view)))
    margin = of(_next(view, after).margin, _worth(view))
    return write("buttons.size", percent=after.entry_pct, margin=margin)


def _differing(view: View, after: AccountSpec) -> list[Overridable]:
    return [field for field in OF if written(view.settings, field) != written(after, field)]


def _live(view: View, after: AccountSpec, write: Phrases) -> list[str]:
    if after.dry_run or not view.settings.dry_run:
        return []
    terms = {"percent": after.entry_pct, "leverage": after.leverage, "positions": after.max_positions}
    name = "asking.live_adds" if _adds(after) else "asking.live"
    risk = write(name, **terms, most=_tenths(most_notional(after), ROUND_CEILING))
    lost = worst_case(after)
    return [risk, write("asking.alerting") if lost is None else write("asking.resting", percent=_tenths(lost))]


def _size(view: View, after: AccountSpec, write: Phrases) -> list[str]:
    """Nothing where less is at stake than now."""
    if after.dry_run or after.entry_pct <= view.settings.entry_pct or view.settings.dry_run:
        return []
    entry, worth = _next(view, after), _worth(view)
    amounts = {"margin": of(entry.margin, worth), "notional": of(entry.notional, worth)}
    sized = write("asking.size", **amounts, leverage=after.leverage)
    if entry.lost is None:
        return [sized, write("asking.unstopped")]
    name = "asking.stopped_adds" if _adds(after) else "asking.stopped"
    percent = plain(entry.lost.quantize(Decimal("0.01")))
    return [sized, write(name, lost=of(entry.lost, worth), percent=percent)]


def _next(view: View, after: AccountSpec) -> Entry:
    """What the next entry would take of what is available now."""
    worth = _worth(view)
    return next_entry(after, free=max(free(view), ZERO) / worth * HUNDRED if worth > ZERO else ZERO)


def _adds(spec: AccountSpec) -> bool:
    """Whether a ladder buys: without autoExit its steps only alert."""
    return spec.auto_exit and spec.dca.enabled and bool(spec.dca.step_pcts)


def _stops(view: View, after: AccountSpec, write: Phrases) -> list[str]:
    if not view.settings.auto_exit or after.auto_exit:
        return []
    held = _open(view)
    notional = sum((view.mark(position) * position.quantity for position in held), ZERO)
    return [write("asking.bare", count=len(held), notional=notional)]


def _open(view: View) -> tuple[Position, ...]:
    """What is open in either book: a setting counts for both."""
    return (*view.held(), *view.guarded())


def _worth(view: View) -> Decimal:
    return equity(view.book, view.marks)


def _percent(part: Decimal, whole: Decimal) -> str:
    return _tenths(part / whole * HUNDRED) if whole > ZERO else "?"


def _tenths(percent: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    return plain(percent.quantize(Decimal("0.1"), rounding))
