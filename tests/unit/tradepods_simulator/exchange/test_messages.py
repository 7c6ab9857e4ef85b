"""One recorded line: what it says, or what was expected of it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.recorded_messages import NOON_MS, diff, line, snapshot, streamed, top, trade
from tradepods_core.paper.quotes import Level
from tradepods_simulator.exchange.messages import Diff, Snapshot, Top, Traded, read

D = Decimal


def test_an_order_book_is_read() -> None:
    """It does not say of which symbol it is."""
    message = read(snapshot(7, bids=[("99.5", "2")], asks=[("100", "3")]))

    assert (message.stream, message.symbol) == ("", "")
    assert message.said == Snapshot(at_ms=NOON_MS, last=7, bids=(Level(D("99.5"), D(2)),), asks=(Level(D(100), D(3)),))


def test_a_difference_is_read() -> None:
    """Its stream has the venue's plain name, whatever its pace."""
    message = read(diff(5, 7, 4, bids=[("99", "0")]))

    assert (message.stream, message.symbol) == ("btcusdt@depth", "BTCUSDT")
    assert message.said == Diff(at_ms=NOON_MS, first=5, last=7, previous=4, bids=(Level(D(99), D(0)),), asks=())


def test_best_bid_and_ask_are_read() -> None:
    """With the number of the update that they are of."""
    message = read(top(9, ("99", "1"), ("100", "2")))

    assert message.stream == "btcusdt@bookTicker"
    assert message.said == Top(at_ms=NOON_MS, last=9, bid=Level(D(99), D(1)), ask=Level(D(100), D(2)))


def test_a_trade_is_read() -> None:
    """Also when it was made, apart from when it was told."""
    message = read(trade(3, "99.5", "0.25", sold=True))
    expected = Traded(
        at_ms=NOON_MS, traded_ms=NOON_MS, number=3, price=D("99.5"), quantity=D("0.25"), sold=True, market=True
    )

    assert message.said == expected


@pytest.mark.parametrize(("kind", "price"), [("INSURANCE_FUND", "99"), ("NA", "0")])
def test_what_is_no_trade_of_the_market_is_told_apart(kind: str, price: str) -> None:
    """The insurance fund's prices are nobody's last price."""
    data = {"e": "trade", "E": 1, "T": 1, "s": "BTCUSDT", "t": 1, "p": price, "q": "0", "X": kind, "m": True}
    said = read(streamed("btcusdt@trade", data)).said

    assert isinstance(said, Traded)
    assert not said.market


def test_other_streams_say_nothing_here() -> None:
    """A recorder may have kept more than is needed."""
    assert read(streamed("btcusdt@markPrice@1s", {"e": "markPriceUpdate", "E": 1})).said is None


GOOD: dict[str, Any] = {"e": "bookTicker", "u": 1, "E": 1, "b": "1", "B": "1", "a": "2", "A": "1"}
DEPTH: dict[str, Any] = {"e": "depthUpdate", "E": 1, "U": 1, "u": 1, "pu": 0, "b": [], "a": []}
BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"\n", "expected the receive time in ns, a space and JSON"),
    "bytes": (b"\x00\xff\xfe", "expected the receive time"),
    "no time": (b'{"stream": "a", "data": {}}\n', "expected the receive time"),
    "half a line": (b'1 {"stream": "btcusdt@tra', "expected JSON"),
    "too deep": (b"1 " + b"[" * 100_000, "expected JSON"),
    "a list": (line([1]), "expected a JSON object"),
    "another object": (line({"a": 1}), 'expected {"stream"'),
    "no data": (line({"stream": "btcusdt@trade", "data": None}), 'expected {"stream"'),
    "a number as a price": (streamed("x@b", {**GOOD, "b": 1.5}), "b: expected a number in quotes"),
    "a word as a price": (streamed("x@b", {**GOOD, "b": "cheap"}), "b: expected a number in quotes"),
    "no number": (streamed("x@b", {**GOOD, "B": "NaN"}), "B: expected a number in quotes"),
    "a negative quantity": (streamed("x@b", {**GOOD, "A": "-1"}), "A: expected a number in quotes, not below 0"),
    "a price of 0": (streamed("x@b", {**GOOD, "a": "0"}), "a: expected a price above 0"),
    "a text as a time": (streamed("x@b", {**GOOD, "E": 1} | {"u": "1"}), "u: expected a whole number"),
    "a switch as a number": (streamed("x@b", {**GOOD, "u": True}), "u: expected a whole number"),
    "levels that are none": (streamed("x@d", {**DEPTH, "b": 3}), "b: expected a list of price and quantity"),
    "half a level": (streamed("x@d", {**DEPTH, "a": [["1"]]}), "a: expected a list of price and quantity"),
    "no link": (streamed("x@d", {**DEPTH, "pu": None}), "pu: expected a whole number"),
}


@pytest.mark.parametrize(("broken", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_says_what_was_expected(broken: bytes, said: str) -> None:
    """In words for the person who recorded it."""
    with pytest.raises(ValueError, match=said.replace("{", r"\{")):
        read(broken)


@given(garbage=st.binary(max_size=200))
def test_no_bytes_break_the_reader(garbage: bytes) -> None:
    """They are read, or refused in one way."""
    for one in (garbage, b"1 " + garbage):
        try:
            read(one)
        except ValueError as error:
            assert "expected" in str(error)  # noqa: PT017 - either is right
