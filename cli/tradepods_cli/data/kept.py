"""What a folder of candles holds, and whether its candles follow each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tradepods_cli.data.spans import Span, missing
from tradepods_core.errors import Permanent
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_signals.adapters import candle_files

NAME = re.compile(r"([A-Z0-9]{1,15}?)(USDT|USDC|BUSD|BTC|ETH)-([0-9]{1,3}[mhd])\.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A series that is there. `candles` is 0, and `span` has no room for one, where none of its files is readable."""

    symbol: Symbol
    span: Span
    candles: int
    gaps: tuple[Span, ...]
    size: int


def series_in(folder: Path) -> Iterator[tuple[Symbol, Timeframe]]:
    """The series of a folder, in the order of their names; raises Permanent where it is none."""
    if not folder.is_dir():
        raise Permanent(f"{folder} is not a folder with candles")
    for place in sorted(folder.iterdir()):
        found = NAME.fullmatch(place.name)
        if found is not None and place.is_dir():
            yield f"{found[1]}/{found[2]}:{found[2]}", Timeframe.parse(found[3])


def examine(folder: Path, symbol: Symbol, timeframe: Timeframe, *, within: Span | None = None) -> Kept:
    """A series as its files have it, and what is missing: within a span, else between its first candle and its last."""
    length = timeframe.seconds * 1000
    at, gaps, count, first = within.since_ms if within else None, list[Span](), 0, None
    for times in candle_files.opened(folder, symbol, timeframe):
        inside = [open_ms for open_ms in times if within is None or within.since_ms <= open_ms < within.until_ms]
        if not inside:
            continue
        begin, end = inside[0] if at is None else at, inside[-1] + length
        gaps += missing(inside, Span(since_ms=begin, until_ms=end, timeframe=timeframe))
        first, at, count = inside[0] if first is None else first, end, count + len(inside)
    span = Span(since_ms=first or 0, until_ms=at if count and at else first or 0, timeframe=timeframe)
    if within is not None and at is not None and at < within.until_ms:
        gaps.append(Span(since_ms=at, until_ms=within.until_ms, timeframe=timeframe))
    files = candle_files.place(folder, symbol, timeframe).glob("*.parquet")
    size = sum(file.stat().st_size for file in files if not file.name.startswith(("_", ".")))
    return Kept(symbol=symbol, span=span, candles=count, gaps=tuple(gaps), size=size)
