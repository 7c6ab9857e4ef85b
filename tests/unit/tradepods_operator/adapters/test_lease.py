"""The Lease, at an API server that keeps one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

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
        return web.json_response(self.body)

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
    election = LeaseElection(client, name="one", namespace="tradepods", identity="us")
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
    async with _leading(leases) as (election, _):
        await election.release()

        assert leases.holder is None
