"""The exchange over a real socket."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from support.candle_history import exchange
from support.signed_requests import Client
from tradepods_simulator.exchange.app import make_app


@pytest.fixture
async def venue() -> AsyncIterator[Client]:
    """A client of an exchange whose market stands still, with one customer."""
    app = make_app(exchange(100.0), participants={"someone who does not come"}, pace=1)
    async with TestClient(TestServer(app)) as client:
        yield client
