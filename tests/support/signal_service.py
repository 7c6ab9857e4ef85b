"""A signal service in this process, over a real socket."""

import asyncio
from dataclasses import dataclass

from support.build import BTC, ETH, market
from tradepods_signals.adapters.http.app import Server, listen, make_app
from tradepods_signals.engine.bans import BanBook
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.service import Service
from tradepods_signals.metrics import Metrics
from tradepods_worker.adapters.clocks import WallClock

WALL = WallClock()


@dataclass(slots=True)
class Running:
    """A signal service without market data: a test publishes by its hub."""

    hub: Hub
    fleet: FleetBook
    bans: BanBook
    server: Server
    port: int
    serving: "asyncio.Task[None]"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop it, and let go of its port."""
        self.hub.close()
        self.server.should_exit = True
        await self.serving


async def run_service(boot: str = "one", port: int = 0, bans: BanBook | None = None) -> Running:
    """Run one, on this port or a free one."""
    hub, fleet, metrics = Hub(boot=boot), FleetBook(now=WALL.now), Metrics()
    bans = bans or BanBook(now=WALL.now)
    service = Service(
        hub=hub,
        fleet=fleet,
        bans=bans,
        strategies=(),
        watched=[BTC],
        now=WALL.now,
        market_now=WALL.now,
    )
    service.learn({BTC: market(BTC), ETH: market(ETH)})
    sock = listen(host="127.0.0.1", port=port, port_file=None)
    server = Server(make_app(service, metrics), close_streams=hub.close)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    return Running(hub, fleet, bans, server, sock.getsockname()[1], serving)
