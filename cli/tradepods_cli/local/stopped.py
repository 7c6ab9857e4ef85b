"""Accounts that are Stopped while something is open: nothing watches it, so a person has to say so twice."""

from tradepods_cli.local.layout import Layout
from tradepods_cli.manifests import Account, Fleet
from tradepods_core.book.book import apply
from tradepods_core.book.recorded import read_fact
from tradepods_core.book.values import Book
from tradepods_core.errors import Invalid, Problem
from tradepods_core.ids import LOCAL_FLEET, account_key
from tradepods_core.settings.database import DATABASE_KEY, read_database
from tradepods_core.settings.parts import State
from tradepods_worker.adapters.ledger.reader import LedgerFile, LedgerReader, NoLedger, Source
from tradepods_worker.adapters.ledger.sql import LEDGER
from tradepods_worker.ports.ledger import LedgerDown

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
    try:
        held = [str(leg) for leg in _book(account, layout).positions]
    except LedgerDown as error:
        return _problem(account, f"nobody knows what is open: {error}. Try again, ")
    if not held:
        return None
    said = f"{', '.join(held)} open: stops rest at the exchange, but nothing follows them. Close them first, "
    return _problem(account, said)


def _problem(account: Account, why: str) -> Problem:
    fix = f'{why}write state: Paused, or annotate it with {CONFIRM}: "true"'
    return Problem(field=f"{account.key}: spec.state", value=account.spec.state.value, fix=fix)


def _book(account: Account, layout: Layout) -> Book:
    """The live book of an account's ledger, in its file or its database; an empty one where there is none yet."""
    try:
        source = _source(account, layout)
        reader = None if source is None else LedgerReader(source)
    except NoLedger:
        return Book()
    if reader is None:
        return Book()
    try:
        number, checkpoint = reader.checkpoint("live") or (0, None)
        facts = (read_fact(row.kind, row.body) for row in reader.facts("live", after=number))
        return apply(Book() if checkpoint is None else checkpoint.book, facts)
    finally:
        reader.close()


def _source(account: Account, layout: Layout) -> Source | None:
    """None where this machine has no file of it."""
    if account.spec.ledger.type == "postgresql":
        from tradepods_worker.adapters.ledger.postgres_reader import LedgerSchema  # nobody else loads psycopg

        key = account_key(fleet=LOCAL_FLEET, namespace=account.namespace, name=account.name)
        return LedgerSchema(read_database(account.ledger[DATABASE_KEY]), account=str(key))
    file = layout.account(account) / LEDGER
    return LedgerFile(file) if file.is_file() else None
