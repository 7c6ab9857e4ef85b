"""Bans: whoever learned of one, all behind the same address hear of it, and nobody else."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL, later
from tradepods_signals.engine.bans import LONGEST, MOST, Address, BanBook, OwnBan

HERE, THERE = Address("binanceusdm/live", "node-1"), Address("binanceusdm/live", "node-2")
DEMO = Address("binanceusdm/demo", "node-1")


def _book(at: list[datetime] | None = None) -> BanBook:
    times = at if at is not None else [WALL]
    return BanBook(now=lambda: times[-1])


def test_the_latest_end_counts() -> None:
    """Who learned of it earlier, or knows of none, shortens nothing."""
    book = _book()
    for until in (later(60), later(120), later(90), None):
        book.report(HERE, until)

    assert book.until(HERE) == later(120)


@pytest.mark.parametrize("other", [THERE, DEMO])
def test_another_address_or_venue_is_not_stopped(other: Address) -> None:
    """A ban is for one address at one venue."""
    book = _book()
    book.report(HERE, later(60))

    assert book.until(other) is None


def test_a_ban_that_is_over_is_over() -> None:
    """At its end, by this service's clock."""
    times = [WALL]
    book = _book(times)
    book.report(HERE, later(60))
    times.append(later(59))
    assert book.until(HERE) == later(60)
    times.append(later(60))
    assert book.until(HERE) is None


@pytest.mark.parametrize(
    ("until", "believed"),
    [
        (WALL + LONGEST, True),
        (WALL + LONGEST + timedelta(seconds=1), False),
        (WALL + timedelta(days=3_650), False),
        (WALL, False),
        (WALL - timedelta(days=1), False),
    ],
)
def test_a_ban_longer_than_the_venue_gives_or_over_is_not_believed(until: datetime, believed: bool) -> None:
    """A worker's mistake does not stop its neighbours for years, nor undo what another has learned."""
    book = _book()
    book.report(HERE, later(5))
    book.report(HERE, until)

    assert book.until(HERE) == (until if believed else later(5))


def test_what_the_service_itself_meets_is_told_as_well() -> None:
    """It asks from an address like any worker."""
    book = _book()
    own = OwnBan(book, HERE)
    own.report(later(60))

    assert own.until() == book.until(HERE) == later(60)


def test_more_addresses_than_there_can_be_are_left_out() -> None:
    """A sender of garbage can't fill the memory, nor hide what is known; what is over makes room."""
    times = [WALL]
    book = _book(times)
    for number in range(MOST):
        book.report(Address("v", f"n{number}"), later(60))
    book.report(HERE, later(90))
    assert book.until(HERE) is None
    book.report(Address("v", "n0"), later(90))
    assert book.until(Address("v", "n0")) == later(90)

    times.append(later(61))
    book.report(HERE, later(90))
    assert book.until(HERE) == later(90)


@given(reports=st.lists(st.tuples(st.sampled_from([HERE, THERE, DEMO]), st.integers(-100, 400_000)), max_size=40))
def test_each_address_hears_the_latest_that_was_believed_of_it(reports: list[tuple[Address, int]]) -> None:
    """Whatever is reported of others."""
    book = _book()
    for address, seconds in reports:
        book.report(address, later(seconds))
    for address in (HERE, THERE, DEMO):
        believed = [s for a, s in reports if a == address and 0 < s <= LONGEST.total_seconds()]
        assert book.until(address) == (later(max(believed)) if believed else None)
