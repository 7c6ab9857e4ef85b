"""The journal and the clock, over a real socket."""

from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from support.candle_history import exchange
from support.signed_requests import ACCOUNT, BUY, ORDER, Client, ask, now, signed
from tradepods_simulator.exchange.app import make_app


@pytest.fixture
async def venue() -> Any:
    """A client of an exchange whose market stands still, with one customer."""
    app = make_app(exchange(100.0), participants={"someone who does not come"}, pace=1)
    async with TestClient(TestServer(app)) as client:
        yield client


async def _journal(venue: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await (await venue.get(f"/admin/journal{query}")).json()
    return found


async def test_every_request_and_what_came_of_it_can_be_seen(venue: Client) -> None:
    """Whose it was, its parameters, its status; never its signature or its key."""
    await ask(venue, signed(now(**BUY)), path=ORDER, method="POST")
    await ask(venue, "x=1", path=ACCOUNT, about="signature")
    await venue.get("/fapi/v1/time")
    order, refused, public = await _journal(venue)

    assert (order["customer"], order["method"], order["path"], order["status"]) == ("bob", "POST", ORDER, 200)
    assert {"symbol": "BTCUSDT", "side": "BUY"}.items() <= order["params"].items()
    assert "signature" not in order["params"]
    assert (refused["status"], public["customer"], public["address"]) == (400, "", "127.0.0.1")


async def test_the_journal_is_read_on_from_a_number_and_by_customer(venue: Client) -> None:
    """So that a test sees what came since."""
    await venue.get("/fapi/v1/time")
    await ask(venue, signed(now()))

    assert [asked["number"] for asked in await _journal(venue, "?after=1")] == [2]
    assert [asked["path"] for asked in await _journal(venue, "?customer=bob")] == [ACCOUNT]


@pytest.mark.parametrize(("ahead_ms", "expected"), [(0, (200, 0)), (6_000, (400, -1021)), (-2_000, (400, -1021))])
async def test_requests_are_of_now_by_the_venues_clock(venue: Client, ahead_ms: int, expected: tuple[int, int]) -> None:
    """Which may be another than ours."""
    answer = await venue.post("/admin/clock", json={"aheadMs": ahead_ms})

    assert answer.status == 200
    assert await ask(venue, signed(now())) == expected


@pytest.mark.parametrize("body", [{}, {"aheadMs": "x"}, {"aheadMs": 1.5}])
async def test_a_clock_that_is_no_number_is_refused(venue: Client, body: dict[str, object]) -> None:
    """In words."""
    answer = await venue.post("/admin/clock", json=body)

    assert (answer.status, await answer.text()) == (400, "aheadMs: a whole number is required")
