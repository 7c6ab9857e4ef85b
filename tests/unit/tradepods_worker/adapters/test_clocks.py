"""Market time as the feed shows it."""

import pytest

from support.build import NOON, WALL, later
from tradepods_worker.adapters.clocks import FollowedClock, ManualClock


@pytest.mark.parametrize(("stands", "seconds"), [(True, 0), (False, 7)])
def test_between_two_events_it_stands_in_a_replay_and_goes_on_elsewhere(stands: bool, seconds: int) -> None:
    """A replay decides the same however slow the machine; a live market ages while nothing is heard."""
    wall = ManualClock(WALL)
    clock = FollowedClock(wall=wall, stands=stands)
    clock.show(NOON)
    wall.advance(7)

    assert clock.now() == later(seconds, than=NOON)


def test_it_never_goes_back() -> None:
    """An event of before is no news."""
    clock = FollowedClock(wall=ManualClock(WALL), stands=True)
    clock.show(NOON)
    clock.show(later(-60, than=NOON))

    assert clock.now() == NOON


def test_before_the_first_event_it_is_the_walls() -> None:
    """A live worker knows the time without a feed."""
    assert FollowedClock(wall=ManualClock(WALL), stands=True).now() == WALL
