"""Faults of any kind: armed by hand or by the market's time, and counted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from support.candle_history import START_MS, exchange
from tradepods_simulator.exchange.app import make_app
from tradepods_simulator.exchange.chaos import CHAOS, Chaos
from tradepods_simulator.exchange.context import EXCHANGE, FAULTS, STEPPER
from tradepods_simulator.exchange.fault_script import ClockFault, read

END_MS = START_MS + 120_000
KEY = {"X-MBX-APIKEY": "bob-key"}
Client = TestClient[web.Request, web.Application]


def _app() -> web.Application:
    return make_app(exchange(100.0, 100.0), participants={"someone who does not come"}, pace=1)


def _plan(chaos: Chaos, *entries: dict[str, Any]) -> None:
    chaos.plan(read(list(entries), start_ms=START_MS, end_ms=END_MS))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A venue of two minutes with all its faults."""
    async with TestClient(TestServer(_app())) as found:
        yield found


async def _happened(client: Client) -> Any:
    return await (await client.get("/admin/faults/happened")).json()


async def test_a_script_is_armed_at_its_market_time(client: Client) -> None:
    """Before the step that reaches it is shown, in the order of the moments."""
    chaos, stepper = client.app[CHAOS], client.app[STEPPER]
    _plan(
        chaos,
        {"at": "00:01:00", "kind": "stream", "does": "miss"},
        {"at": "00:00:20", "does": "answer", "path": "/fapi/v1/ping", "status": 502},
    )
    seen = []
    for step in (0, 1, 2, 3, 4):
        stepper.before(step)
        await client.app[EXCHANGE].show(step)
        seen.append((await (await client.get("/admin/timeline")).json(), chaos.armed.total()))

    assert [(len(planned), armed) for planned, armed in seen] == [(2, 0), (2, 0), (1, 1), (1, 1), (0, 2)]
    assert seen[2][0] == [{"at": "2025-06-02T12:01:00Z", "kind": "stream", "does": "miss"}]
    assert (await client.get("/fapi/v1/ping")).status == 502
    assert await _happened(client) == {"requests": {"answer": 1}, "streams": {}, "armed": {"request": 1, "stream": 1}}


async def test_a_script_can_be_sent_to_a_running_venue(client: Client) -> None:
    """What is due already is armed at once."""
    await client.app[EXCHANGE].show(4)
    entries = [{"at": "00:00:30", "does": "drop", "path": "/never"}, {"at": "00:01:30", "does": "drop"}]
    answer = await client.post("/admin/timeline", json=entries)

    assert (answer.status, [entry["at"] for entry in await answer.json()]) == (200, ["2025-06-02T12:01:30Z"])
    assert client.app[FAULTS].to_come() == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "expected a JSON list of entries"),
        (b"\xff", "expected a JSON list of entries"),
        (b"[" * 100_000, "expected a JSON list of entries"),
        (b"{}", "script is {}: write a list"),
        (b'[{"at": "9:00:00", "does": "drop"}]', 'entry 1.at is "9:00:00": market time'),
    ],
    ids=range(5),
)
async def test_a_script_that_is_none_is_refused(client: Client, body: bytes, said: str) -> None:
    """With what is wrong, and nothing of it is armed."""
    answer = await client.post("/admin/timeline", data=body)

    assert answer.status in (400, 413)
    assert said in await answer.text() or answer.status == 413
    assert client.app[CHAOS].script == ()


async def test_a_fault_may_name_a_customer(client: Client) -> None:
    """By the key of the request, as in the accounts file."""
    _plan(client.app[CHAOS], {"at": 0, "does": "answer", "status": 502, "customer": "bob", "lasts": 60})
    client.app[STEPPER].before(0)

    assert (await client.get("/fapi/v1/ping", headers=KEY)).status == 502
    assert (await client.get("/fapi/v1/ping")).status == 200


async def test_a_private_stream_is_its_customers(client: Client) -> None:
    """By the listen key with which it was opened."""
    key = (await (await client.post("/fapi/v1/listenKey", headers=KEY)).json())["listenKey"]
    _plan(client.app[CHAOS], {"at": 0, "does": "drop", "customer": "bob", "path": f"/ws/{key}"})
    client.app[STEPPER].before(0)

    with pytest.raises(Exception, match=r"."):
        await client.ws_connect(f"/ws/{key}")
    assert (await _happened(client))["requests"] == {"drop": 1}


async def test_the_clock_is_off_until_it_is_put_right(client: Client) -> None:
    """The venue's own time says so."""
    chaos, venue = client.app[CHAOS], client.app[EXCHANGE]
    right = venue.wall_ms()
    chaos.arm(ClockFault(ahead_ms=-1_500))
    off = venue.wall_ms()
    chaos.arm(ClockFault(ahead_ms=0))

    assert (off - right, venue.wall_ms() - right) == (-1_500, 0)
    assert (await _happened(client))["requests"] == {"clock": 2}
