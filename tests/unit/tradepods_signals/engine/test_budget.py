"""What may be asked now: shares of the venue's limit, what others have used, and less after trouble."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL
from tradepods_signals.engine.budget import SHARE, SLOWEST, USUAL, Budget
from tradepods_signals.ports.market import Purpose

MINUTE = timedelta(minutes=1)
EVERY: list[Purpose] = ["close", "backfill", "universe"]


def _seconds(seconds: float) -> datetime:
    return WALL + timedelta(seconds=seconds)


def _sent(budget: Budget, purpose: Purpose, *, at: datetime = WALL, weight: int = 1, most: int = 5_000) -> int:
    """How many leave at once."""
    return next(count for count in range(most) if budget.take(purpose, weight=weight, now=at) is not None)


def _slowed(times: int) -> Budget:
    budget = Budget()
    for second in range(times):
        budget.judge(answered=False, now=_seconds(second - times))
    return budget


@pytest.mark.parametrize(("purpose", "weight"), [("close", 1_200), ("backfill", 960), ("universe", 840)])
def test_each_purpose_has_its_share_of_the_limit_and_no_more(purpose: Purpose, weight: int) -> None:
    """Half of it at most, the urgent more than the others: the rest is for orders."""
    assert _sent(Budget(), purpose) == weight == USUAL * SHARE[purpose] // 100


def test_the_venues_own_limit_counts_once_it_is_known() -> None:
    """And nonsense does not."""
    budget = Budget()
    for limit in (1_000, 0, -5):
        budget.learn(limit)

    assert (budget.limit, _sent(budget, "close")) == (1_000, 500)


def test_the_urgent_still_leave_when_the_others_have_used_their_share() -> None:
    """A warm-up of all symbols leaves room for the candles of a close."""
    budget = Budget()
    _sent(budget, "backfill")

    assert budget.take("universe", weight=40, now=WALL) is not None
    assert _sent(budget, "close") == 240


def test_what_has_left_counts_for_a_minute() -> None:
    """The answer says when there is room again."""
    budget = Budget()
    budget.take("close", weight=1_000, now=WALL)
    budget.take("close", weight=200, now=_seconds(20))

    assert budget.take("close", weight=100, now=_seconds(30)) == _seconds(60)
    assert budget.take("close", weight=1_100, now=_seconds(30)) == _seconds(80)
    assert budget.take("close", weight=1_000, now=_seconds(60)) is None


@pytest.mark.parametrize(("used", "leave"), [(0, 1_200), (1_100, 100), (1_200, 0), (2_300, 0)])
def test_what_others_behind_the_address_use_is_taken_off(used: int, leave: int) -> None:
    """Orders go first: the header counts them."""
    budget = Budget()
    budget.hear(used, now=WALL)

    assert _sent(budget, "close", at=_seconds(1)) == leave


def test_a_header_counts_until_the_venues_minute_is_over() -> None:
    """With a second more, for clocks differ; then a smaller figure is believed."""
    budget = Budget()
    budget.hear(2_000, now=_seconds(50))

    assert budget.take("close", weight=1, now=_seconds(55)) == _seconds(61)
    assert budget.take("close", weight=1, now=_seconds(60.9)) == _seconds(61)
    assert budget.take("close", weight=1, now=_seconds(61)) is None
    budget.hear(7, now=_seconds(62))
    assert budget.used(_seconds(62)) == 7


def test_a_smaller_figure_of_the_same_minute_was_counted_earlier() -> None:
    """Answers overtake each other; what was sent since a header comes on top of it."""
    budget = Budget()
    budget.hear(500, now=_seconds(1))
    budget.hear(400, now=_seconds(2))
    budget.take("close", weight=30, now=_seconds(3))

    assert budget.used(_seconds(4)) == 530


def test_after_a_question_that_was_not_answered_the_pace_halves_to_a_sixteenth_at_least() -> None:
    """Time-outs, 429 and 5xx alike; those of one second have one reason."""
    assert [_slowed(times).pace for times in range(7)] == [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16, 1 / 16]
    budget = Budget()
    for milliseconds in range(0, 900, 100):
        budget.judge(answered=False, now=WALL + timedelta(milliseconds=milliseconds))
    assert budget.pace == 1 / 2


def test_a_slower_pace_is_less_of_our_share_and_takes_nothing_from_others() -> None:
    """What they have used does not hold the last question back as long as the share as a whole has room."""
    assert _sent(_slowed(2), "close") == 300
    budget = _slowed(9)
    budget.hear(1_000, now=WALL)
    assert _sent(budget, "close") == 75


def test_a_single_question_always_leaves_at_the_slowest_pace_too() -> None:
    """Or a heavy one would never: 40 weight of a share of 26."""
    budget = _slowed(9)
    budget.learn(1_200)

    assert budget.take("universe", weight=40, now=WALL) is None
    assert budget.take("universe", weight=1, now=WALL) == _seconds(60)


def test_the_pace_recovers_little_by_little_with_answers() -> None:
    """A hundred answers for the whole of it, and never more."""
    budget = _slowed(1)
    paces = []
    for _ in range(60):
        budget.judge(answered=True, now=WALL)
        paces.append(round(budget.pace, 6))

    assert (paces[0], paces[9], paces[-1]) == (0.51, 0.6, 1.0)


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    """What was counted in the future would count for as long as the step is."""
    budget = Budget()
    _sent(budget, "close", at=_seconds(3_600))
    budget.hear(2_000, now=_seconds(3_600))
    budget.judge(answered=False, now=_seconds(3_600))
    budget.judge(answered=False, now=WALL)

    assert budget.pace == 1 / 4
    assert budget.take("close", weight=1, now=WALL) is None


STEPS = st.tuples(
    st.floats(0, 30),
    st.sampled_from(EVERY),
    st.integers(1, 45),
    st.sampled_from([None, True, False]),
    st.integers(0, 50),
)


@given(steps=st.lists(STEPS, max_size=60))
def test_no_minute_ever_holds_more_than_the_share_and_nobody_is_held_for_ever(
    steps: list[tuple[float, Purpose, int, bool | None, int]],
) -> None:
    """Whatever is asked, heard and met; and who comes back when told to is let through in the end."""
    budget, now, sent = Budget(), WALL, list[tuple[datetime, int]]()
    budget.learn(400)
    for after, purpose, weight, answered, others in steps:
        now += timedelta(seconds=after)
        if answered is not None:
            budget.judge(answered=answered, now=now)
        budget.hear(others, now=now)
        at = budget.take(purpose, weight=weight, now=now)
        if at is None:
            sent.append((now, weight))
            assert sum(one for then, one in sent if now - then < MINUTE) <= 200
        else:
            assert now < at <= now + MINUTE + timedelta(seconds=1)
        assert SLOWEST <= budget.pace <= 1
    tries = 0
    while (at := budget.take("universe", weight=40, now=now)) is not None:
        now, tries = at, tries + 1
        assert tries < 60
