"""A signal service in this process, over a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from support.build import BTC, ETH, market
from tradepods_core.strategy.model import Strategy
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.adapters.http.app import Server, listen, make_app
from tradepods_signals.adapters.http.bounds import USUAL
from tradepods_signals.adapters.http.tls import Certificate
from tradepods_signals.engine.bans import BanBook
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.press import Press
from tradepods_signals.engine.service import Service
from tradepods_signals.engine.steering import Steering
from tradepods_signals.engine.tokens import HmacTokens, Tokens, issue
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.callers import Caller, Gate, Role
from tradepods_signals.ports.history import History
from tradepods_worker.adapters.clocks import WallClock

WALL = WallClock()
KEY_ID, KEY = "now", b"a key of a test, long enough to be one"


@dataclass(slots=True)
class Running:
    """A signal service without market data: a test publishes by its hub, or by its press into the history."""

    hub: Hub
    press: Press
    fleet: FleetBook
    steering: Steering
    bans: BanBook
    metrics: Metrics
    server: Server
    port: int
    serving: "asyncio.Task[None]"
    writing: "asyncio.Task[None]"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop it, and let go of its port."""
        self.hub.close()
        self.server.should_exit = True
        await self.serving
        self.writing.cancel()


def token(role: Role, name: str = "bob", *, namespace: str = "default", lasts: float = 3600.0, key: bytes = KEY) -> str:
    """A token in this role, for so many seconds."""
    caller = Caller(role=role, namespace=namespace, name=name)
    return issue(caller, key_id=KEY_ID, key=key, expires=WALL.now() + timedelta(seconds=lasts))


def bearer(role: Role, name: str = "bob", **given: str) -> dict[str, str]:
    """The header that shows one."""
    return {"Authorization": f"Bearer {token(role, name, **given)}"}  # type: ignore[arg-type]  # namespaces only


def make_gate() -> Gate:
    """Believes what `token` makes."""
    return Tokens(own=HmacTokens(keys=lambda: {KEY_ID: KEY}, now=WALL.now), cluster=None)


async def run_service(
    boot: str = "one",
    port: int = 0,
    bans: BanBook | None = None,
    *,
    gate: Gate | None = None,
    history: History | None = None,
    strategies: Iterable[Strategy] = (),
    seconds: Callable[[], float] = time.monotonic,
    certificate: Certificate | None = None,
    **bounds: float,
) -> Running:
    """Run one, on this port or a free one; with a gate it asks for tokens, `bounds` are those that aren't usual."""
    bounded = replace(USUAL, **bounds)  # type: ignore[arg-type]  # whole numbers where there are
    history = history or MemoryHistory(store=boot)
    kept = await history.open()
    hub, metrics = Hub(boot=kept.store, backlog=history), Metrics()
    hub.restore(oldest=kept.oldest, recent=kept.recent, newest=kept.newest)
    fleet = FleetBook(now=WALL.now, past=kept.totals)
    steering = Steering(
        hub=hub, history=history, now=WALL.now, halt=kept.halt, switched=kept.switched, changed=fleet.touch
    )
    steering.take(strategies)
    press = Press(hub=hub, history=history, metrics=metrics, sleep=asyncio.sleep)
    bans = bans or BanBook(now=WALL.now)
    service = Service(
        hub=hub,
        history=history,
        fleet=fleet,
        steering=steering,
        bans=bans,
        watched=lambda: [BTC],
        now=WALL.now,
        market_now=WALL.now,
    )
    service.learn({BTC: market(BTC), ETH: market(ETH)})
    sock = listen(host="127.0.0.1", port=port, port_file=None)
    app = make_app(service, metrics, gate=gate, seconds=seconds, bounds=bounded)
    server = Server(app, close_streams=hub.close, bounds=bounded, certificate=certificate)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    writing = asyncio.create_task(press.run())
    return Running(hub, press, fleet, steering, bans, metrics, server, sock.getsockname()[1], serving, writing)


@asynccontextmanager
async def served(**given: object) -> AsyncIterator[Running]:
    """One that asks for tokens, until the test is over."""
    running = await run_service(gate=make_gate(), **given)  # type: ignore[arg-type]  # as run_service has them
    try:
        yield running
    finally:
        await running.stop()
