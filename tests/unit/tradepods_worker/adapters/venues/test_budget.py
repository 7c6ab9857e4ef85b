"""What may be sent: nothing while the address is refused, and readings give way first."""

import pytest

from support.build import WALL, later
from tradepods_worker.adapters.venues.budget import Budget


def test_at_first_everything_may_be_sent() -> None:
    """Nothing is known."""
    assert Budget().closed_until(now=WALL, reading=True) is None


@pytest.mark.parametrize("reading", [False, True])
def test_while_the_address_is_refused_nothing_is_sent(reading: bool) -> None:
    """Every request would make it longer."""
    budget = Budget()
    budget.limit(later(30))
    budget.limit(later(10))

    assert budget.closed_until(now=later(29), reading=reading) == later(30)
    assert budget.closed_until(now=later(30), reading=reading) is None


@pytest.mark.parametrize(("used", "waits"), [("1799", False), ("1800", True), ("much", False)])
def test_readings_give_way_before_it_comes_to_that(used: str, waits: bool) -> None:
    """Until the venue's next minute; what protects goes on."""
    budget = Budget()
    budget.hear({"X-MBX-USED-WEIGHT-1M": used}, now=later(20))

    assert (budget.closed_until(now=later(21), reading=True) == later(60)) is waits
    assert budget.closed_until(now=later(21), reading=False) is None
    assert budget.closed_until(now=later(61), reading=True) is None
