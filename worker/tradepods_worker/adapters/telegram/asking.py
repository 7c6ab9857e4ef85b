"""Questions that wait for a button: what would be done, with its consequence in numbers."""

from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.money import HUNDRED, ZERO, of, plain
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import OF, Overridable, written
from tradepods_worker.adapters.telegram.format import money, price, signed
from tradepods_worker.ports.commands import View

WITHIN = "Press within 60 seconds."


def close(view: View) -> list[str]:
    """What would be closed."""
    rows = [f"{p.leg}: {price(plain(p.quantity))}, {signed(plain(p.unrealized(view.mark(p))))}" for p in view.meant()]
    return [f"close at market? {WITHIN}", *(f"{row} USDT" for row in rows)]


def change(view: View) -> list[str]:
    """What another setting would mean."""
    after = view.settings if view.wanted is None else view.wanted
    fields = (f"{name} {written(view.settings, name)} -> {written(after, name)}" for name in _differing(view, after))
    return [f"{', '.join(fields)}? {WITHIN}", *_live(view, after), *_size(view, after), *_stops(view, after)]


def caption(view: View) -> str:
    """The text on the button: what pressing it does, in numbers."""
    if view.wanted is not None:
        return _change_button(view, view.wanted)
    meant = view.meant()
    notional = sum((view.mark(position) * position.quantity for position in meant), ZERO)
    profit = sum((position.unrealized(view.mark(position)) for position in meant), ZERO)
    what = f"{price(plain(meant[0].quantity))} {meant[0].leg}" if len(meant) == 1 else f"{len(meant)} positions"
    return f"Close {what}: {_money(notional)} USDT, unrealised {signed(plain(profit))}"


def _change_button(view: View, after: AccountSpec) -> str:
    if view.settings.dry_run and not after.dry_run:
        return f"Trade REAL MONEY: {plain(after.entry_pct)} % an entry at {after.leverage}x"
    if view.settings.auto_exit and not after.auto_exit:
        return f"Cancel the stops of {len(tuple(view.held()))} positions"
    return f"Enter with {plain(after.entry_pct)} %: about {_money(of(after.entry_pct, _worth(view)))} USDT of margin"


def _differing(view: View, after: AccountSpec) -> list[Overridable]:
    return [field for field in OF if written(view.settings, field) != written(after, field)]


def _live(view: View, after: AccountSpec) -> list[str]:
    if after.dry_run or not view.settings.dry_run:
        return []
    most = after.entry_pct * after.leverage * after.max_positions
    return [
        "From now on entries are made with REAL MONEY at the exchange.",
        f"Each takes {plain(after.entry_pct)} % of what is available, at {after.leverage}x.",
        f"With all {after.max_positions} positions open up to {plain(most)} % of the balance stand in the market.",
        f"Stops {'rest on the exchange' if after.auto_exit else 'do NOT rest: autoExit is off'}.",
    ]


def _size(view: View, after: AccountSpec) -> list[str]:
    if after.dry_run or after.entry_pct <= view.settings.entry_pct or view.settings.dry_run:
        return []
    margin = of(after.entry_pct, _worth(view))
    lost = of(max(after.long.stop_loss_pct, after.short.stop_loss_pct), margin * after.leverage)
    return [
        f"An entry takes about {_money(margin)} USDT, {_money(margin * after.leverage)} at {after.leverage}x;",
        f"at its stop it loses about {_money(lost)} USDT, {_percent(lost, _worth(view))} % of the account.",
    ]


def _stops(view: View, after: AccountSpec) -> list[str]:
    if not view.settings.auto_exit or after.auto_exit:
        return []
    held = tuple(view.held())
    notional = sum((view.mark(position) * position.quantity for position in held), ZERO)
    return [
        f"{len(held)} positions of {_money(notional)} USDT lose their stops and take-profits;",
        "from then on levels, ladder and targets only alert.",
    ]


def _worth(view: View) -> Decimal:
    return equity(view.book, view.marks)


def _percent(part: Decimal, whole: Decimal) -> str:
    return plain((part / whole * HUNDRED).quantize(Decimal("0.1"))) if whole > ZERO else "?"


def _money(value: Decimal) -> str:
    return money(plain(value))
