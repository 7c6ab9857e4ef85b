"""A ledger recomputed from its facts alone, and compared with what it says of itself: pure, but for the reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, Filled, PaymentBooked, WalletSeen
from tradepods_core.book.intents import OPENING
from tradepods_core.book.outside import ExternallyReduced, PositionAdopted, ReductionTakenBack
from tradepods_core.book.recorded import Checkpoint, read_fact
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_core.money import ZERO, plain
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.ledger.reader import FactRow, LedgerReader
from tradepods_worker.adapters.ledger.rows import once
from tradepods_worker.ports.ledger import BookName

_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
SHOWN = 300  # characters of a value that differs


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: it is as it should be, or how it differs."""

    fine: bool
    text: str


@dataclass(slots=True)
class _Sums:
    """What the fills and payments alone say, by simpler arithmetic than the book's own."""

    held: dict[int, Decimal] = field(default_factory=dict)
    wallet: Decimal | None = None
    steps: int = 0
    readings: int = 0

    def add(self, fact: Fact) -> None:
        match fact:
            case Filled():
                self._hold(fact.position, fact.quantity if fact.purpose in OPENING else -fact.quantity)
                self._pay(fact.realized - (fact.fee if fact.fee_asset == SETTLE else ZERO))
            case ExternallyReduced():
                self._hold(fact.number, -fact.quantity)
            case ReductionTakenBack():
                self._hold(fact.number, fact.quantity)
                self._pay(-fact.paid)
            case PositionAdopted():
                self._hold(fact.number, fact.quantity)
            case PaymentBooked() if fact.asset == SETTLE:
                self._pay(fact.amount)
            case WalletSeen():
                self.wallet, self.readings = fact.balance, self.readings + 1
            case _:
                pass

    def _hold(self, number: int, quantity: Decimal) -> None:
        self.held[number] = self.held.get(number, ZERO) + quantity

    def _pay(self, amount: Decimal) -> None:
        self.steps += 1
        self.wallet = None if self.wallet is None else self.wallet + amount


def check_book(reader: LedgerReader, book: BookName, *, seen: Callable[[], None]) -> Iterator[Finding]:
    """Everything that can be said of a book; `seen` is called for each of its facts."""
    read = _Read(reader, book)
    for row in reader.facts(book):
        seen()
        read.take(row)
    yield Finding(not read.wrong, f"{read.count} facts are read and applied, each key as it should be")
    yield from (Finding(False, text) for text in read.wrong)
    if read.broken:
        return
    yield from _against_checkpoint(reader, book, read)
    yield from _sums(read)
    yield from _notices(reader, book)
    yield Finding(True, f"{len(reader.equity(book))} samples of equity are read")


class _Read:
    """A book from nothing: its facts applied one after the other."""

    def __init__(self, reader: LedgerReader, book: BookName) -> None:
        kept = reader.checkpoint(book)
        self.count, self.broken = 0, False
        self.wrong: list[str] = []
        self.book, self.tally, self.sums = Book(), NONE, _Sums()
        self._name = book
        self._after = None if kept is None else kept[0]
        self.short: Checkpoint | None = None if kept is None else kept[1]

    def take(self, row: FactRow) -> None:
        """One more fact; also onto the checkpoint, where it came after it."""
        self.count += 1
        try:
            fact = read_fact(row.kind, row.body)
            self.book, self.tally = apply(self.book, (fact,)), counted(self.tally, (fact,))
            if self.short is not None and self._after is not None and row.number > self._after:
                book, tally = apply(self.short.book, (fact,)), counted(self.short.tally, (fact,))
                self.short = Checkpoint(book=book, tally=tally)
            self.sums.add(fact)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is this fact
            self.broken = True
            self.wrong.append(f"fact {row.number}, {row.kind}, can't be used: {type(error).__name__}: {error}"[:SHOWN])
            return
        if once(fact, self._name) != row.once:
            self.wrong.append(f"fact {row.number}, {row.kind}: its key is {row.once}, not {once(fact, self._name)}")


def _against_checkpoint(reader: LedgerReader, book: BookName, read: _Read) -> Iterator[Finding]:
    kept = reader.checkpoint(book)
    if kept is None or read.short is None:
        yield Finding(True, "no checkpoint yet: a start reads all of them")
        return
    differences = [
        *_differences("book", read.short.book, _as_known(read.short.book, read.book), [f.name for f in fields(Book)]),
        *_differences("tally", read.short.tally, read.tally, list(type(read.tally).model_fields)),
    ]
    yield Finding(not differences, f"the checkpoint of fact {kept[0]}, with the facts since, is the book of all facts")
    yield from (Finding(False, text) for text in differences)


def _as_known(kept: Book, computed: Book) -> Book:
    """The computed book without what a checkpoint of an earlier release does not know of positions open then."""
    unknown = {position.number for position in kept.positions.values() if position.exited is None}
    positions = {
        leg: replace(position, exited=None) if position.number in unknown else position
        for leg, position in computed.positions.items()
    }
    return replace(computed, positions=positions)


def _differences(what: str, kept: Any, computed: Any, names: list[str]) -> Iterator[str]:
    for name in names:
        one, other = getattr(kept, name), getattr(computed, name)
        if one != other:
            yield f"{what}.{name}: the checkpoint says {str(one)[:SHOWN]}, the facts say {str(other)[:SHOWN]}"


def _sums(read: _Read) -> Iterator[Finding]:
    sums, positions = read.sums, read.book.positions.values()
    filled = {position.number: sums.held.get(position.number, ZERO) for position in positions}
    wrong = [
        f"position {p.number}, {p.leg}, holds {plain(p.quantity)}: its fills add up to {plain(filled[p.number])}"
        for p in positions
        if p.quantity != filled[p.number]
    ]
    left = {number: quantity for number, quantity in sums.held.items() if number not in filled and quantity}
    wrong += [f"position {number} is closed, its fills leave {plain(quantity)}" for number, quantity in left.items()]
    yield Finding(not wrong, f"{len(sums.held)} positions are the sums of their fills, {len(filled)} of them open")
    yield from (Finding(False, text) for text in wrong)
    same = sums.wallet == read.book.wallet
    steps = f"{sums.readings} readings of the exchange and {sums.steps} fills and payments"
    yield Finding(same, f"the wallet, {_amount(read.book.wallet)}, comes of {steps}")
    if not same:
        yield Finding(False, f"the wallet is {_amount(read.book.wallet)}, they add up to {_amount(sums.wallet)}")


def _amount(value: Decimal | None) -> str:
    return "not read yet" if value is None else plain(value)


def _notices(reader: LedgerReader, book: BookName) -> Iterator[Finding]:
    wrong, count, waiting = [], 0, 0
    for row in reader.notices(book):
        count, waiting = count + 1, waiting + row.waiting
        try:
            _NOTICE.validate_json(row.body)
        except ValueError as error:
            wrong.append(f"notice {row.number} can't be read: {error}"[:SHOWN])
        if row.waiting and row.sent:
            wrong.append(f"notice {row.number} was sent, and waits")
    yield Finding(not wrong, f"{count} notices are read, {waiting} of them wait")
    yield from (Finding(False, text) for text in wrong)
