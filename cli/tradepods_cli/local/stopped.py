"""Accounts that are Stopped while something is open: nothing watches it, so a person has to say so twice."""

from pathlib import Path

from tradepods_cli.local.layout import Layout
from tradepods_cli.manifests import Account, Fleet
from tradepods_core.book.book import apply
from tradepods_core.book.recorded import read_fact
from tradepods_core.book.values import Book
from tradepods_core.errors import Invalid, Problem
from tradepods_core.settings.parts import State
from tradepods_worker.adapters.ledger.reader import LedgerFile, LedgerReader
from tradepods_worker.adapters.ledger.sql import LEDGER

CONFIRM = "tradepods.dev/confirm-stop"


def check_stopped(fleet: Fleet, layout: Layout) -> None:
    """Raise Invalid for an account that is to be Stopped with live positions open, and does not confirm it."""
    stopped = [account for account in fleet.accounts if account.spec.state is State.STOPPED]
    problems = [problem for account in stopped if (problem := _open(account, layout)) is not None]
    if problems:
        raise Invalid(problems)


def _open(account: Account, layout: Layout) -> Problem | None:
    if account.annotations.get(CONFIRM) == "true":
        return None
    held = [str(leg) for leg in _book(layout.account(account) / LEDGER).positions]
    if not held:
        return None
    fix = (
        f"{', '.join(held)} open: stops rest at the exchange, but nothing follows them. "
        f'Close them first, write state: Paused, or annotate it with {CONFIRM}: "true"'
    )
    return Problem(field=f"{account.key}: spec.state", value=account.spec.state.value, fix=fix)


def _book(file: Path) -> Book:
    """The live book of a ledger on this machine; an empty one where there is none."""
    if not file.is_file():
        return Book()
    reader = LedgerReader(LedgerFile(file))
    try:
        number, checkpoint = reader.checkpoint("live") or (0, None)
        facts = (read_fact(row.kind, row.body) for row in reader.facts("live", after=number))
        return apply(Book() if checkpoint is None else checkpoint.book, facts)
    finally:
        reader.close()
