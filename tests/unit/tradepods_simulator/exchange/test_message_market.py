"""Recorded messages as a market: what each step shows is what the venue had told by then."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.build import BTC, ETH
from support.recorded_messages import NOON_MS, diff, snapshot, top, trade, write
from tradepods_core.errors import Permanent
from tradepods_simulator.exchange.candles import MINUTE_MS
from tradepods_simulator.exchange.marketplace import Marketplace
from tradepods_simulator.exchange.message_market import LEVELS, MessageMarket

D = Decimal
BOOK = snapshot(10, bids=[("99.0", "1"), ("98.5", "2")], asks=[("101.0", "1"), ("102.0", "5")])
RECORDED = Path(os.environ.get("TRADEPODS_DATA", "")) / "binance-usdm-ws"
recorded = pytest.mark.skipif(
    "TRADEPODS_DATA" not in os.environ or not RECORDED.is_dir(), reason="TRADEPODS_DATA names no recorded messages"
)


def _market(folder: Path, *lines: bytes) -> MessageMarket:
    return MessageMarket.of(write(folder / "btc.gz", BOOK, *lines))


def test_it_is_a_marketplace(tmp_path: Path) -> None:
    """With all that the venue asks of one."""
    market: Marketplace = _market(tmp_path, trade(1, "100", after_ms=900))

    assert (market.ids, market.statuses) == ({BTC: "BTCUSDT"}, {BTC: "TRADING"})
    assert (market.start_ms, market.end_ms, market.pace_ms, market.steps) == (NOON_MS, NOON_MS + 1_000, 250, 5)
    assert (market.rate(BTC, at_ms=0), market.settles(since_ms=0)) == (D(0), {})


def test_the_window_begins_with_the_order_book(tmp_path: Path) -> None:
    """At the first whole step from there; what was told before is known at step 0, but for the frames."""
    file = write(
        tmp_path / "a.gz",
        trade(1, "97", after_ms=-400),
        snapshot(10, bids=[("99", "1")], asks=[("100", "1")], after_ms=30),
        trade(2, "98", after_ms=700),
    )
    market = MessageMarket.of(file)

    assert market.start_ms == NOON_MS + 250
    assert market.quotes[BTC].last == 97
    assert market.frames() == []


def test_the_mark_is_the_middle_of_bid_and_ask(tmp_path: Path) -> None:
    """Rounded to the tick, half to even: no mark prices are recorded."""
    market = _market(
        tmp_path,
        trade(1, "100.0", after_ms=100),
        top(11, ("99.5", "1"), ("99.6", "1"), after_ms=200),
        top(12, ("99.6", "1"), ("99.7", "1"), after_ms=300),
        trade(2, "99.6", after_ms=500),
    )
    shown = []
    for step in range(market.steps):
        market.go_to(step)
        shown.append((market.prices[BTC], market.quotes[BTC].mark, market.quotes[BTC].last))

    assert shown == [(100, 100, 100), (D("99.6"), D("99.6"), 100), (D("99.6"), D("99.6"), D("99.6"))]


def test_the_book_follows_the_differences(tmp_path: Path) -> None:
    """Step by step, and the update's number with it."""
    market = _market(
        tmp_path,
        trade(1, "100", after_ms=100),
        diff(10, 12, 9, bids=[("99.0", "0")], asks=[("100.5", "4")], after_ms=200),
        diff(13, 13, 12, bids=[("99.5", "3")], after_ms=300),
    )
    market.go_to(1)
    assert (market.quotes[BTC].bids, market.update_ids) == (((D("98.5"), D(2)),), {BTC: 12})
    assert (market.quotes[BTC].asks or ())[0] == (D("100.5"), D(4))

    market.go_to(2)
    assert market.quotes[BTC].bids == ((D("99.5"), D(3)), (D("98.5"), D(2)))


def test_a_quote_holds_the_best_levels_and_the_book_more(tmp_path: Path) -> None:
    """Twenty of each side."""
    bids = [(str(100 - n), "1") for n in range(50)]
    file = write(tmp_path / "a.gz", snapshot(1, bids=bids, asks=[("101", "1")]), trade(1, "100"))
    market = MessageMarket.of(file)

    assert len(market.quotes[BTC].bids or ()) == LEVELS
    assert len(market.book(BTC, limit=1_000)[0]) == 50


def test_frames_are_what_the_venue_sent(tmp_path: Path) -> None:
    """Of this step alone, in the order of their events, by the streams' plain names."""
    market = _market(
        tmp_path,
        trade(1, "100", after_ms=100),
        top(11, ("99.5", "1"), ("99.6", "1"), after_ms=300),
        diff(10, 12, 9, bids=[("99.0", "0")], after_ms=290),
        trade(2, "99.6", after_ms=600),
    )
    market.go_to(2)
    frames = market.frames()

    assert [name for name, _ in frames] == ["btcusdt@depth", "btcusdt@bookTicker"]
    assert (frames[0][1]["u"], frames[0][1]["b"]) == (12, [["99.0", "0"]])
    market.go_to(3)
    assert [frame["t"] for _, frame in market.frames()] == [2]


def test_going_back_shows_what_was_shown_before(tmp_path: Path) -> None:
    """Nothing of the future stays."""
    moves = [diff(10 + n, 10 + n, 9 + n, bids=[(f"{99 + n / 10}", "1")], after_ms=n * 250) for n in range(1, 8)]
    market = _market(tmp_path, trade(1, "100", after_ms=100), *moves)

    def shown() -> Any:
        return (market.prices, market.quotes, market.frames(), market.trades(BTC, limit=5), market.now_ms)

    forward = []
    for step in range(market.steps):
        market.go_to(step)
        forward.append(shown())
    backward = []
    for step in reversed(range(market.steps)):
        market.go_to(step)
        backward.append(shown())

    assert backward[::-1] == forward


def test_trades_are_those_told_by_now(tmp_path: Path) -> None:
    """The latest so many, oldest first."""
    market = _market(tmp_path, *[trade(n, f"{n}.5", "0.25", after_ms=n * 100, sold=n % 2 == 0) for n in range(1, 9)])
    market.go_to(2)
    found = market.trades(BTC, limit=3)

    assert [trade.number for trade in found] == [3, 4, 5]
    assert (found[1].price, found[1].quantity, found[1].sold, found[1].at_ms) == (
        D("4.5"),
        D("0.25"),
        True,
        NOON_MS + 400,
    )
    assert market.trades(BTC, limit=0) == []


def test_candles_are_made_of_the_trades(tmp_path: Path) -> None:
    """The last one only of what was told by now."""
    prices = {0: "10", 30_000: "12", 60_000: "11", 61_000: "9", 62_000: "30"}
    market = _market(tmp_path, *[trade(ms, price, "2", after_ms=ms) for ms, price in prices.items()])
    market.go_to(61_000 // 250)
    closed, forming = market.klines(BTC, minutes=1, from_ms=None, limit=2)

    assert (closed.open_ms, closed.opened, closed.high, closed.low, closed.close) == (
        NOON_MS,
        *map(D, (10, 12, 10, 12)),
    )
    assert (forming.open_ms, forming.opened, forming.high, forming.low) == (NOON_MS + MINUTE_MS, D(11), D(11), D(9))
    assert (closed.volume, forming.volume) == (D(4), D(4))


def test_a_minute_without_a_trade_yet_stands_still(tmp_path: Path) -> None:
    """At the last price."""
    market = _market(tmp_path, trade(1, "10"), trade(2, "12", after_ms=90_000))
    market.go_to(70_000 // 250)
    forming = market.klines(BTC, minutes=1, from_ms=None, limit=1)[-1]

    assert (forming.opened, forming.close, forming.volume) == (D(10), D(10), D(0))


def test_symbols_share_their_time(tmp_path: Path) -> None:
    """From the last one's first order book to the first one's end."""
    write(tmp_path / "1.gz", BOOK, trade(1, "100", after_ms=5_000))
    eth = snapshot(5, bids=[("9", "1")], asks=[("10", "1")], after_ms=1_000)
    write(tmp_path / "2.gz", eth, trade(1, "9", after_ms=9_000, symbol="ETHUSDT"))
    market = MessageMarket.of(tmp_path)

    assert (market.start_ms, market.end_ms) == (NOON_MS + 1_000, NOON_MS + 5_000)
    assert market.prices == {BTC: 100, ETH: D(10)}


def test_recordings_that_share_no_time_are_refused(tmp_path: Path) -> None:
    """With the moments."""
    write(tmp_path / "1.gz", BOOK, trade(1, "100", after_ms=1_000))
    eth = snapshot(5, bids=[("9", "1")], asks=[("10", "1")], after_ms=60_000)
    write(tmp_path / "2.gz", eth, trade(1, "9", after_ms=90_000, symbol="ETHUSDT"))

    with pytest.raises(Permanent, match="BTCUSDT and ETHUSDT share no time: the last begins at 2024-08-08T12:01:00Z"):
        MessageMarket.of(tmp_path)


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    """With the name that was expected."""
    with pytest.raises(Permanent, match="holds no recorded messages: expected files such as btcusdt_20240808"):
        MessageMarket.of(tmp_path)


def test_a_gap_is_named_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the symbol and the numbers; the book goes on."""
    market = _market(tmp_path, trade(1, "100"), diff(20, 22, 19, bids=[("99.5", "1")], after_ms=200))
    market.go_to(1)
    said = capsys.readouterr().out

    assert "order_book_gap" in said
    assert "update 20 names 19 as the one before, the book is at 10" in said
    assert (market.quotes[BTC].bids or ())[0].price == D("99.5")


def test_a_symbol_can_be_taken_off_the_market(tmp_path: Path) -> None:
    """It takes no new positions then."""
    market = _market(tmp_path, trade(1, "100"))
    market.set_status(BTC, "SETTLING")

    assert market.statuses == {BTC: "SETTLING"}
    assert not market.markets[BTC].trading


@recorded
def test_the_recorded_book_agrees_with_the_recorded_top() -> None:
    """At every step of the real recording best bid and ask are those told last, and no message is lost or missing."""
    market = MessageMarket.of(RECORDED)
    told: dict[str, Any] = {}
    frames = 0
    for step in range(market.steps):
        market.go_to(step)
        shown = market.frames()
        frames += len(shown)
        told.update(frame for frame in shown if frame[0] == "btcusdt@bookTicker")
        bids, asks = market.book(BTC, limit=1)
        if told:
            top_of_book = told["btcusdt@bookTicker"]
            assert (bids[0].price, asks[0].price) == (D(top_of_book["b"]), D(top_of_book["a"]))

    assert (market.markets[BTC].tick, market.markets[BTC].step) == (D("0.1"), D("0.001"))
    assert frames > 93_500
