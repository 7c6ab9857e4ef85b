"""What is requested: the newest candle once more, and a gap of the venue's own not at each close."""

from typing import Any

from structlog.testing import capture_logs

from support.build import BTC, ETH, NOON
from support.candle_desk import BITCOIN, KEEP, Desk, same
from tradepods_core.times import to_ms
from tradepods_signals.ports.market import Candle

AN_HOUR = 12  # candles


def _spoil(desk: Desk, *, after: int, **changed: Any) -> Candle:
    """Bitcoin's candle that closes so many past noon is another than it will be; gives the one it will be."""
    right = desk.feed.lose(BTC, after=after)
    desk.feed.find(BTC, right._replace(**changed))
    return right


def _correct(desk: Desk, right: Candle) -> None:
    kept = [candle for candle in desk.feed.history[BITCOIN] if candle.open_ms != right.open_ms]
    desk.feed.history[BITCOIN] = sorted([*kept, right])


async def test_a_candle_that_was_read_just_after_its_close_is_compared_once_more() -> None:
    """With the next close's own request: the venue had not counted its last trade yet."""
    desk, other = await Desk().warm(), await Desk().warm()
    right = _spoil(desk, after=1, volume=1.25)
    await desk.asked(1)
    _correct(desk, right)
    with capture_logs() as logs:
        assert await desk.asked(2) == 2
    for after in (1, 2):
        await other.asked(after)

    assert [(entry["event"], entry["told"].volume) for entry in logs] == [("candle_differs", 1.25)]
    assert same(desk, other)


async def test_the_newest_candle_of_the_history_is_compared_once_more_too() -> None:
    """A start may come a moment after its close."""
    desk, other = Desk(), await Desk().warm()
    right = _spoil(desk, after=0, high=999.0)
    await desk.warm()
    _correct(desk, right)
    await desk.asked(1)
    await other.asked(1)

    assert same(desk, other)


async def test_a_gap_of_the_venues_own_is_not_asked_for_at_each_close() -> None:
    """Once all is read anew; then what is new, as ever; and after an hour the gap is looked into again."""
    desk = await Desk().warm()
    lost = desk.feed.lose(BTC, after=1)
    sizes = desk.sizes()
    for after in (2, 3, 4, 5):
        await desk.asked(after)
    assert [max(sizes[at : at + 2]) > KEEP for at in range(0, 8, 2)] == [False, True, False, False]

    desk.feed.history[BITCOIN] = sorted([*desk.feed.history[BITCOIN], *_later(lost)])
    await desk.asked(3 + AN_HOUR)
    assert max(sizes[8:]) > KEEP


async def test_another_gap_is_looked_into_at_once() -> None:
    """That there is one of the venue's own says nothing of it; once it is filled nothing is missing."""
    desk = await Desk().warm()
    desk.feed.lose(BTC, after=1)
    for after in (2, 3):
        await desk.asked(after)
    second = desk.feed.lose(BTC, after=4)
    await desk.asked(5)
    desk.feed.find(BTC, second)
    await desk.asked(6)

    assert desk.store.windows[BITCOIN[1]][BTC].gap == to_ms(NOON) + 300_000
    assert desk.store.windows[BITCOIN[1]][ETH].gap is None


def _later(candle: Candle) -> list[Candle]:
    """Candles further on than the feed has."""
    return [candle._replace(open_ms=candle.open_ms + number * 300_000) for number in range(10, 20)]
