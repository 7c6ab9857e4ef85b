"""Whose account it is, as the venue itself names it: the same for every key of one account, told as a hash alone."""

from collections.abc import AsyncIterator

import pytest

from support.scripted import ccxt_venue
from support.servers import Served, serving
from tradepods_core.errors import Temporary
from tradepods_simulator.exchange.faults import Fault
from tradepods_worker.adapters.venues.binanceusdm import account
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.tasks.heartbeat import Address


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A simulated exchange with one customer, bob."""
    async with serving() as found:
        yield found


@pytest.fixture
async def venue(served: Served) -> AsyncIterator[CcxtVenue]:
    """The real adapter."""
    found = ccxt_venue(served.url)
    await found.prepare({})
    yield found
    await found.close()


async def test_it_is_known_with_the_first_reading(venue: CcxtVenue) -> None:
    """Asked for once."""
    assert venue.account_id() == ""
    await venue.read(wanted=[])

    assert venue.account_id() == "bob"


async def test_an_account_that_can_not_be_told_now_is_read_all_the_same(served: Served, venue: CcxtVenue) -> None:
    """It is not asked at the next one: a question without an answer would hold up every stop that waits for that."""
    served.faults.arm(Fault(path="/fapi/v3/balance", does="answer"))
    for _ in range(2):
        await venue.read(wanted=[])
        assert venue.account_id() == ""


async def test_it_is_asked_for_after_what_protects(served: Served, venue: CcxtVenue) -> None:
    """Not before the account was read."""
    served.faults.arm(Fault(path="/fapi/v1/accountConfig", does="answer"))
    with pytest.raises(Temporary):
        await venue.read(wanted=[])
    assert venue.account_id() == ""
    await venue.read(wanted=[])

    assert venue.account_id() == "bob"


@pytest.mark.parametrize("answer", [[], [{"asset": "USDT"}], [{"accountAlias": ""}], [{"accountAlias": None}]])
def test_a_venue_that_names_none_is_no_fault(answer: list[dict[str, str]]) -> None:
    """Then two keys of one account can't be told to be one."""
    assert account.alias(answer) == ""


def test_only_a_hash_is_told() -> None:
    """The same for the same account of one fleet and venue; nothing for none."""
    here, there = (Address(venue="v", egress="e", salt=salt) for salt in ("fleet/v/", "other/v/"))

    assert here.marked("bob") == here.marked("bob")
    assert len({here.marked("bob"), here.marked("eve"), there.marked("bob")}) == 3
    assert "bob" not in here.marked("bob")
    assert here.marked("") == ""
