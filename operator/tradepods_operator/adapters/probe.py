"""Health and metrics over HTTP, for the kubelet and Prometheus."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(
    *, host: str, port: int, health: Callable[[], str], readiness: Callable[[], str], metrics: Callable[[], bytes]
) -> AsyncIterator[int]:
    """Answer until the end of the block; gives the port. `health` and `readiness` say what is wrong, "" if nothing."""

    async def said(why: str) -> web.Response:
        return web.Response(status=503 if why else 200, text=f"{why or 'ok'}\n")

    async def healthz(_: web.Request) -> web.Response:
        return await said(health())

    async def readyz(_: web.Request) -> web.Response:
        return await said(readiness())

    async def figures(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", figures)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
