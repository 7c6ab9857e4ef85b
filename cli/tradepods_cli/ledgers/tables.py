"""What a ledger holds, as tables of text: one function for each thing that a person may ask for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from tradepods_cli.ledgers.orders import order_rows
from tradepods_cli.ledgers.trades import trade_rows
from tradepods_core.book.book import apply
from tradepods_core.book.recorded import read_fact
from tradepods_core.book.values import Book
from tradepods_core.money import plain
from tradepods_core.rules.snapshot import Notice
from tradepods_core.times import written
from tradepods_worker.adapters.ledger.reader import LedgerReader
from tradepods_worker.ports.ledger import BookName

Row = Mapping[str, object]
RULES = ("RuleActed", "RuleSkipped")
AUDITED = ("CommandTaken", "SettingsSeen", "SettingsRefused", "OverrideSet", "OverrideEnded", "TradingPaused")
AUDITED_TOO = ("TradingResumed", "TroubleBegan", "TroubleEnded", "PositionAdopted", "OrderAdopted", *RULES)
_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One thing that can be asked for: its columns, and its rows by book, oldest first."""

    columns: tuple[str, ...]
    rows: Callable[[LedgerReader, BookName], Iterator[Row]]


def text(value: object) -> str:
    """A value as a person reads it, and as a table of a spreadsheet takes it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return plain(value)
        case datetime():
            return written(value)
        case tuple():
            return ", ".join(map(text, value))
        case _:
            return str(value)


def _facts(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    for row in reader.facts(book):
        yield {"number": row.number, "kind": row.kind, "fact": row.body}


def _orders(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    kinds = ("PlaceOrder", "OrderAdopted", "IntentSettled", "OrderEnded", "Filled")
    yield from order_rows(read_fact(row.kind, row.body) for row in reader.facts(book, kinds=kinds))


def _fills(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    for row in reader.facts(book, kinds=("Filled",)):
        fill: Any = read_fact(row.kind, row.body)
        yield {"symbol": fill.leg.symbol, "side": fill.leg.side} | {name: getattr(fill, name) for name in FILL}


def _positions(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    for position in book_of(reader, book).positions.values():
        values = {name: getattr(position, name) for name in POSITION}
        yield {"symbol": position.leg.symbol, "side": position.leg.side} | values


def _trades(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    kinds = ("PositionClosed", "PaymentBooked", "Filled", "PositionAdopted", "ExternallyReduced")
    yield from trade_rows(read_fact(row.kind, row.body) for row in reader.facts(book, kinds=kinds))


def _notices(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    for row in reader.notices(book):
        notice = _NOTICE.validate_json(row.body)
        state = "waiting" if row.waiting else "sent" if row.sent else "given up"
        said = ", ".join(f"{name} {value}" for name, value in notice.values.items())
        about = {"kind": notice.kind, "leg": notice.leg, "values": said}
        yield {"number": row.number, "at": notice.at, "state": state, "attempts": row.attempts} | about


def _audit(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    for row in reader.facts(book, kinds=(*AUDITED, *AUDITED_TOO)):
        fact: Any = read_fact(row.kind, row.body)
        at = getattr(fact, "at", None) or getattr(fact, "seen_at", None)
        said = {field.name: getattr(fact, field.name) for field in fields(fact)}
        hidden = ("at", "seen_at", "by", "document")
        what = ", ".join(f"{name} {text(value)}" for name, value in said.items() if name not in hidden and value != ())
        yield {"number": row.number, "at": at, "kind": row.kind, "by": said.get("by"), "what": what}


def _equity(reader: LedgerReader, book: BookName) -> Iterator[Row]:
    for sample in reader.equity(book):
        yield {"at": sample.at, "wallet": sample.wallet, "equity": sample.equity, "open": sample.open}


def book_of(reader: LedgerReader, book: BookName) -> Book:
    """A book as its checkpoint and the facts since say."""
    kept = reader.checkpoint(book)
    number, before = (0, Book()) if kept is None else (kept[0], kept[1].book)
    return apply(before, (read_fact(row.kind, row.body) for row in reader.facts(book, after=number)))


FILL = ("at", "purpose", "position", "quantity", "price", "fee", "fee_asset", "realized", "order", "trade")
POSITION = ("number", "quantity", "average", "realized", "fees", "adds", "stop", "opened_at", "strategy")
ORDER = ("committed_at", "symbol", "side", "purpose", "kind", "quantity", "trigger", "executed", "state", "id", "cause")
TRADE = (
    *("opened", "closed", "symbol", "side", "quantity", "entry", "exit", "realized", "fees", "funding", "net"),
    *("currency", "closed_by", "estimated", "position"),
)
VIEWS: Mapping[str, View] = MappingProxyType(
    {
        "facts": View(columns=("number", "kind", "fact"), rows=_facts),
        "orders": View(columns=ORDER, rows=_orders),
        "fills": View(columns=(FILL[0], "symbol", "side", *FILL[1:]), rows=_fills),
        "positions": View(columns=("symbol", "side", *POSITION), rows=_positions),
        "trades": View(columns=TRADE, rows=_trades),
        "notices": View(columns=("number", "at", "kind", "leg", "state", "attempts", "values"), rows=_notices),
        "audit": View(columns=("number", "at", "kind", "by", "what"), rows=_audit),
        "equity": View(columns=("at", "wallet", "equity", "open"), rows=_equity),
    }
)
