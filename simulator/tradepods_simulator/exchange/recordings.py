"""Files of recorded stream messages, compact: what each step shows is kept packed until the step comes."""

import contextlib
import gzip
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import structlog

from tradepods_core.errors import Permanent
from tradepods_simulator.exchange.candles import MINUTE_MS, Series
from tradepods_simulator.exchange.marketplace import MarketTrade
from tradepods_simulator.exchange.messages import Diff, Message, Snapshot, Top, Traded, read

ENDINGS = ("*.gz", "*.jsonl")
GZIP = b"\x1f\x8b"
LONGEST_LINE = 1 << 20
LOOKED_AT = 200  # lines within which a recording must show its stream
OPEN_STEPS = 64  # steps that are collected before they are packed
BAD_IN_A_HUNDRED = 1  # lines that may be broken before a file is refused
EARLY = 1_000  # lines after which a file may be refused before its end
log = structlog.get_logger()


@dataclass(slots=True)
class Trades:
    """A symbol's trades in columns, by when they were told."""

    told: "array[int]" = field(default_factory=lambda: array("q"))
    made: "array[int]" = field(default_factory=lambda: array("q"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    prices: "array[float]" = field(default_factory=lambda: array("d"))
    quantities: "array[float]" = field(default_factory=lambda: array("d"))
    sold: bytearray = field(default_factory=bytearray)

    def add(self, trade: Traded) -> None:
        """Keep one; the telling of trades may not go back in time."""
        self.told.append(max(trade.at_ms, self.told[-1] if self.told else 0))
        self.made.append(trade.traded_ms)
        self.numbers.append(trade.number)
        self.prices.append(float(trade.price))
        self.quantities.append(float(trade.quantity))
        self.sold.append(trade.sold)

    def until(self, at_ms: int) -> int:
        """How many were told by then."""
        return bisect_right(self.told, at_ms)


@dataclass(slots=True, kw_only=True)
class Recording:
    """One symbol's messages by step; step n shows what was told after (n - 1) and until n times `pace_ms`."""

    name: str
    pace_ms: int
    files: list[Path] = field(default_factory=list)
    start_ms: int = 0
    end_ms: int = 0
    digits: int = 0
    volume_digits: int = 0
    trades: Trades = field(default_factory=Trades)
    _packed: dict[int, list[bytes]] = field(default_factory=dict)
    _open: dict[int, bytearray] = field(default_factory=dict)
    _prices: set[str] = field(default_factory=set)
    _quantities: set[str] = field(default_factory=set)

    def add(self, message: Message, line: bytes) -> None:
        """Keep a message that says something."""
        if message.said is None:
            return
        step = -(-message.said.at_ms // self.pace_ms)
        self._open.setdefault(step, bytearray()).extend(line)
        self.end_ms = max(self.end_ms, message.said.at_ms)
        self._note(message.said)
        if len(self._open) > OPEN_STEPS:
            self.pack()

    def pack(self) -> None:
        """Compress what is collected."""
        for step, lines in self._open.items():
            self._packed.setdefault(step, []).append(zlib.compress(lines, 1))
        self._open.clear()

    def finish(self) -> None:
        """All files are read; raises Permanent where something is missing."""
        self.pack()
        where = ", ".join(str(file) for file in self.files)
        if not self.start_ms:
            raise Permanent(f"{where}: no order book of {self.name}: expected a line with lastUpdateId, bids and asks")
        if not self.trades.told:
            raise Permanent(f"{where}: no trades of {self.name}: expected lines of {self.name.lower()}@trade")
        self.digits = max(map(_decimals, self._prices))
        self.volume_digits = max(map(_decimals, self._quantities))
        self._prices.clear()
        self._quantities.clear()

    def at(self, step: int) -> list[Message]:
        """The messages of a step, by when they were told; `step` counts from 1970."""
        lines = b"".join(zlib.decompress(part) for part in self._packed.get(step, ())).splitlines()
        found = [message for message in map(read, lines) if message.said is not None]
        return sorted(found, key=lambda message: message.said.at_ms if message.said is not None else 0)

    def first(self) -> int:
        """The first step with messages, from 1970."""
        return min(self._packed)

    def trade(self, index: int) -> MarketTrade:
        """One trade."""
        trades = self.trades
        return MarketTrade(
            number=trades.numbers[index],
            price=self.price(trades.prices[index]),
            quantity=Decimal(f"{trades.quantities[index]:.{self.volume_digits}f}"),
            at_ms=trades.made[index],
            sold=bool(trades.sold[index]),
        )

    def price(self, value: float) -> Decimal:
        """A kept price, exact at the symbol's tick."""
        return Decimal(f"{value:.{self.digits}f}")

    def series(self) -> Series:
        """Minutes made of the trades by when they were told, from the first trade's to the end; empty ones stand still.

        The first minute is as much of one as was recorded.
        """
        told, prices, quantities = self.trades.told, self.trades.prices, self.trades.quantities
        first = told[0] // MINUTE_MS
        found = Series(start_ms=first * MINUTE_MS, digits=self.digits, volume_digits=self.volume_digits)
        begin, close = 0, prices[0]
        for minute in range(first, self.end_ms // MINUTE_MS + 1):
            end = bisect_right(told, (minute + 1) * MINUTE_MS - 1)
            part = prices[begin:end] or array("d", [close])
            close = part[-1]
            found.opens.append(part[0])
            found.highs.append(max(part))
            found.lows.append(min(part))
            found.closes.append(close)
            found.volumes.append(sum(quantities[begin:end]))
            begin = end
        return found

    def _note(self, said: Snapshot | Diff | Top | Traded) -> None:
        match said:
            case Traded():
                if said.market:
                    self.trades.add(said)
                    self._digits((said.price,), (said.quantity,))
            case Top():
                self._digits((said.bid.price, said.ask.price), (said.bid.quantity, said.ask.quantity))
            case _:
                levels = (*said.bids, *said.asks)
                self._digits((level.price for level in levels), (level.quantity for level in levels))
        if isinstance(said, Snapshot) and not self.start_ms:
            self.start_ms = -(-said.at_ms // self.pace_ms) * self.pace_ms

    def _digits(self, prices: Iterable[Decimal], quantities: Iterable[Decimal]) -> None:
        self._prices.update(map(str, prices))
        self._quantities.update(map(str, quantities))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2].rstrip("0"))


def files_in(place: Path) -> list[Path]:
    """The files of a folder that may be recordings, or the one file."""
    return [place] if place.is_file() else sorted(file for ending in ENDINGS for file in place.rglob(ending))


def symbol_of(file: Path) -> str | None:
    """The venue's name of the symbol whose streams a file holds; None where it holds no recorded messages.

    Raises Permanent where the compressed data break off before that is known.
    """
    for line, number in _lines(file):
        with contextlib.suppress(ValueError):
            if symbol := read(line).symbol:
                return symbol
        if number >= LOOKED_AT:
            break
    return None


def load(place: Path, *, pace_ms: int) -> list[Recording]:
    """Each symbol's recording, out of one file or a folder of them; raises Permanent for a file that holds none."""
    found: dict[str, Recording] = {}
    for file in files_in(place):
        name = symbol_of(file)
        if name is None:
            expected = '1723161255088176367 {"stream":"btcusdt@trade","data":{...}}'
            raise Permanent(f"{file} is no recording of stream messages: expected lines such as {expected}")
        recording = found.setdefault(name, Recording(name=name, pace_ms=pace_ms))
        recording.files.append(file)
        _fill(recording, file)
    for recording in found.values():
        recording.finish()
    return [found[name] for name in sorted(found)]


def _fill(recording: Recording, file: Path) -> None:
    bad, number, first = 0, 0, ""
    for line, number in _lines(file):
        try:
            message = read(line)
        except ValueError as error:
            bad, first = bad + 1, first or f"line {number}: {error}"
            _check(file, bad=bad, lines=number, first=first, ended=False)
            continue
        if message.symbol not in ("", recording.name):
            raise Permanent(f"{file}: line {number} is of {message.symbol}: expected one symbol, {recording.name}")
        recording.add(message, line)
    _check(file, bad=bad, lines=number, first=first, ended=True)
    if bad:
        log.warning("lines_skipped", file=str(file), count=bad, of=number, first=first)


def _check(file: Path, *, bad: int, lines: int, first: str, ended: bool) -> None:
    if bad * 100 > lines * BAD_IN_A_HUNDRED and (ended or lines >= EARLY):
        raise Permanent(f"{file}: {first} ({bad} such lines among {lines})")


def _lines(file: Path) -> Iterator[tuple[bytes, int]]:
    """Lines with their numbers; raises Permanent where the compressed data break off."""
    number = 0
    try:
        with _opened(file) as source:
            while line := source.readline(LONGEST_LINE):
                number += 1
                yield (line if line.endswith(b"\n") else line + b"\n"), number
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        fix = f"to use what is whole: zcat {file.name} | head -n {number} | gzip > whole.gz"
        raise Permanent(f"{file}: line {number + 1}: {error}: expected gzip to its end; {fix}") from error


def _opened(file: Path) -> BinaryIO:
    with file.open("rb") as start:
        packed = start.read(len(GZIP)) == GZIP
    return gzip.open(file, "rb") if packed else file.open("rb")  # type: ignore[return-value]  # reads bytes alike
