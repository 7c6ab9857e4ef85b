"""Recordings of stream messages, written line by line."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NOON_MS = 1_723_118_400_000  # 2024-08-08T12:00:00Z
Pairs = Sequence[tuple[str, str]]


def line(content: Any, *, at_ms: int = NOON_MS) -> bytes:
    """One line, received when it was sent."""
    return f"{at_ms * 1_000_000} {json.dumps(content)}\n".encode()


def streamed(stream: str, data: dict[str, Any]) -> bytes:
    """What a stream sent."""
    return line({"stream": stream, "data": data}, at_ms=data.get("E", NOON_MS))


def snapshot(last: int, *, bids: Pairs = (), asks: Pairs = (), after_ms: int = 0) -> bytes:
    """The order book as REST gave it, so long after noon."""
    at_ms = NOON_MS + after_ms
    body = {"lastUpdateId": last, "E": at_ms, "T": at_ms, "bids": list(map(list, bids)), "asks": list(map(list, asks))}
    return line(body, at_ms=at_ms)


def diff(
    first: int,
    last: int,
    previous: int,
    *,
    bids: Pairs = (),
    asks: Pairs = (),
    after_ms: int = 0,
    symbol: str = "BTCUSDT",
) -> bytes:
    """Updates first to last."""
    body = {"e": "depthUpdate", "E": NOON_MS + after_ms, "s": symbol, "U": first, "u": last, "pu": previous}
    return streamed(f"{symbol.lower()}@depth@0ms", {**body, "b": list(map(list, bids)), "a": list(map(list, asks))})


def top(last: int, bid: tuple[str, str], ask: tuple[str, str], *, after_ms: int = 0, symbol: str = "BTCUSDT") -> bytes:
    """Best bid and ask."""
    sides = {"b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1]}
    body = {"e": "bookTicker", "u": last, "s": symbol, **sides, "T": NOON_MS + after_ms, "E": NOON_MS + after_ms}
    return streamed(f"{symbol.lower()}@bookTicker", body)


def trade(
    number: int, price: str, quantity: str = "1", *, after_ms: int = 0, sold: bool = False, symbol: str = "BTCUSDT"
) -> bytes:
    """One trade."""
    at_ms = NOON_MS + after_ms
    body = {"e": "trade", "E": at_ms, "T": at_ms, "s": symbol, "t": number, "p": price, "q": quantity}
    return streamed(f"{symbol.lower()}@trade", {**body, "X": "MARKET", "m": sold})


def write(file: Path, *lines: bytes, packed: bool = True) -> Path:
    """A recording of these lines."""
    content = b"".join(lines)
    file.write_bytes(gzip.compress(content) if packed else content)
    return file
