"""What steering and following an account by its bot asks of the outside, and what its answers are written from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from tradepods_core.book.facts import PositionClosed, SignalDecided
from tradepods_core.book.values import Book, Position
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.rules.foreign import Foreign
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Terms
from tradepods_core.shapes import Symbol
from tradepods_core.wire.fleet import Condition, Tally
from tradepods_core.wire.published import PublishedStrategy
from tradepods_worker.ports import Later, Never, Sent


class Unheard(Temporary):
    """People can't be heard for now; `state` says why in a word, so that it is logged once."""

    def __init__(self, state: str, *, after: float) -> None:
        super().__init__(state, after=after)
        self.state = state


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and the topic in it; 0 where it has none."""

    chat: str
    thread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A person typed.

    Attributes:
        number: of the update.
        by: who, for the record.
        name: the command in lower case, without its slash; "" where it is none.
        argument: what stands behind it.

    """

    number: int
    place: Place
    by: str
    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A person pressed a button of a message; `query` is what its answer is for."""

    number: int
    place: Place
    by: str
    query: str
    message: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that is not for this bot."""

    number: int


Heard = Typed | Pressed | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """An answer; with a button, whose data come back when it is pressed."""

    place: Place
    text: str
    button: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """What became of a pressed button: a passing note, and what its message says from now on; "" leaves it as it is.

    The button goes.
    """

    pressed: Pressed
    note: str
    text: str


Answer = Say | Settle


class Line(Protocol):
    """The account's bot, listening."""

    async def introduce(self) -> None:
        """Learn the bot's own name, and offer its commands; raises Unheard."""
        ...

    async def hear(self, *, after: int | None) -> Sequence[Heard]:
        """What came after that update, oldest first; waits a while for it. Raises Unheard.

        Asked for what came after it, an update is never told again.
        """
        ...

    async def tell(self, answer: Answer) -> Sent | Later | Never:
        """Answer one person."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class CommandStore(Protocol):
    """Where the bot's offset is kept. Raises Temporary."""

    async def load_offset(self) -> int | None:
        """The last update that was handled; None before the first."""
        ...

    async def save_offset(self, number: int) -> None:
        """This update was handled, and all before it."""
        ...


class Past(Protocol):
    """What people ask a book of the ledger. Raises Temporary."""

    async def closed(self, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        ...

    async def decided(self, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Ids of requests that the account's books have taken: every open one, and any at all."""

    all: frozenset[str] = frozenset()
    any: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One moment of one account: what every answer is written from.

    Attributes:
        at: market time.
        leverage: per symbol, as the venue has it.
        closed: the latest closed positions, where they were asked for, newest first.
        symbol: the symbol that was asked about; "" for all.
        decided: the latest decision about it, where that was asked for.
        read: whether the account was read since the worker started. keys: whether it may trade live.
        waiting: notices that are not delivered yet.
        other: the account's other book, live or paper, while something is open in it.
        conditions: how the account stands, as its heartbeat says it.
        strategies: those in force, by their keys, as far as the service has told them.
        wanted: the settings that a person asks for.
        said: what else an answer is about.
        foreign: what the exchange holds that the ledger doesn't know.
        read_at: wall time since when every open book was read; None while one was not.

    """

    account: str
    at: datetime
    book: Book
    tally: Tally
    terms: Terms
    markets: Mapping[Symbol, Market]
    marks: Mapping[Symbol, Decimal]
    leverage: Mapping[Symbol, int]
    connected: bool
    last_cycle: str = ""
    last_error: str = ""
    waiting: int = 0
    read: bool = True
    keys: bool = True
    closed: Sequence[PositionClosed] = ()
    symbol: Symbol = ""
    decided: SignalDecided | None = None
    other: Book | None = None
    conditions: Sequence[Condition] = ()
    taken: Taken = Taken()
    strategies: Mapping[str, PublishedStrategy] = field(default_factory=dict)
    wanted: AccountSpec | None = None
    said: str = ""
    foreign: Foreign = field(default_factory=Foreign)
    read_at: datetime | None = None

    @property
    def settings(self) -> AccountSpec:
        """The settings in force."""
        return self.terms.effective

    def held(self) -> Iterator[Position]:
        """What is open in the book that trades."""
        return (position for position in self.book.positions.values() if position.quantity > ZERO)

    def guarded(self) -> Iterator[Position]:
        """What is still open in the other book."""
        found = () if self.other is None else self.other.positions.values()
        return (position for position in found if position.quantity > ZERO)

    def mark(self, position: Position) -> Decimal:
        """Its mark price, its average where none is known."""
        return self.marks.get(position.leg.symbol, position.average)

    def meant(self) -> tuple[Position, ...]:
        """What a close of `symbol` would close: the core leaves alone what is being closed already."""
        books = (self.book,) if self.other is None else (self.book, self.other)
        return tuple(
            position
            for book in books
            for position in book.positions.values()
            if position.quantity > ZERO and self.symbol in ("", position.leg.symbol)
            if not book.live(position.number, "close")
        )

    def strange(self) -> Foreign:
        """What on `symbol` the ledger does not know."""
        return self.foreign.on(self.symbol)

    def named(self, text: str) -> Symbol | None:
        """The symbol that a person means by `BTC`, `BTCUSDT` or `BTC/USDT:USDT`; None for one that nobody knows."""
        wanted = text.upper()
        for symbol in self.known():
            pair, base = symbol.partition(":")[0], symbol.partition("/")[0]
            if wanted in (symbol, pair, pair.replace("/", ""), base):
                return symbol
        return None

    def known(self) -> tuple[Symbol, ...]:
        """What is held, then what is watched."""
        guarded = {position.leg.symbol for position in self.guarded()}
        foreign = {one.symbol for one in self.foreign.positions} | {one.symbol for one in self.foreign.orders}
        held = sorted({leg.symbol for leg in self.book.positions} | set(self.book.doubts) | guarded | foreign)
        return (*held, *sorted(set(self.markets) - set(held)))


class Write(Protocol):
    """Writes one kind of answer about a moment."""

    def __call__(self, kind: str, view: View) -> str:
        """The text, never longer than a message may be."""
        ...
