"""An exchange for each scenario, and a Bot API for those that talk."""

from collections.abc import AsyncIterator

import pytest

from support.servers import Served, serving
from support.telegram_bench import Bench, bench


@pytest.fixture
async def exchange() -> AsyncIterator[Served]:
    """An exchange with two symbols at 100, one customer with 10,000, and a market that stands still."""
    async with serving() as served:
        yield served


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A Bot API with alice's bot and bob's."""
    async with bench() as made:
        yield made
