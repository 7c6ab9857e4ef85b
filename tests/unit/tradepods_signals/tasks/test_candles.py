"""What a service does with its candles beside its cycles: an hourly look at what is to outlive the process."""

import asyncio
from collections.abc import Sequence

import pytest

from support.build import BTC, ETH, FIVE, NOON
from support.candle_desk import BITCOIN, ETHER, KEEP, Desk, Disk
from tradepods_signals.engine.candle_store import Follow
from tradepods_signals.engine.heard import Heard
from tradepods_signals.ports.market import Series
from tradepods_signals.tasks.candles import EVERY, FIRST, Candles


class Silent:
    """A stream that tells nothing."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self.followed: list[Sequence[Series]] = []

    @property
    def follow(self) -> Follow:
        """Whom it is to tell."""
        return lambda series: self.followed.append(list(series))

    async def run(self) -> None:
        """Without end."""
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("stream", "asked", "kept"), [(None, 0, KEEP - 1), (Silent, 2, KEEP)], ids=["by request", "by stream"]
)
async def test_only_beside_a_stream_is_the_record_read_to_compare(
    stream: type[Silent] | None, asked: int, kept: int
) -> None:
    """By request, the next candle's request compares the newest anyway: that one is kept an hour later."""
    desk, disk, slept = Desk(), Disk(), list[float]()
    looked = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds == EVERY:
            looked.set()
            await asyncio.Event().wait()

    found = Candles(data=desk.feed, metrics=desk.metrics, sleep=sleep, open_stream=stream, shelf=disk)
    found.store.fit({FIVE: {BTC: KEEP, ETH: KEEP}})
    await found.store.read([FIVE], NOON, attempts=1)
    before = desk.feed.asked
    running = asyncio.create_task(found.run())
    await asyncio.wait_for(looked.wait(), 5)
    running.cancel()

    assert slept == [FIRST, EVERY]
    assert desk.feed.asked == before + asked
    assert disk.writes == [(BITCOIN, kept), (ETHER, kept)]
