"""Updates: kept until confirmed, handed out in order, to one poller."""

import asyncio
from typing import Any

import pytest

from tradepods_simulator.telegram.refusals import Refused
from tradepods_simulator.telegram.updates import CONFLICT, Updates


def _with(count: int) -> Updates:
    updates = Updates()
    for number in range(1, count + 1):
        updates.add("message", {"text": str(number)})
    return updates


async def _ids(updates: Updates, *, offset: int = 0, limit: int = 100, seconds: float = 0) -> list[int]:
    found = await updates.poll(offset=offset, limit=limit, seconds=seconds)
    return [update["update_id"] for update in found]


async def test_updates_stay_until_they_are_confirmed() -> None:
    """Asking twice without an offset gives the same twice."""
    updates = _with(3)

    assert await _ids(updates) == [1, 2, 3]
    assert await _ids(updates) == [1, 2, 3]
    assert await _ids(updates, offset=3) == [3]
    assert await _ids(updates) == [3]
    assert await _ids(updates, offset=4) == []
    assert updates.pending() == []


async def test_a_negative_offset_keeps_only_the_newest() -> None:
    """The others are forgotten."""
    updates = _with(5)

    assert await _ids(updates, offset=-2) == [4, 5]
    assert await _ids(updates) == [4, 5]
    assert await _ids(_with(1), offset=-5) == [1]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (100, 100), (0, 100), (101, 100), (-3, 100)])
async def test_a_limit_outside_of_its_range_is_the_largest(limit: int, count: int) -> None:
    """1 to 100, oldest first."""
    assert await _ids(_with(150), limit=limit) == list(range(1, count + 1))


async def test_numbers_rise_after_all_are_confirmed() -> None:
    """A number is never used again."""
    updates = _with(2)
    await _ids(updates, offset=3)

    assert updates.add("message", {}) == 3


async def test_only_wanted_updates_come_to_be() -> None:
    """By default all but those that have to be asked for; a wish holds for what happens after it."""
    updates = _with(1)
    assert updates.add("chat_member", {}) is None
    updates.allow(["callback_query"])
    assert updates.add("message", {}) is None
    assert updates.add("callback_query", {}) == 2
    updates.allow([])
    assert updates.add("message", {}) == 3

    assert await _ids(updates) == [1, 2, 3]


async def test_numbers_begin_where_they_are_told() -> None:
    """A bot that remembers the numbers of an earlier run of the simulator never meets them again."""
    updates = Updates(after=1_700_000_000)
    updates.add("message", {})

    assert await _ids(updates, offset=7) == [1_700_000_001]


async def test_a_long_poll_returns_when_something_happens() -> None:
    """Not when its time is over."""
    updates = Updates()
    waiting = asyncio.create_task(_ids(updates, seconds=50))
    await asyncio.sleep(0)
    updates.add("message", {})
    updates.add("message", {})

    assert await asyncio.wait_for(waiting, 1) == [1, 2]


async def test_a_long_poll_in_which_nothing_happens_ends_empty() -> None:
    """After its time."""
    assert await asyncio.wait_for(_ids(Updates(), seconds=0.01), 1) == []


async def test_the_older_of_two_pollers_is_refused() -> None:
    """The newer one goes on, and hears what happens."""
    updates = Updates()
    older = asyncio.create_task(_ids(updates, seconds=50))
    await asyncio.sleep(0)
    newer = asyncio.create_task(_ids(updates, seconds=50))
    with pytest.raises(Refused) as caught:
        await asyncio.wait_for(older, 1)
    updates.add("message", {})

    assert (caught.value.status, caught.value.description) == (409, CONFLICT)
    assert await asyncio.wait_for(newer, 1) == [1]


async def test_a_poller_that_went_away_disturbs_nobody() -> None:
    """The next one is alone."""
    updates = Updates()
    gone: asyncio.Task[Any] = asyncio.create_task(_ids(updates, seconds=50))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    waiting = asyncio.create_task(_ids(updates, seconds=50))
    await asyncio.sleep(0)
    updates.add("message", {})

    assert await asyncio.wait_for(waiting, 1) == [1]
