"""Whose turn it is: the most important first, and with room to spare nobody waits."""

import asyncio
import time
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from support import virtual_loop
from support.build import WALL
from support.virtual_loop import VirtualClock
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.venues.budget import Budget, Kind, Limits
from tradepods_worker.adapters.venues.meter import Ticket
from tradepods_worker.adapters.venues.turns import Turns

FEW = Limits(orders=((10, 10), (60, 1_000)))
WAITING = (Kind.CLOSE, Kind.STOP, Kind.TAKE_PROFIT)
Went = list[tuple[float, Kind, int]]


async def _all(turns: Turns, budget: Budget, arrivals: list[tuple[float, Kind]]) -> Went:
    """When each had its turn."""
    clock, went = VirtualClock(), []

    async def one(number: int, at: float, kind: Kind) -> None:
        await asyncio.sleep(at)
        ticket = await turns.wait(kind, weight=0, orders=1)
        went.append(((clock.now() - WALL).total_seconds(), kind, number))
        await asyncio.sleep(0.05)
        budget.end(ticket, {}, now=clock.now())

    async with asyncio.TaskGroup() as group:
        for number, (at, kind) in enumerate(arrivals):
            group.create_task(one(number, at, kind))
    return went


def _ran(arrivals: list[tuple[float, Kind]], *, limits: Limits = FEW, banned: float = 0) -> Went:
    async def work() -> Went:
        budget, clock = Budget(limits), VirtualClock()
        budget.limit(clock.now() + timedelta(seconds=banned), now=clock.now())
        return await _all(Turns(budget=budget, clock=clock), budget, arrivals)

    return virtual_loop.run(work())


def test_with_room_there_is_no_wait_at_all() -> None:
    """Not one turn of the loop: the coroutine ends at its first step, and begins no task."""
    turns = Turns(budget=Budget(), clock=ManualClock(WALL))
    waiting = turns.wait(Kind.STOP, weight=0, orders=1)
    try:
        waiting.send(None)
    except StopIteration as done:
        assert isinstance(done.value, Ticket)  # noqa: PT017 - that is how a coroutine gives its value
    else:
        raise AssertionError("it waited")


def test_with_room_a_turn_costs_microseconds() -> None:
    """What is counted is forgotten as it goes: the hundredth thousand costs what the first did."""
    clock = ManualClock(WALL)
    budget = Budget(Limits(weight=10_000, orders=((10, 10_000), (60, 10_000))))
    turns = Turns(budget=budget, clock=clock)
    begun = time.perf_counter()
    for _ in range(20_000):
        clock.advance(0.01)
        ticket = turns.take(Kind.STOP, weight=1, orders=1)
        assert isinstance(ticket, Ticket)
        budget.end(ticket, {"X-MBX-USED-WEIGHT-1M": "50", "X-MBX-ORDER-COUNT-10S": "20"}, now=clock.now())

    assert (time.perf_counter() - begun) / 20_000 < 0.0005


def test_who_waits_goes_by_importance_then_by_arrival() -> None:
    """Ten go at once; of the rest the closes go first as soon as there is room."""
    kinds = [Kind.TAKE_PROFIT] * 9 + [Kind.TAKE_PROFIT, Kind.STOP, Kind.CLOSE] * 3
    arrivals = [(0.01 * number, kind) for number, kind in enumerate(kinds)]
    went = _ran(arrivals)
    waited = [(kind, number) for at, kind, number in went if at > 10]

    assert [kind for at, kind, _ in went if at < 1] == [Kind.TAKE_PROFIT] * 9 + [Kind.CLOSE]
    assert waited == sorted(waited)
    assert len(went) == len(arrivals)


def test_a_close_that_comes_late_does_not_wait_behind_a_take_profit() -> None:
    """The line is for the take-profit's share; the last tenth of the orders is the closes' and the stops'."""
    went = _ran([(0.0, Kind.TAKE_PROFIT)] * 12 + [(2.0, Kind.CLOSE)])

    assert (2.0, Kind.CLOSE, 12) in went


def test_nothing_leaves_while_the_address_is_refused() -> None:
    """Then the most important first."""
    went = _ran([(0.0, Kind.TAKE_PROFIT), (1.0, Kind.STOP), (5.0, Kind.CLOSE)], banned=90)

    assert [kind for _, kind, _ in went] == [Kind.CLOSE, Kind.STOP, Kind.TAKE_PROFIT]
    assert all(90 <= at < 92 for at, _, _ in went)


def test_room_that_comes_early_is_seen_soon_and_goes_to_who_came_first() -> None:
    """The venue's figure falls long before it had to: within a second, and not to one who came later."""

    async def work() -> Went:
        budget, clock, went = Budget(), VirtualClock(), Went()
        turns = Turns(budget=budget, clock=clock)

        async def one(number: int, at: float) -> None:
            await asyncio.sleep(at)
            await turns.wait(Kind.STOP, weight=0, orders=1)
            went.append(((clock.now() - WALL).total_seconds(), Kind.STOP, number))

        async def said(used: str, at: float) -> None:
            await asyncio.sleep(at)
            asked = turns.take(Kind.QUESTION, weight=0, orders=0)
            assert isinstance(asked, Ticket)
            budget.end(asked, {"X-MBX-ORDER-COUNT-10S": used}, now=clock.now())

        await asyncio.gather(said("300", 0), one(0, 1), said("5", 5.2), one(1, 5.5))
        return went

    (first, second) = virtual_loop.run(work())

    assert (first[2], second[2]) == (0, 1)
    assert first[0] == 6


def test_one_who_gives_up_makes_way() -> None:
    """A worker that stops does not leave its place to nobody."""

    async def work() -> Kind:
        budget, clock = Budget(FEW), VirtualClock()
        turns = Turns(budget=budget, clock=clock)
        budget.limit(clock.now() + timedelta(seconds=30), now=clock.now())
        first = asyncio.create_task(turns.wait(Kind.CLOSE, weight=0, orders=1))
        second = asyncio.create_task(turns.wait(Kind.STOP, weight=0, orders=1))
        await asyncio.sleep(1)
        first.cancel()
        await second
        return Kind.STOP

    assert virtual_loop.run(work()) is Kind.STOP


@given(arrivals=st.lists(st.tuples(st.floats(0, 30), st.sampled_from(WAITING)), max_size=60))
def test_everyone_has_a_turn_and_nobody_goes_before_a_more_important_one_that_waits(
    arrivals: list[tuple[float, Kind]],
) -> None:
    """Protection is never starved, and priorities are never inverted."""
    went = _ran(arrivals)
    assert len(went) == len(arrivals)
    assert max((at for at, _, _ in went), default=0) < 30 + 11 * (len(arrivals) / 9 + 2)

    for position, (at, kind, _) in enumerate(went):
        behind = [other for _, other, number in went[position + 1 :] if arrivals[number][0] < at - 0.001]
        assert all(other >= kind for other in behind)


@given(arrivals=st.lists(st.tuples(st.floats(0, 60), st.sampled_from(WAITING)), max_size=80))
def test_no_span_sees_more_than_its_limit(arrivals: list[tuple[float, Kind]]) -> None:
    """In any ten seconds, wherever they begin."""
    times = sorted(at for at, _, _ in _ran(arrivals))

    assert all(later - earlier >= 10 for earlier, later in zip(times, times[10:], strict=False))
