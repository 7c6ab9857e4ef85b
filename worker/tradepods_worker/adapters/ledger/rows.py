"""Values to rows and back."""

from typing import Any

from pydantic import TypeAdapter

from tradepods_core.book.facts import Fact
from tradepods_core.book.recorded import read_fact, unique_key, write_fact
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.ports.ledger import Undelivered

_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
Row = dict[str, Any]


def fact_row(fact: Fact) -> Row:
    """A fact as a row."""
    kind, body = write_fact(fact)
    return {"kind": kind, "once": unique_key(fact), "body": body}


def fact_of(row: Any) -> Fact:
    """The fact of a row."""
    return read_fact(row.kind, row.body)


def notice_row(notice: Notice) -> Row:
    """A notice as a row."""
    return {"body": _NOTICE.dump_json(notice).decode(), "attempts": 0, "waiting": True, "sent": False}


def undelivered_of(row: Any) -> Undelivered:
    """The waiting notice of a row."""
    return Undelivered(number=row.number, notice=_NOTICE.validate_json(row.body), attempts=row.attempts)
