"""An exchange for each scenario."""

from collections.abc import AsyncIterator

import pytest

from support.servers import Served, serving


@pytest.fixture
async def exchange() -> AsyncIterator[Served]:
    """An exchange with two symbols at 100, one customer with 10,000, and a market that stands still."""
    async with serving() as served:
        yield served
