"""Files of recorded messages: found, read to their end, or refused with file, line and what was expected."""

import gzip
from pathlib import Path

import pytest

from support.recorded_messages import NOON_MS, diff, line, snapshot, streamed, top, trade, write
from tradepods_core.errors import Permanent
from tradepods_simulator.exchange.recordings import Recording, load, symbol_of

BOOK = snapshot(10, bids=[("99.5", "1")], asks=[("100", "1.25")])
TRADE = trade(1, "99.5", "0.001", after_ms=10)
PACE_MS = 250


def _load(place: Path) -> list[Recording]:
    return load(place, pace_ms=PACE_MS)


def _refused(place: Path) -> str:
    with pytest.raises(Permanent) as caught:
        _load(place)
    return str(caught.value)


@pytest.mark.parametrize("packed", [True, False])
def test_a_recording_is_read_packed_or_plain(tmp_path: Path, packed: bool) -> None:
    """By its content; its symbol is that of its streams."""
    file = write(tmp_path / "some.log", BOOK, TRADE, packed=packed)
    (found,) = _load(file)

    assert (found.name, found.start_ms, found.end_ms) == ("BTCUSDT", NOON_MS, NOON_MS + 10)


def test_tick_and_step_are_told_by_the_values(tmp_path: Path) -> None:
    """Trailing zeros are the venue's way of writing, not its tick."""
    lines = (snapshot(10, bids=[("99.50", "1.000")], asks=[("100.00", "1.250")]), trade(1, "99.50", "2.000"))
    (found,) = _load(write(tmp_path / "a.gz", *lines))

    assert (found.digits, found.volume_digits) == (1, 2)


def test_messages_are_shown_by_when_they_were_told(tmp_path: Path) -> None:
    """Step n holds what was told after the step before and until its own moment; streams arrive in any order."""
    late = diff(10, 12, 9, after_ms=200)
    lines = (BOOK, TRADE, top(11, ("99", "1"), ("100", "1"), after_ms=240), late, trade(2, "99", after_ms=251))
    (found,) = _load(write(tmp_path / "a.gz", *lines))
    noon = NOON_MS // PACE_MS

    assert [message.stream for message in found.at(noon)] == [""]
    assert [message.stream for message in found.at(noon + 1)] == [
        "btcusdt@trade",
        "btcusdt@depth",
        "btcusdt@bookTicker",
    ]
    assert [message.data["t"] for message in found.at(noon + 2)] == [2]
    assert found.at(noon + 3) == []


def test_a_recording_that_runs_for_long_is_read_whole(tmp_path: Path) -> None:
    """Also a message that arrives after its step was packed."""
    trades = [trade(n, "99.5", after_ms=n * 1_000) for n in range(200)]
    (found,) = _load(write(tmp_path / "a.gz", BOOK, *trades, diff(10, 12, 9, after_ms=1_000)))

    assert [message.stream for message in found.at(NOON_MS // PACE_MS + 4)] == ["btcusdt@trade", "btcusdt@depth"]
    assert len(found.trades.told) == 200


def test_minutes_are_made_of_the_trades(tmp_path: Path) -> None:
    """One without a trade stands at the last price, and has no volume."""
    trades = [(0, "10", "1"), (59_999, "12", "2"), (60_000, "9", "1"), (180_000, "11", "4")]
    lines = [trade(n, price, size, after_ms=ms) for n, (ms, price, size) in enumerate(trades)]
    (found,) = _load(write(tmp_path / "a.gz", BOOK, *lines))
    minutes = [found.series().minute(n) for n in range(4)]

    assert [tuple(map(int, (m.opened, m.high, m.low, m.close, m.volume))) for m in minutes] == [
        (10, 12, 10, 12, 3),
        (9, 9, 9, 9, 1),
        (9, 9, 9, 9, 0),
        (11, 11, 11, 11, 4),
    ]


def test_files_of_one_symbol_are_one_recording(tmp_path: Path) -> None:
    """And those of another are another."""
    write(tmp_path / "1.gz", BOOK, TRADE)
    write(tmp_path / "2.gz", trade(2, "99", after_ms=60_000))
    write(tmp_path / "3.gz", BOOK, trade(1, "5", symbol="ETHUSDT"))
    btc, eth = _load(tmp_path)

    assert (btc.name, len(btc.trades.told), btc.end_ms) == ("BTCUSDT", 2, NOON_MS + 60_000)
    assert (eth.name, len(eth.trades.told)) == ("ETHUSDT", 1)


def test_other_streams_are_passed_over(tmp_path: Path) -> None:
    """They are no broken lines."""
    others = [streamed("btcusdt@markPrice@1s", {"e": "markPriceUpdate", "E": NOON_MS + n}) for n in range(50)]

    assert len(_load(write(tmp_path / "a.gz", *others, BOOK, TRADE))[0].trades.told) == 1


@pytest.mark.parametrize("bad", [b"\xff\xfe garbage\n", b"1 {half\n", line({"stream": "x", "data": []})])
def test_a_few_broken_lines_are_skipped(tmp_path: Path, bad: bytes) -> None:
    """One in a hundred: a recorder may stumble, and the stream goes on."""
    trades = [trade(n, "99.5", after_ms=n) for n in range(98)]

    assert len(_load(write(tmp_path / "a.gz", BOOK, *trades, bad))[0].trades.told) == 98


def test_more_broken_lines_are_refused(tmp_path: Path) -> None:
    """With the first of them."""
    trades = [trade(n, "99.5", after_ms=n) for n in range(96)]
    file = write(tmp_path / "a.gz", BOOK, b"garbage\n", *trades, b"1 []\n")

    expected = "expected the receive time in ns, a space and JSON (2 such lines among 99)"
    assert _refused(file) == f"{file}: line 2: {expected}"


def test_a_file_that_turns_to_garbage_is_not_read_to_its_end(tmp_path: Path) -> None:
    """The refusal comes as soon as it is sure."""
    file = write(tmp_path / "a.gz", BOOK, TRADE, *[b"garbage\n"] * 50_000)

    assert "(998 such lines among 1000)" in _refused(file)


def test_compressed_data_that_break_off_are_refused(tmp_path: Path) -> None:
    """With the line, and how to use what is whole."""
    trades = [trade(n, f"{n + 1}.{n * 7919 % 1000}", after_ms=n) for n in range(20_000)]
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"".join((BOOK, *trades)))[:-5_000])
    message = _refused(file)

    assert message.startswith(f"{file}: line ")
    assert "expected gzip to its end; to use what is whole: zcat a.gz | head -n" in message


def test_compressed_data_that_are_damaged_are_refused(tmp_path: Path) -> None:
    """They are named."""
    file = write(tmp_path / "a.gz", BOOK, *[trade(n, f"{n * 7919 % 1000 + 1}", after_ms=n) for n in range(20_000)])
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = b"\xaa" * 200
    file.write_bytes(content)

    assert _refused(file).startswith(f"{file}: line ")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"time,open\n1,2\n", b"PAR1" * 100, b"\x00" * 5_000_000])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    """With a line as it was expected."""
    file = tmp_path / "a.gz"
    file.write_bytes(content)

    assert symbol_of(file) is None
    assert _refused(file).startswith(f"{file} is no recording of stream messages: expected lines such as 17")


def test_a_recording_needs_an_order_book(tmp_path: Path) -> None:
    """Differences alone are none."""
    file = write(tmp_path / "a.gz", TRADE, diff(1, 2, 0))

    said = "no order book of BTCUSDT: expected a line with lastUpdateId, bids and asks"
    assert _refused(file) == f"{file}: {said}"


def test_a_recording_needs_trades(tmp_path: Path) -> None:
    """Candles and last price are made of them."""
    file = write(tmp_path / "a.gz", BOOK, top(1, ("99", "1"), ("100", "1")))

    assert _refused(file) == f"{file}: no trades of BTCUSDT: expected lines of btcusdt@trade"


def test_a_file_is_of_one_symbol(tmp_path: Path) -> None:
    """An order book does not say of which it is."""
    file = write(tmp_path / "a.gz", BOOK, TRADE, trade(1, "5", symbol="ETHUSDT"))

    assert _refused(file) == f"{file}: line 3 is of ETHUSDT: expected one symbol, BTCUSDT"
