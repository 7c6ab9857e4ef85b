"""Where candles come from: the stream, else a request; what is missing is named."""

from datetime import timedelta

from structlog.testing import capture_logs

from support.build import BTC, ETH, FIVE, NOON
from support.candle_desk import BITCOIN, ETHER, KEEP, Desk, same
from tradepods_core.times import to_ms
from tradepods_signals.engine.candle_store import GLANCE, GLANCES
from tradepods_signals.engine.heard import MOST, Heard
from tradepods_signals.ports.market import Candle


async def test_a_candle_that_the_stream_told_needs_no_request() -> None:
    """And the windows are the same as by request."""
    streamed, polled = await Desk().warm(), await Desk().warm()
    for after in (1, 2, 3):
        streamed.tell(BITCOIN, ETHER, after=after)
        assert await streamed.asked(after) == 0
        assert await polled.asked(after) == 2

    assert same(streamed, polled)
    assert streamed.pauses == []
    assert streamed.followed == [{BITCOIN, ETHER}]
    assert streamed.count("candles", source="stream") == 6


async def test_a_candle_that_is_about_to_be_told_is_waited_for() -> None:
    """A glance at a time; the request that would have been sent is not."""
    desk = await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=1)
    await desk.asked(1)
    desk.on_pause = lambda: desk.tell(BITCOIN, ETHER, after=2) if len(desk.pauses) == 3 else None

    assert await desk.asked(2) == 0
    assert desk.pauses == [GLANCE] * 3


async def test_a_silent_stream_is_waited_for_once() -> None:
    """Its candles are requested; until it speaks again it is not expected to."""
    desk = await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=1)
    await desk.asked(1)

    assert (await desk.asked(2), desk.pauses) == (2, [GLANCE] * GLANCES)
    assert (await desk.asked(3), desk.pauses) == (2, [GLANCE] * GLANCES)
    desk.heard.begins(BITCOIN)
    desk.heard.begins(ETHER)
    desk.on_pause = lambda: desk.tell(BITCOIN, ETHER, after=4)
    assert await desk.asked(4) == 0


async def test_a_broken_stream_is_not_waited_for() -> None:
    """What it told before it broke is taken all the same."""
    desk = await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=1)
    desk.heard.breaks([BITCOIN, ETHER])
    assert await desk.asked(1) == 0

    assert await desk.asked(2) == 2
    assert desk.pauses == []


async def test_windows_never_run_ahead_of_the_close_that_is_computed() -> None:
    """The next candle may be told before this one's cycle: it waits for its own."""
    desk = await Desk().warm()
    for after in (1, 2):
        desk.tell(BITCOIN, ETHER, after=after)

    await desk.asked(1)
    assert desk.closes() == [1, 1]
    await desk.asked(2)
    assert desk.closes() == [2, 2]


async def test_a_gap_in_the_stream_is_named_and_filled_by_request() -> None:
    """Which symbol and timeframe, from when to when, how many; and once it is whole again."""
    desk = await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=1)
    await desk.asked(1)
    desk.tell(BITCOIN, after=2)
    for after in (3, 4):
        desk.tell(BITCOIN, ETHER, after=after)
    with capture_logs() as logs:
        assert await desk.asked(4) == 1

    told = {"timeframe": "5m", "since": "2025-06-02T12:05:00Z", "until": "2025-06-02T12:20:00Z", "candles": 3}
    assert logs == [
        {"event": "candle_gap", "log_level": "warning", **told, "symbols": [ETH]},
        {"event": "candle_gap_filled", "log_level": "info", **told, "symbol": ETH},
    ]
    assert desk.count("candle_gaps", timeframe="5m") == 1
    assert desk.closes() == [4, 4]


async def test_a_gap_is_named_once_however_often_it_is_asked_for() -> None:
    """By request, too, where more than the last candle is missing: the service slept."""
    desk = await Desk().warm()
    assert await desk.asked(1) == 2
    desk.feed.away = {ETH}
    with capture_logs() as logs:
        for _ in range(3):
            await desk.asked(5, attempts=1)

    named = [entry["symbols"] for entry in logs if entry["event"] == "candle_gap"]
    assert named == [[BTC, ETH]]
    assert desk.count("candle_gaps", timeframe="5m") == 2


async def test_candles_told_twice_or_in_another_order_or_of_another_time_change_nothing() -> None:
    """Only the one that follows is taken; one of the future neither tears a window nor stops it."""
    desk, other = await Desk().warm(), await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=2)
    desk.tell(BITCOIN, ETHER, after=1)
    desk.tell(BITCOIN, ETHER, after=1)
    desk.heard.tell(BITCOIN, Candle(to_ms(NOON + timedelta(days=365)), 1.0, 1.0, 1.0, 1.0, 1.0))
    desk.heard.tell(BITCOIN, Candle(to_ms(NOON) - 300_000, 1.0, 1.0, 1.0, 1.0, 1.0))
    for after in (1, 2):
        assert await desk.asked(after) == 0
        await other.asked(after)

    assert same(desk, other)


def test_what_waits_is_bounded() -> None:
    """A series that nobody takes keeps the latest that it was told."""
    heard = Heard()
    for number in range(10 * MOST):
        heard.tell(BITCOIN, Candle(number * 300_000, 1.0, 1.0, 1.0, 1.0, 1.0))

    assert sorted(heard._told[BITCOIN]) == [number * 300_000 for number in range(9 * MOST, 10 * MOST)]


async def test_the_venues_record_takes_the_place_of_what_the_stream_told() -> None:
    """With the next request; the difference is named with both, and counted."""
    desk, polled = await Desk().warm(), await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=1, volume=1.25)
    await desk.asked(1)
    desk.heard.breaks([BITCOIN, ETHER])
    with capture_logs() as logs:
        assert await desk.asked(2) == 2
    for after in (1, 2):
        await polled.asked(after)

    found = [entry for entry in logs if entry["event"] == "candle_differs"]
    assert [(entry["symbol"], entry["told"].volume) for entry in found] == [(BTC, 1.25), (ETH, 1.25)]
    assert desk.count("candles_differing") == 2
    assert same(desk, polled)


def test_what_nobody_needs_any_more_is_forgotten() -> None:
    """A series that left has neither candles that wait, nor is it waited for; one that comes back begins anew."""
    heard = Heard()
    for series in (BITCOIN, ETHER):
        heard.tell(series, Candle(0, 1.0, 1.0, 1.0, 1.0, 1.0))
    heard.only([ETHER])

    assert [(heard.knows(one), heard.expects(one)) for one in (BITCOIN, ETHER)] == [(False, False), (True, True)]
    assert heard._told.keys() == {ETHER}


async def test_a_store_tells_the_stream_and_what_it_has_heard_whom_it_needs() -> None:
    """Both forget a symbol that leaves the universe."""
    desk = await Desk().warm()
    desk.tell(BITCOIN, ETHER, after=1)
    desk.store.fit({FIVE: {ETH: KEEP}})

    assert desk.followed[-1] == {ETHER}
    assert not desk.heard.knows(BITCOIN)
