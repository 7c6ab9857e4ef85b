"""The strategies in force as a worker hears them: whole, before the cycles of theirs, and none that it can't act by."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.build import NOON, cycle
from support.managed import RSI, published, rule
from support.signal_service import Running, run_service
from tradepods_core.book.events import CycleArrived, StrategiesSeen
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.published import PublishedStrategy
from tradepods_core.wire.stream import Ping, Strategies
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.feed_http import HttpFeed
from tradepods_worker.ports import FeedEvent

WITHIN = 5.0
EITHER = {"any": [RSI, {"all": [{"var": "roi", "op": ">", "value": 0.1}]}]}
RULES = (rule("reduce", "12.5", RSI), rule("trail_stop", 1, EITHER, priority=20, maxTimes=3))


def _strategy(*rules: dict[str, Any]) -> Strategy:
    return Strategy(namespace="default", name="swing", spec=published(*rules).spec)


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """A running service with one strategy."""
    running = await run_service(strategies=[_strategy(*RULES)])
    yield running
    await running.stop()


@pytest.fixture
async def events(service: Running) -> AsyncIterator[AsyncIterator[FeedEvent]]:
    """What one worker hears."""
    feed = HttpFeed(url=service.url, exchange="binanceusdm", namespace="default", name="bob", wall=WallClock())
    heard = feed.events()
    yield heard
    await heard.aclose()  # type: ignore[attr-defined]  # a generator
    await feed.close()


async def _seen(events: AsyncIterator[FeedEvent]) -> StrategiesSeen:
    async with asyncio.timeout(WITHIN):
        while not isinstance(found := await anext(events), StrategiesSeen):
            pass
    return found


async def test_a_newcomer_hears_every_rule_as_it_was_written(
    service: Running, events: AsyncIterator[FeedEvent]
) -> None:
    """By the strategy's key, with its revision; joined conditions come back the same."""
    (one,) = service.steering.strategies()

    assert (await _seen(events)).strategies == {"default.swing": one}
    assert one.spec.management == _strategy(*RULES).spec.management


async def test_a_change_is_heard_before_the_cycle_that_follows_it(
    service: Running, events: AsyncIterator[FeedEvent]
) -> None:
    """Whatever is asked and answered in between."""
    await _seen(events)
    service.steering.take([_strategy(rule("close", None, RSI))])
    await service.press.cycle(cycle(close=NOON))
    seen = await _seen(events)
    after = await asyncio.wait_for(anext(events), WITHIN)

    assert [one.type for one in seen.strategies["default.swing"].spec.management] == ["a_close"]
    assert isinstance(after, CycleArrived)


async def test_a_strategy_that_is_disabled_or_gone_is_heard_of_at_once(
    service: Running, events: AsyncIterator[FeedEvent]
) -> None:
    """It is told as disabled, then no more."""
    await _seen(events)
    service.steering.take([Strategy(namespace="default", name="swing", spec=published(spec={"enabled": False}).spec)])
    assert not (await _seen(events)).strategies["default.swing"].enabled

    service.steering.take([])
    assert (await _seen(events)).strategies == {}


async def test_one_that_this_worker_can_not_act_by_costs_its_own_rules_only(
    service: Running, events: AsyncIterator[FeedEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer service may know variables that this release does not."""
    await _seen(events)
    (one,) = service.steering.strategies()
    strange = one.spec.model_copy(update={"management": (_renamed(one),)})
    both = [one, one.model_copy(update={"name": "newer", "spec": strange})]
    monkeypatch.setattr(service.steering, "strategies", lambda: both)
    service.steering.take([])

    assert (await _seen(events)).strategies.keys() == {"default.swing"}


def _renamed(one: PublishedStrategy) -> Any:
    first = one.spec.management[0]
    condition = first.when.parts[0].model_copy(update={"var": "moon_phase"})
    return first.model_copy(update={"when": first.when.model_copy(update={"all": (condition,)})})


async def test_where_they_can_not_be_read_none_is_known_until_the_next_ping(
    service: Running, events: AsyncIterator[FeedEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rule acts by what may be in force no more; cycles and marks go on."""
    await _seen(events)
    with monkeypatch.context() as broken:
        broken.setattr(service.steering, "strategies", lambda: 1 / 0)
        service.hub.strategies(Strategies(strategies=()))
        assert (await _seen(events)).strategies == {}
    service.hub.ping(Ping(at=NOON))

    assert (await _seen(events)).strategies.keys() == {"default.swing"}
