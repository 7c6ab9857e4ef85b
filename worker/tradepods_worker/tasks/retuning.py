"""What commands ask of the account: which setting, by what word, and whether it risks more money than before."""

from collections.abc import Mapping

from tradepods_core.errors import Invalid, Problem
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Overridable, Terms, in_force, wanted
from tradepods_worker.ports.commands import Typed, View
from tradepods_worker.tasks.confirmations import Request

FIELDS: Mapping[str, Overridable] = {"dryrun": "dryRun", "entrypct": "entryPct", "autoexit": "autoExit"}
CHANGES = (*FIELDS, "reset")


def changed(typed: Typed, view: View) -> tuple[Request, Terms]:
    """The request in a command, and the terms that it leads to; raises Invalid with what is allowed."""
    if typed.name == "reset":
        if not view.terms.overrides:
            raise Invalid([Problem(field="/reset", value="", fix="no setting was changed by command")])
        return Request(name="reset"), in_force(view.terms.spec, ())
    field = FIELDS[typed.name]
    terms = wanted(view.terms, field, typed.argument)
    if not terms.effective.dry_run and not view.keys:
        raise Invalid([Problem(field=field, value="", fix="this worker was started without the exchange's keys")])
    return Request(name="set", field=field, value=typed.argument), terms


def risks_more(before: AccountSpec, after: AccountSpec) -> bool:
    """Whether real money is at stake that was not, or more of it, or with less to protect it."""
    goes_live = before.dry_run and not after.dry_run
    larger = not after.dry_run and after.entry_pct > before.entry_pct
    return goes_live or larger or (before.auto_exit and not after.auto_exit)


def after_losses(view: View) -> bool:
    """Whether going on would put real money at stake once more after a limit of losses was reached."""
    return view.book.breach is not None and not view.settings.dry_run
