"""Faults: a request is held at the very moment that a test asks for, and goes on or is lost."""

import asyncio
from typing import Literal

import pytest
from aiohttp import ClientError

from support.faulty_venue import FaultyVenue, answer
from tradepods_simulator.exchange.faults import Fault, Faults

ORDER = Fault(method="POST", path="/order", when="before")


@pytest.mark.parametrize(
    ("method", "path", "text", "caught"),
    [
        ("POST", "/order", "side=BUY", True),
        ("POST", "/order", "side=SELL", False),
        ("GET", "/order", "side=BUY", False),
        ("POST", "/orders", "side=BUY", False),
    ],
)
def test_a_fault_catches_what_it_names(method: str, path: str, text: str, caught: bool) -> None:
    """Method, path and a text within."""
    faults = Faults()
    faults.arm(Fault(method="POST", path="/order", contains="BUY", when="before"))

    assert (faults.match(method, path, text) is not None) is caught


def test_a_fault_catches_as_often_as_it_was_told() -> None:
    """Then requests pass."""
    faults = Faults()
    faults.arm(ORDER.model_copy(update={"count": 2}))

    assert [faults.match("POST", "/order", "") is not None for _ in range(3)] == [True, True, False]


def test_what_is_not_armed_catches_nothing() -> None:
    """Nor does what was released."""
    faults = Faults()
    assert faults.match("POST", "/order", "") is None

    faults.arm(ORDER)
    faults.release(drop=False)
    assert faults.match("POST", "/order", "") is None


async def test_a_request_held_before_is_not_acted_on_until_released() -> None:
    """Its sender waits meanwhile."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(ORDER)
        asked = asyncio.create_task(answer(client.post("/order", data="a")))
        await venue.held()
        assert venue.acted == []

        venue.faults.release(drop=False)
        assert await asked == (200, "done")
        assert venue.acted == ["a"]


async def test_a_request_dropped_before_is_lost() -> None:
    """The venue never acts on it, and its sender learns no outcome."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(ORDER)
        asked = asyncio.create_task(answer(client.post("/order", data="a")))
        await venue.held()
        venue.faults.release(drop=True)

        assert (await asked)[0] == 503
        assert venue.acted == []


async def test_a_request_held_after_has_been_acted_on() -> None:
    """Only the answer waits: the sender can be killed between the two."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(ORDER.model_copy(update={"when": "after"}))
        asked = asyncio.create_task(answer(client.post("/order", data="a")))
        await venue.held()
        assert venue.acted == ["a"]
        assert not asked.done()

        venue.faults.release(drop=False)
        assert await asked == (200, "done")


async def test_what_is_not_meant_passes_a_held_request() -> None:
    """One customer's fault holds nobody else."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(ORDER.model_copy(update={"contains": "alice"}))
        asked = asyncio.create_task(answer(client.post("/order", data="alice")))
        await venue.held()

        assert await answer(client.post("/order", data="bob")) == (200, "done")
        assert venue.acted == ["bob"]
        venue.faults.release(drop=False)
        await asked


async def test_a_query_is_looked_into_as_a_body_is() -> None:
    """Signed reads carry their parameters there."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(method="GET", path="/order", contains="origClientOrderId=x", when="before"))
        asked = asyncio.create_task(answer(client.get("/order?origClientOrderId=x")))
        await venue.held()
        venue.faults.release(drop=False)

        assert (await asked)[0] == 200


async def test_after_its_release_nothing_is_held() -> None:
    """The count is what a test waits for."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(ORDER.model_copy(update={"count": 2}))
        asked = [asyncio.create_task(answer(client.post("/order", data="a"))) for _ in range(2)]
        await venue.held(2)
        venue.faults.release(drop=False)
        assert venue.faults.held() == 0

        assert [status for status, _ in await asyncio.gather(*asked)] == [200, 200]


@pytest.mark.parametrize(("when", "acted"), [("before", []), ("after", ["a"])])
@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ({"status": 503}, 503, "<html>Bad Gateway</html>"),
        ({"status": 200}, 200, ""),
        ({"status": 408, "code": -1007}, 408, '{"code": -1007, "msg": "as the test asked"}'),
        ({"status": 429, "code": -1003, "text": "slow down"}, 429, '{"code": -1003, "msg": "slow down"}'),
    ],
)
async def test_another_answer_than_the_venues(
    when: str, acted: list[str], fault: dict[str, object], status: int, text: str
) -> None:
    """Whether the venue has acted, is the fault's to say."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault.model_validate({"path": "/order", "when": when, "does": "answer", **fault}))

        assert await answer(client.post("/order", data="a")) == (status, text)
        assert await answer(client.post("/order", data="b")) == (200, "done")
        assert venue.acted == [*acted, "b"]
        assert venue.faults.to_come() == 0


async def test_how_long_to_wait_is_in_the_answers_header() -> None:
    """As the venue says it with 429 and 418."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(does="answer", status=418, retry_after=7))
        refused = await client.post("/order", data="a")

        assert (refused.status, refused.headers["Retry-After"]) == (418, "7")


@pytest.mark.parametrize(("when", "acted"), [("before", []), ("after", ["a"])])
async def test_a_connection_that_drops_leaves_noanswer(when: Literal["before", "after"], acted: list[str]) -> None:
    """Its sender can't know."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(does="drop", when=when))
        with pytest.raises(ClientError):
            await client.post("/order", data="a")

        assert venue.acted == acted


async def test_a_delayed_request_is_acted_on_in_the_end() -> None:
    """Later."""
    venue = FaultyVenue()
    async with venue.open() as client:
        venue.faults.arm(Fault(does="delay", seconds=0.05))
        begun = asyncio.get_running_loop().time()

        assert await answer(client.post("/order", data="a")) == (200, "done")
        assert asyncio.get_running_loop().time() - begun >= 0.05
