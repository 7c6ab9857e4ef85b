"""Faults that last, that name a customer or an address, and those of websockets and of look-ups."""

import asyncio
import json
from typing import Literal

import pytest
from aiohttp import ClientError, WSMsgType, WSServerHandshakeError
from pydantic import ValidationError

from support.faulty_venue import FaultyVenue, answer
from tradepods_simulator.exchange.faults import Asked, Fault, Faults
from tradepods_simulator.exchange.stream_faults import StreamFaults


def _lasting(**fields: object) -> Fault:
    return Fault.model_validate({"does": "answer", "status": 500, **fields})


class Clock:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.mark.parametrize(
    ("fields", "caught"),
    [
        ({"lasts": 10}, [True, True, True, False]),
        ({"lasts": 10, "count": 2}, [True, True, False, False]),
        ({"count": 1}, [True, False, False, False]),
        ({"lasts": 2, "count": 9}, [True, True, False, False]),
    ],
)
def test_a_fault_ends_with_its_count_or_its_time(fields: dict[str, object], caught: list[bool]) -> None:
    """Whichever is first; one that lasts and names no count catches all. Asked after 0, 1, 5 and 10 seconds."""
    clock = Clock()
    faults = Faults(now_ms=clock)
    faults.arm(_lasting(**fields))
    found = []
    for seconds in (0, 1, 5, 10):
        clock.now_ms = 1_000_000 + seconds * 1_000
        found.append(faults.match("GET", "/order", "") is not None)

    assert found == caught


@pytest.mark.parametrize(
    ("fields", "asked", "caught"),
    [
        ({"customer": "bob"}, {"customer": "bob"}, True),
        ({"customer": "bob"}, {"customer": "alice"}, False),
        ({"customer": "bob"}, {}, False),
        ({"address": "10.0.0.1"}, {"address": "10.0.0.1"}, True),
        ({"address": "10.0.0.1"}, {"address": "10.0.0.2"}, False),
        ({}, {"customer": "bob", "address": "10.0.0.2"}, True),
    ],
)
def test_a_fault_may_name_a_customer_or_an_address(
    fields: dict[str, object], asked: dict[str, str], caught: bool
) -> None:
    """Then it is nobody else's."""
    faults = Faults()
    faults.arm(_lasting(**fields))

    assert (faults.caught(Asked(method="GET", path="/order", **asked)) is not None) is caught  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"does": "ban"}, "lasts: ban needs it"),
        ({"does": "maintenance"}, "lasts: maintenance needs it"),
        ({"does": "freeze"}, "lasts: freeze needs it"),
        ({"does": "hide"}, "seconds: hide needs it"),
        ({"count": 0}, "count"),
        ({"seconds": -1}, "seconds"),
        ({"lasts": float("nan")}, "lasts"),
        ({"status": 42}, "status"),
        ({"does": "explode"}, "does"),
    ],
)
def test_a_fault_that_can_not_be_is_refused(fields: dict[str, object], said: str) -> None:
    """With the field."""
    with pytest.raises(ValidationError, match=said):
        Fault.model_validate(fields)


def test_what_happened_is_counted() -> None:
    """By name, or by what it did; what was only armed has not happened."""
    faults = Faults()
    for fault in (_lasting(count=2), _lasting(name="the second", count=5), _lasting(path="/never")):
        faults.arm(fault)
    for _ in range(3):
        faults.match("GET", "/order", "")

    assert faults.happened == {"answer": 2, "the second": 1}
    assert faults.to_come() == 5


async def test_a_ban_holds_for_all_requests_of_an_address() -> None:
    """418, and how long to wait; then requests pass again."""
    clock = Clock()
    venue = FaultyVenue(now_ms=clock)
    async with venue.open() as client:
        venue.faults.arm(Fault(does="ban", lasts=90, address="127.0.0.1"))
        clock.now_ms += 500
        answers = [await client.get("/order"), await client.post("/order", data="a")]
        clock.now_ms += 90_000
        after = await client.get("/order")

        assert [(a.status, a.headers["Retry-After"]) for a in answers] == [(418, "90"), (418, "90")]
        assert (await answers[0].json())["code"] == -1003
        assert "banned until 1090000" in (await answers[0].json())["msg"]
        assert after.status == 200


async def test_a_ban_of_another_address_bans_nobody_here() -> None:
    """Weight and bans are counted by address."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(does="ban", lasts=90, address="10.9.8.7"))

        assert (await client.get("/order")).status == 200


async def test_maintenance_closes_everything() -> None:
    """Requests hear 503, websockets that are open break off, new ones are refused; then all is as before."""
    clock = Clock()
    venue = FaultyVenue(now_ms=clock)
    async with venue.open() as client:
        socket = await client.ws_connect("/private/ws")
        venue.faults.arm(Fault(does="maintenance", lasts=60))
        closed = await socket.receive(timeout=5)
        during = await client.get("/order")
        with pytest.raises(WSServerHandshakeError, match="503"):
            await client.ws_connect("/private/ws")
        clock.now_ms += 60_000

        assert closed.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)
        assert during.status == 503
        assert (await client.get("/order")).status == 200
        await (await client.ws_connect("/private/ws")).close()
        assert venue.faults.happened == {"maintenance": 3}


async def test_websockets_of_one_customer_are_broken_off() -> None:
    """Those that are open now; the others stay."""
    venue = FaultyVenue()
    async with venue.open() as client:
        bobs, alices = [await client.ws_connect(f"/private/ws?name={name}") for name in ("bob", "alice")]
        venue.faults.arm(Fault(does="disconnect", customer="bob", path="/private"))

        assert (await bobs.receive(timeout=5)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)
        await alices.send_str("still there?")
        assert (await alices.receive_str(timeout=5)) == "still there?"
        assert venue.faults.happened == {"disconnect": 1}


async def test_a_frozen_websocket_stays_open_and_hears_nothing() -> None:
    """Until it is released: then it hears what was said to it meanwhile. The streams fall silent with it."""
    venue = FaultyVenue()
    venue.faults.streams = StreamFaults()
    async with venue.open() as client:
        socket = await client.ws_connect("/private/ws?name=bob")
        venue.faults.arm(Fault(does="freeze", lasts=600, customer="bob"))
        await socket.send_str("hello?")
        assert (await client.get("/order")).status == 200, "the venue has had time to hear it"
        assert venue.heard == []
        assert not list(venue.faults.streams.passing("ab", customer="bob"))
        assert list(venue.faults.streams.passing("ab", customer="alice")) == ["a", "b"]

        venue.faults.release(drop=False)
        assert await socket.receive_str(timeout=5) == "hello?"


@pytest.mark.parametrize(("when", "acted"), [("before", []), ("after", ["a"])])
async def test_a_half_open_connection_never_answers(when: Literal["before", "after"], acted: list[str]) -> None:
    """It is no answer that the sender gets in the end, and nobody holds it once the sender is gone."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(does="hang", when=when))
        asked = asyncio.create_task(answer(client.post("/order", data="a")))
        await venue.held()
        assert venue.acted == acted
        assert not asked.done()

        venue.faults.release(drop=False)
        with pytest.raises(ClientError):
            await asked


async def test_a_websocket_may_never_open() -> None:
    """Its client waits for the first answer."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(does="hang", path="/private"))
        opening = asyncio.ensure_future(client.ws_connect("/private/ws"))
        await venue.held()
        assert not opening.done()

        venue.faults.release(drop=False)
        with pytest.raises(ClientError):
            await opening


HIDE = Fault(does="hide", method="POST", path="/fapi/v1/order", seconds=5)


@pytest.mark.parametrize("asked", ["orderId=7", "origClientOrderId=x"])
async def test_an_order_is_not_found_until_later(asked: str) -> None:
    """It is taken at once, and found after so many seconds, by either of its names."""
    clock = Clock()
    venue = FaultyVenue(now_ms=clock)
    async with venue.open() as client:
        venue.faults.arm(HIDE)
        placed = await client.post("/fapi/v1/order?id=7&client=x")
        unfound = await answer(client.get(f"/fapi/v1/order?{asked}"))
        clock.now_ms += 5_000
        found = await answer(client.get(f"/fapi/v1/order?{asked}"))

        assert placed.status == 200
        assert (unfound[0], json.loads(unfound[1])["code"]) == (400, -2013)
        assert found == (200, '{"orderId": 7, "clientOrderId": "x"}')
        assert venue.faults.happened == {"hide": 1}


async def test_a_hidden_order_is_in_no_list() -> None:
    """Others are."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(HIDE)
        for number in (7, 8):
            await client.post(f"/fapi/v1/order?id={number}&client=c{number}")
        status, text = await answer(client.get("/fapi/v1/openOrders"))

        assert (status, [order["orderId"] for order in json.loads(text)]) == (200, [8])


async def test_a_request_that_placed_nothing_hides_nothing() -> None:
    """The fault waits for one that does."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(HIDE)
        await client.post("/fapi/v1/order")
        assert venue.faults.to_come() == 1

        await client.post("/fapi/v1/order?id=7&client=x")
        assert venue.faults.to_come() == 0
        assert (await client.get("/fapi/v1/order?orderId=7")).status == 400


async def test_a_hidden_order_is_hidden_from_its_customer() -> None:
    """Another's order of the same number is found."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(HIDE)
        await client.post("/fapi/v1/order?id=7&client=x&name=bob")

        assert (await client.get("/fapi/v1/order?orderId=7&name=bob")).status == 400
        assert (await client.get("/fapi/v1/order?orderId=7&name=alice")).status == 200
