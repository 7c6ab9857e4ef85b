"""A reader that takes what it is given is written to at once; one that stands finds it all in its queue."""

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from support.build import FIVE, NOON, cycle
from support.stream_events import parsed
from tradepods_core.wire.stream import Ping
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.subscribers import Stream


class _Wire:
    """A reader's connection, which may take nothing for a while."""

    def __init__(self) -> None:
        self.takes, self.taken = True, b""

    def __call__(self, chunk: bytes) -> bool:
        if self.takes:
            self.taken += chunk
        return self.takes


async def _told_by(wire: _Wire, stream: Stream) -> None:
    async for chunk in stream.chunks(at_once=wire):
        await asyncio.sleep(0)
        wire.taken += chunk


async def test_a_reader_that_takes_what_comes_is_woken_for_none_of_it() -> None:
    """It has each event as soon as it is published, before anything else runs."""
    hub, wire = Hub(boot="b"), _Wire()
    reading = asyncio.create_task(_told_by(wire, hub.subscribe(last_event=None)))
    await asyncio.sleep(0)
    for number in range(3):
        hub.cycle(cycle(close=NOON + number * FIVE.length))

    assert [event.identifier for event in parsed(wire.taken)] == ["b-1", "b-2", "b-3"]
    hub.close()
    await reading


@given(st.lists(st.sampled_from(["publish", "stand", "take", "run"]), max_size=60))
def test_however_a_reader_takes_it_hears_everything_once_and_in_order(deeds: list[str]) -> None:
    """What it is given at once and what waited for it do not overtake each other."""

    async def live() -> bytes:
        hub, wire, published = Hub(boot="b"), _Wire(), 0
        reading = asyncio.create_task(_told_by(wire, hub.subscribe(last_event=None)))
        for deed in deeds:
            wire.takes = {"stand": False, "take": True}.get(deed, wire.takes)
            if deed == "publish":
                published += 1
                hub.ping(Ping(at=NOON + timedelta(seconds=published)))
            elif deed == "run":
                await asyncio.sleep(0)
        hub.close()
        await reading
        assert hub.subscribers == 0
        return wire.taken

    heard = [Ping.model_validate(event.data).at for event in parsed(asyncio.run(live()))]
    assert heard == [NOON + timedelta(seconds=number) for number in range(1, deeds.count("publish") + 1)]


async def test_a_reader_that_is_gone_is_forgotten_though_nothing_is_published() -> None:
    """Its stream ends by itself."""
    hub = Hub(boot="b")
    stream = hub.subscribe(last_event=None)
    reading = asyncio.create_task(_told_by(_Wire(), stream))
    await asyncio.sleep(0)
    stream.end()
    await reading

    assert hub.subscribers == 0
