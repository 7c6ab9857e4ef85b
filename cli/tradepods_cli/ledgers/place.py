"""Where a person's ledger is: its file, the account's folder, a folder in which there is one; or a database."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_core.ids import account_key
from tradepods_core.settings.database import Database, read_database
from tradepods_worker.adapters.ledger.reader import LedgerFile, Source
from tradepods_worker.adapters.ledger.sql import LEDGER


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How a person may say which ledger they mean: a place on this machine, or a database and an account in it."""

    place: Path | None
    url_file: Path | None
    account: str | None
    namespace: str
    fleet: UUID


def source_of(named: Named) -> Source:
    """The ledger that is meant; raises Invalid, and Permanent for a file that can't be read."""
    if named.url_file is None:
        if named.place is None or named.account is not None:
            fix = "name a ledger's folder or file, or a database by --url-file and --account"
            raise Invalid([Problem(field="STATE_OR_FILE", value="", fix=fix)])
        return LedgerFile(ledger_at(named.place))
    if named.account is None or named.place is not None:
        fix = "goes with --account NAME, and with no STATE_OR_FILE: a database holds many accounts"
        raise Invalid([Problem(field="--url-file", value=str(named.url_file), fix=fix)])
    from tradepods_worker.adapters.ledger.postgres_reader import LedgerSchema  # nobody else loads psycopg

    key = account_key(fleet=named.fleet, namespace=named.namespace, name=named.account)
    return LedgerSchema(_database(named.url_file), account=str(key))


def _database(file: Path) -> Database:
    try:
        return read_database(file.read_text("utf-8").strip())
    except Invalid as error:
        raise Invalid([Problem(field=str(file), value="", fix=error.problems[0].fix)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"can't read {file}: {type(error).__name__}") from None


def ledger_at(place: Path) -> Path:
    """The ledger's file; raises Invalid where there is none, or more than one to choose from."""
    if place.is_file():
        return place
    if not place.is_dir():
        raise Invalid([Problem(field=str(place), value="", fix="there is no such file or folder")])
    found = sorted(place.rglob(LEDGER))
    if len(found) == 1:
        return found[0]
    if not found:
        raise Invalid([Problem(field=str(place), value="", fix=f"holds no {LEDGER}")])
    listed = "".join(f"\n  {file}" for file in found)
    raise Invalid([Problem(field=str(place), value="", fix=f"holds {len(found)} ledgers, name one of them:{listed}")])
