"""A clock that is set back: what was counted, refused and held before is over as soon as it would have been."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL, later
from tradepods_worker.adapters.venues.budget import ORDER_SHARE, Budget, Kind, Limits
from tradepods_worker.adapters.venues.meter import Ticket

HOUR = 3_600
SMALL = Limits(weight=100, orders=((10, 30), (60, 120)))


def _sent(budget: Budget, seconds: float, *, headers: dict[str, str] | None = None) -> bool:
    """Whether a stop left, and was answered at once."""
    ticket = budget.take(Kind.STOP, weight=0, orders=1, now=later(seconds))
    if isinstance(ticket, Ticket):
        budget.end(ticket, headers or {}, now=later(seconds))
    return isinstance(ticket, Ticket)


def test_stops_that_are_far_apart_all_leave() -> None:
    """One in ten seconds uses nothing up, though the first was counted an hour from now."""
    budget = Budget(SMALL)
    assert all(_sent(budget, 0) for _ in range(20))

    assert all(_sent(budget, -HOUR + 10 * number) for number in range(1, HOUR // 10))


def test_what_others_have_used_is_forgotten_with_its_minute() -> None:
    """A header of the hour to come says nothing of this one."""
    budget = Budget()
    assert _sent(budget, 0, headers={"X-MBX-USED-WEIGHT-1M": "2400", "X-MBX-ORDER-COUNT-10S": "300"})
    assert not _sent(budget, -HOUR)

    assert _sent(budget, -HOUR + 62)


def test_a_refusal_lasts_as_long_as_the_venue_said() -> None:
    """Five seconds are five seconds: of the address, and of the account's orders."""
    budget = Budget()
    assert _sent(budget, 0)
    budget.limit(later(5), now=WALL)
    budget.hold_orders(later(7))

    assert budget.refused_until(now=later(-HOUR)) == later(-HOUR + 5)
    assert not _sent(budget, -HOUR + 6)
    assert _sent(budget, -HOUR + 7)


def test_a_request_that_is_under_way_when_the_clock_is_set_back_counts_on() -> None:
    """Nothing of it is forgotten before its answer and a span more; its header speaks of the present window."""
    budget = Budget(SMALL)
    tickets = [budget.take(Kind.CLOSE, weight=0, orders=1, now=WALL) for _ in range(30)]
    (first, *rest) = [ticket for ticket in tickets if isinstance(ticket, Ticket)]
    assert len(rest) == 29
    for ticket in rest:
        budget.end(ticket, {}, now=later(-HOUR))
    budget.end(first, {"X-MBX-ORDER-COUNT-10S": "30"}, now=later(-HOUR + 1))

    assert not _sent(budget, -HOUR + 9)
    assert _sent(budget, -HOUR + 12)


def test_a_longer_refusal_after_it_is_not_taken_for_a_shorter_one() -> None:
    """What was heard before the clock was set back ends an hour later on it, and yet sooner."""
    budget = Budget()
    assert _sent(budget, 0)
    budget.limit(later(5), now=WALL)
    budget.limit(later(-HOUR + 30), now=later(-HOUR))

    assert budget.refused_until(now=later(-HOUR)) == later(-HOUR + 30)


@given(
    steps=st.lists(st.tuples(st.floats(0, 3), st.sampled_from(list(Kind))), max_size=60),
    back=st.floats(0.001, 10 * HOUR),
)
def test_nobody_waits_longer_for_it_than_without(steps: list[tuple[float, Kind]], back: float) -> None:
    """A close finds room within the same time as on a clock that goes on."""
    budget, now = Budget(SMALL), 0.0
    for pause, kind in steps:
        now += pause
        budget.take(kind, weight=1, orders=int(kind in ORDER_SHARE), now=later(now))
    begun = asked = later(now - back)
    while (again := budget.closed_until(Kind.CLOSE, weight=1, orders=1, now=asked)) is not None:
        assert again > asked
        asked = again

    assert asked - begun <= timedelta(seconds=101)


@pytest.mark.parametrize(("used", "leaves"), [("2399", True), ("2400", True), ("2401", False)])
def test_a_stop_that_weighs_nothing_is_held_only_by_a_limit_that_is_passed(used: str, leaves: bool) -> None:
    """What others behind the address have used is no reason to leave a position without its stop, or to close it."""
    budget = Budget()
    assert _sent(budget, 0, headers={"X-MBX-USED-WEIGHT-1M": used})

    assert _sent(budget, 1) is leaves
