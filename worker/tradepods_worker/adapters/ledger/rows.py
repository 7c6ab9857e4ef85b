"""Values to rows and back."""

import json
from typing import Any

from pydantic import TypeAdapter

from tradepods_core.book.facts import Fact, SignalDecided
from tradepods_core.book.recorded import read_fact, unique_key, write_fact
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.ports.ledger import BookName, Entry, Undelivered

_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
_NOTICES: TypeAdapter[tuple[Notice, ...]] = TypeAdapter(tuple[Notice, ...])
Row = dict[str, Any]


def once(fact: Fact, book: BookName) -> str | None:
    """What may happen once only: in its book, or in both together where it is a signal's decision."""
    key = unique_key(fact)
    return key if key is None or isinstance(fact, SignalDecided) else f"{book}/{key}"


def fact_row(fact: Fact, book: BookName) -> Row:
    """A fact as a row."""
    kind, body = write_fact(fact)
    return {"book": book, "kind": kind, "once": once(fact, book), "body": body}


def fact_of(row: Any) -> Fact:
    """The fact of a row."""
    return read_fact(row.kind, row.body)


def notice_row(notice: Notice, book: BookName) -> Row:
    """A notice as a row."""
    return {"book": book, "body": _NOTICE.dump_json(notice).decode(), "attempts": 0, "waiting": True, "sent": False}


def undelivered_of(row: Any) -> Undelivered:
    """The waiting notice of a row."""
    notice = _NOTICE.validate_json(row.body)
    return Undelivered(number=row.number, notice=notice, attempts=row.attempts, book=row.book)


def journalled(entry: Entry) -> bytes:
    """An entry as a journal keeps it."""
    facts = [write_fact(fact) for fact in entry.facts]
    return json.dumps({"facts": facts, "notices": _NOTICES.dump_json(entry.notices).decode()}).encode()


def entry_of(body: bytes) -> Entry:
    """The entry that `journalled` wrote."""
    found = json.loads(body)
    facts = tuple(read_fact(kind, text) for kind, text in found["facts"])
    return Entry(facts=facts, notices=_NOTICES.validate_json(found["notices"]))
