"""Questions that wait for a button: what would be done, with its consequence in numbers."""

from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.values import Position
from tradepods_core.money import HUNDRED, ZERO, of, plain
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import OF, Overridable, written
from tradepods_worker.adapters.telegram.phrasing import Phrases, language_of, phrases
from tradepods_worker.ports.commands import View


def close(view: View, write: Phrases) -> list[str]:
    """What would be closed."""
    rows = (
        write("asking.closed", leg=p.leg, quantity=p.quantity, profit=p.unrealized(view.mark(p))) for p in view.meant()
    )
    return [write("asking.close"), *rows]


def change(view: View, write: Phrases) -> list[str]:
    """What another setting would mean."""
    after = view.settings if view.wanted is None else view.wanted
    fields = (f"{name} {written(view.settings, name)} -> {written(after, name)}" for name in _differing(view, after))
    asked = write("asking.change", fields=", ".join(fields))
    return [asked, *_live(view, after, write), *_size(view, after, write), *_stops(view, after, write)]


def confirmed(view: View, write: Phrases) -> list[str]:
    """What a question's message says below it once its button was pressed, and by whom."""
    return [write("asking.confirmed", by=view.said)]


def caption(view: View) -> str:
    """The text on the button: what pressing it does, in numbers."""
    write = phrases(language_of(view.settings))
    if view.wanted is not None:
        return _change_button(view, view.wanted, write)
    meant = view.meant()
    notional = sum((view.mark(position) * position.quantity for position in meant), ZERO)
    profit = sum((position.unrealized(view.mark(position)) for position in meant), ZERO)
    if len(meant) == 1:
        only = meant[0]
        return write("buttons.close", quantity=only.quantity, leg=only.leg, notional=notional, profit=profit)
    return write("buttons.close_many", count=len(meant), notional=notional, profit=profit)


def _change_button(view: View, after: AccountSpec, write: Phrases) -> str:
    if view.settings.dry_run and not after.dry_run:
        return write("buttons.live", percent=after.entry_pct, leverage=after.leverage)
    if view.settings.auto_exit and not after.auto_exit:
        return write("buttons.bare", count=len(_open(view)))
    return write("buttons.size", percent=after.entry_pct, margin=of(after.entry_pct, _worth(view)))


def _differing(view: View, after: AccountSpec) -> list[Overridable]:
    return [field for field in OF if written(view.settings, field) != written(after, field)]


def _live(view: View, after: AccountSpec, write: Phrases) -> list[str]:
    if after.dry_run or not view.settings.dry_run:
        return []
    terms = {"percent": after.entry_pct, "leverage": after.leverage, "positions": after.max_positions}
    risk = write("asking.live", **terms, most=after.entry_pct * after.leverage * after.max_positions)
    return [risk, write("asking.resting" if after.auto_exit else "asking.alerting")]


def _size(view: View, after: AccountSpec, write: Phrases) -> list[str]:
    if after.dry_run or after.entry_pct <= view.settings.entry_pct or view.settings.dry_run:
        return []
    margin = of(after.entry_pct, _worth(view))
    notional = margin * after.leverage
    lost = of(max(after.long.stop_loss_pct, after.short.stop_loss_pct), notional)
    amounts = {"margin": margin, "notional": notional, "lost": lost, "percent": _percent(lost, _worth(view))}
    return [write("asking.size", **amounts, leverage=after.leverage)]


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
    return plain((part / whole * HUNDRED).quantize(Decimal("0.1"))) if whole > ZERO else "?"
