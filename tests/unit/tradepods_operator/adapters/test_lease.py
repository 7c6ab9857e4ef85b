"""The Lease, at an API server that keeps one."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from tradepods_operator.adapters.lease import LeaseElection

PATH = "/apis/coordination.k8s.io/v1/namespaces/tradepods/leases"


class Leases:
    """A server of one Lease."""

    def __init__(self) -> None:
        self.body: dict[str, Any] | None = None
        self.read_since = 0
        self.renewed = 200
        self.asked: Counter[tuple[str, str]] = Counter()  # by verb and status code, as the candidate has counted

    def count(self, verb: str, resource: str, code: str) -> None:
        """The candidate has asked something."""
        assert resource == "leases"
        self.asked[verb, code] += 1

    def app(self) -> web.Application:
        """What it answers."""
        app = web.Application()
        app.add_routes([web.get(f"{PATH}/one", self._read), web.put(f"{PATH}/one", self._write)])
        app.add_routes([web.post(PATH, self._write), web.patch(f"{PATH}/one", self._merge)])
        return app

    @property
    def holder(self) -> str | None:
        """Who leads."""
        return None if self.body is None else self.body["spec"]["holderIdentity"]

    def give(self, holder: str) -> None:
        """Another one has taken it, as its time was over."""
        assert self.body is not None
        self.body["spec"]["holderIdentity"] = holder
        self.read_since = 0

    async def _read(self, _: web.Request) -> web.Response:
        self.read_since += 1
        if self.body is None:
            return web.json_response({"code": 404}, status=404)
        return web.json_response(self.body)

    async def _write(self, request: web.Request) -> web.Response:
        self.body = await request.json()
        return web.json_response(self.body, status=self.renewed if request.method == "PUT" else 201)

    async def _merge(self, request: web.Request) -> web.Response:
        assert self.body is not None
        self.body["spec"] |= json.loads(await request.text())["spec"]
        return web.json_response(self.body)


@asynccontextmanager
async def _leading(leases: Leases) -> AsyncIterator[tuple[LeaseElection, "asyncio.Task[None]"]]:
    """A candidate that leads."""
    runner = web.AppRunner(leases.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = ApiClient(Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}"))
    election = LeaseElection(client, name="one", namespace="tradepods", identity="us", count=leases.count)
    leads = asyncio.Event()
    running = asyncio.create_task(election.run(leading=leads.set))
    try:
        async with asyncio.timeout(10):
            await leads.wait()
        yield election, running
    finally:
        running.cancel()
        await asyncio.wait({running})
        await client.close()
        await runner.cleanup()


async def test_a_leader_that_finds_another_one_in_its_place_ends_at_once() -> None:
    """A process that stood still for a while: by its next reading, not after seconds of trying to renew."""
    leases = Leases()
    async with _leading(leases) as (election, running):
        assert leases.holder == "us"
        leases.give("them")
        async with asyncio.timeout(10):
            await running
        await election.release()

    assert leases.read_since == 1
    assert leases.holder == "them"


async def test_a_leader_that_is_told_to_stop_lets_go_of_the_lease() -> None:
    """The next one need not wait for its end."""
    leases = Leases()
    async with _leading(leases) as (election, running):
        running.cancel()  # as an operator does first: what is let go is not to be renewed
        await asyncio.wait({running})
        await election.release()

        assert leases.holder is None


@pytest.mark.parametrize("renewed", [200, 409])
async def test_each_request_for_the_lease_is_counted_by_verb_and_code(renewed: int) -> None:
    """A refusal too, which the library keeps to itself: most of what an idle operator asks are these."""
    leases = Leases()
    leases.renewed = renewed
    async with _leading(leases) as (election, _):
        async with asyncio.timeout(10):
            while not leases.asked["PUT", str(renewed)]:
                await asyncio.sleep(0)
        await election.release()

    for asked in (("GET", "404"), ("POST", "201"), ("GET", "200"), ("PUT", str(renewed)), ("PATCH", "200")):
        assert leases.asked.pop(asked) == 1
    assert not leases.asked


async def test_a_request_for_the_lease_that_nobody_answers_is_counted_as_away() -> None:
    """As the other ones are."""
    asked: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()

    def count(verb: str, resource: str, code: str) -> None:
        asked.put_nowait((verb, resource, code))

    client = ApiClient(Configuration(host="http://127.0.0.1:1"))
    election = LeaseElection(client, name="one", namespace="tradepods", identity="us", count=count)
    running = asyncio.create_task(election.run(leading=asyncio.Event().set))
    async with asyncio.timeout(10):
        assert await asked.get() == ("GET", "leases", "away")
    running.cancel()
    await asyncio.wait({running})
    await client.close()
