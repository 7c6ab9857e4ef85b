"""Servers for the contract tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.ledgers import Place, place_of, place_on
from support.scripted import Scripted, scripting
from support.sdk import Call, judge
from support.servers import Served, serving


@pytest.fixture
async def exchange() -> AsyncIterator[Served]:
    """An exchange with two symbols at 100, one customer with 10,000, and a market that stands still."""
    async with serving() as served:
        yield served


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A venue's server that answers what a test says."""
    async with scripting() as found:
        yield found


@pytest.fixture
def client(exchange: Served) -> Call:
    """The venue's own client, which checks each answer field by field."""
    return judge(exchange.url)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A place of each kind for a ledger; whatever was opened on it is closed in the end."""
    if request.param == "postgresql":
        found = place_on(request.getfixturevalue("postgres"), tmp_path)
    else:
        found = place_of(request.param, tmp_path)
    yield found
    for ledger in found.opened:
        await ledger.close()
