"""One line of a recording of Binance's streams: the local receive time in ns, a space, and what the venue sent as JSON.

Streams come in the combined form, `{"stream": "btcusdt@depth@0ms", "data": {...}}`; the answer to a REST request for
the order book stands among them as it is.
"""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tradepods_core.money import ZERO
from tradepods_core.paper.quotes import Level

Json = dict[str, Any]
Levels = tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The order book as REST gave it, after the update with the number `last`."""

    at_ms: int
    last: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Updates `first` to `last` of the order book, which follow `previous`; quantity 0 takes a level away."""

    at_ms: int
    first: int
    last: int
    previous: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """Best bid and best ask after the update with the number `last`."""

    at_ms: int
    last: int
    bid: Level
    ask: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """A trade: `at_ms` is when it was told, `traded_ms` when it was made; the insurance fund's are not `market`."""

    at_ms: int
    traded_ms: int
    number: int
    price: Decimal
    quantity: Decimal
    sold: bool
    market: bool


Said = Snapshot | Diff | Top | Traded
NAMES = {"depthUpdate": "depth", "bookTicker": "bookTicker", "trade": "trade"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A line that was read: of which stream, as the venue's plain name (`btcusdt@depth`); "" for the snapshot.

    `data` is what the stream sent; `said` is None where nothing here needs it.
    """

    stream: str
    data: Json
    said: Said | None

    @property
    def symbol(self) -> str:
        """The venue's name of the symbol, as `BTCUSDT`; "" for the snapshot, which doesn't say it."""
        return self.stream.partition("@")[0].upper()


def read(line: bytes) -> Message:
    """One line; raises ValueError that says what was expected."""
    received, _, text = line.partition(b" ")
    if not received.isdigit():
        raise ValueError("expected the receive time in ns, a space and JSON")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("expected JSON after the receive time") from None
    if not isinstance(content, dict):
        raise ValueError("expected a JSON object after the receive time")  # noqa: TRY004 - the caller skips the line
    if "lastUpdateId" in content:
        return Message(stream="", data=content, said=_snapshot(content))
    stream, data = content.get("stream"), content.get("data")
    if not isinstance(stream, str) or not isinstance(data, dict):
        raise ValueError('expected {"stream": ..., "data": {...}} or an order book with lastUpdateId')  # noqa: TRY004
    return _streamed(stream, data)


def _streamed(stream: str, data: Json) -> Message:
    symbol, kind = stream.partition("@")[0], data.get("e")
    said: Said | None = None
    match kind:
        case "depthUpdate":
            said = _diff(data)
        case "bookTicker":
            said = _top(data)
        case "trade":
            said = _traded(data)
        case _:
            return Message(stream=stream, data=data, said=None)
    return Message(stream=f"{symbol}@{NAMES[kind]}", data=data, said=said)


def _snapshot(data: Json) -> Snapshot:
    bids, asks = _levels(data, "bids"), _levels(data, "asks")
    return Snapshot(at_ms=_whole(data, "E"), last=_whole(data, "lastUpdateId"), bids=bids, asks=asks)


def _diff(data: Json) -> Diff:
    first, last, previous = _whole(data, "U"), _whole(data, "u"), _whole(data, "pu")
    bids, asks = _levels(data, "b"), _levels(data, "a")
    return Diff(at_ms=_whole(data, "E"), first=first, last=last, previous=previous, bids=bids, asks=asks)


def _top(data: Json) -> Top:
    bid = Level(_price(data.get("b"), "b"), _amount(data.get("B"), "B"))
    ask = Level(_price(data.get("a"), "a"), _amount(data.get("A"), "A"))
    return Top(at_ms=_whole(data, "E"), last=_whole(data, "u"), bid=bid, ask=ask)


def _traded(data: Json) -> Traded:
    price, quantity = _amount(data.get("p"), "p"), _amount(data.get("q"), "q")
    return Traded(
        at_ms=_whole(data, "E"),
        traded_ms=_whole(data, "T"),
        number=_whole(data, "t"),
        price=price,
        quantity=quantity,
        sold=data.get("m") is True,
        market=data.get("X", "MARKET") == "MARKET" and price > ZERO,
    )


def _whole(data: Json, name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: expected a whole number")
    return value


def _levels(data: Json, name: str) -> Levels:
    pairs = data.get(name)
    size = len(Level._fields)
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == size for pair in pairs):
        raise ValueError(f"{name}: expected a list of price and quantity")
    return tuple(Level(_price(price, name), _amount(quantity, name)) for price, quantity in pairs)


def _price(value: object, name: str) -> Decimal:
    found = _amount(value, name)
    if not found:
        raise ValueError(f"{name}: expected a price above 0")
    return found


def _amount(value: object, name: str) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or found < ZERO:
        raise ValueError(f"{name}: expected a number in quotes, not below 0")
    return found
