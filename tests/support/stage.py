"""Real processes on a stage: exchange, service and workers as they run in production, and a test that breaks them."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tradepods_cli import manifests
from tradepods_cli.local import comparison, demo_fleet, fleet_run, venue_books
from tradepods_cli.local.layout import Layout, made, write_private
from tradepods_cli.local.supervisor import Program, Supervisor
from tradepods_cli.manifests import Fleet
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import Accepted, PlaceOrder
from tradepods_core.manifest import API_VERSION

WITHIN = 60.0  # seconds: deadlines, never waits
LOCAL = "http://127.0.0.1"
ALWAYS = {"var": "price", "op": ">", "value": 0}
Json = dict[str, Any]


def strategy(*symbols: str) -> Json:
    """A strategy that buys at every cycle: tests need positions, not profit."""
    entry = {"side": "long", "type": "always", "when": {"all": [ALWAYS]}}
    spec = {"timeframe": "5m", "universe": {"top": 0, "include": list(symbols)}, "entries": [entry]}
    return _manifest("TradingStrategy", "always", spec)


def bob(url: str, **changes: Any) -> Json:
    """A live account on the simulator, with near targets."""
    spec = {
        "exchange": {"id": "binanceusdm", "environment": "custom", "url": url},
        "credentialsSecretRef": {"name": "bob-exchange"},
        "dryRun": False,
        "acknowledgeLiveTrading": True,
        "autoExit": True,
        "dca": {"enabled": False},
        "exitCooldownHours": 0,
        "long": {"takeProfitPct": 0.3, "stopLossPct": 0.3},
        **changes,
    }
    return _manifest("TradingAccount", "bob", spec)


def _manifest(kind: str, name: str, spec: Json) -> Json:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


class Stage:
    """An exchange on the synthetic market, the signal service, and bob's worker."""

    def __init__(self, folder: Path, *, hours: int, seed: int = 1, names: Sequence[str] = ("bob",)) -> None:
        self.layout = Layout(home=made(folder / "run"), secrets=made(folder / "secrets"))
        self.supervisor = Supervisor()
        self.http = httpx.AsyncClient(timeout=10.0, trust_env=False)
        self.exchange = self.signals = ""
        self.secrets = demo_fleet.secrets(lambda name: f"{name}-0123456789")
        self._hours, self._seed, self._names = hours, seed, names
        self.fleet: Fleet | None = None

    async def start_exchange(self) -> None:
        """The exchange; it waits until the service and all accounts take part."""
        customer = {"name": "bob", "balance": "10000", **self.secrets["bob-exchange"]}
        accounts = write_private(self.layout.secrets / "customers.json", json.dumps([customer]))
        port_file = self.layout.port_file("exchange")
        arguments = ["exchange", "--seed", str(self._seed), "--hours", str(self._hours), "--accounts", str(accounts)]
        participants = ",".join(["signals", *(f"default/{name}" for name in self._names)])
        arguments += ["--participants", participants, "--port-file", str(port_file)]
        program = Program(
            name="exchange",
            module="tradepods_simulator",
            arguments=tuple(arguments),
            log=self.layout.logs / "exchange.log",
            port_file=port_file,
        )
        await self.supervisor.start(program)
        self.exchange = f"{LOCAL}:{await self.supervisor.port('exchange', within=WITHIN)}"

    async def start_fleet(self, *documents: Json) -> None:
        """The service and one worker an account."""
        folder = made(self.layout.secrets / "manifests")
        demo_fleet.write(folder, [*documents, *demo_fleet.secret_manifests(self.secrets)])
        self.fleet = manifests.load(folder)
        self.signals = await fleet_run.start_fleet(
            self.fleet,
            supervisor=self.supervisor,
            layout=self.layout,
            port=0,
            steps=self.exchange,
            heartbeat=0.2,
        )

    async def get(self, path: str) -> Any:
        """What the exchange's admin says."""
        return (await self.http.get(f"{self.exchange}{path}")).raise_for_status().json()

    async def books(self) -> Json:
        """Bob's books at the exchange."""
        found: Json = await self.get("/admin/accounts/bob")
        return found

    async def arm(self, **fault: Any) -> None:
        """Arm a fault."""
        (await self.http.post(f"{self.exchange}/admin/faults", json=fault)).raise_for_status()

    async def release(self, *, drop: bool = False) -> None:
        """Let go of what is held."""
        await self.http.delete(f"{self.exchange}/admin/faults", params={"drop": str(drop).lower()})

    async def until_held(self) -> None:
        """Wait until a request is held."""

        async def held() -> bool:
            return bool((await self.get("/admin/faults"))["held"])

        await until(held)

    async def until_ended(self) -> None:
        """Wait until the replay is over."""

        async def ended() -> bool:
            return bool((await self.get("/admin/market"))["state"] == "ended")

        await until(ended)

    async def kill(self, name: str = "default/bob") -> None:
        """Kill -9; the supervisor starts the program again."""
        running = self.supervisor.running[name]
        before, running.crashes = running.pid, 0  # as if it were its first crash: it is started again at once
        self.supervisor.kill(name)

        async def again() -> bool:
            return self.supervisor.running[name].pid != before

        await until(again)

    async def protected(self) -> bool:
        """Whether bob holds a position, and each has a stop of its quantity resting."""
        books = await self.books()
        stops = {order["symbol"]: order["quantity"] for order in books["resting"] if order["kind"] == "stop_market"}
        held = {symbol: position["quantity"] for symbol, position in books["positions"].items()}
        return bool(held) and all(stops.get(symbol) == quantity for symbol, quantity in held.items())

    def born(self, name: str = "default/bob") -> datetime:
        """When a program's present process began, by the kernel's own count of hundredths of seconds."""
        fields = Path(f"/proc/{self.supervisor.running[name].pid}/stat").read_text().rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return datetime.now(UTC) - timedelta(seconds=age)

    async def facts(self) -> list[Fact]:
        """Bob's whole ledger, once his worker has stopped."""
        await self.supervisor.stop(["default/bob"])
        facts, ledger = await venue_books.facts_of(self.layout.home / "accounts" / "default" / "bob", "live")
        await ledger.close()
        return facts

    async def differences(self) -> Json:
        """Ledger against exchange."""
        facts = await self.facts()
        return comparison.compare(tuple(facts), venue_books.of_simulator(await self.books()))

    def log(self, name: str = "default.bob") -> list[Json]:
        """The JSON lines of a program's log."""
        lines = (self.layout.logs / f"{name}.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def stop_accepted_after(facts: Iterable[Fact], moment: datetime) -> datetime:
    """When the first position's stop was accepted by the venue; the moment, where that was before it."""
    facts = list(facts)
    position = next(fact.position for fact in facts if isinstance(fact, PlaceOrder) and fact.purpose == "stop")
    stops = {f.id for f in facts if isinstance(f, PlaceOrder) and f.purpose == "stop" and f.position == position}
    settled = (fact for fact in facts if isinstance(fact, IntentSettled) and fact.id in stops)
    return max(moment, min(fact.seen_at for fact in settled if isinstance(fact.outcome, Accepted)))


NO_DIFFERENCE = {"positions": 0, "fills": 0, "balance": "0"}


async def until(condition: Callable[[], Any], *, within: float = WITHIN) -> None:
    """Poll a condition until it holds; fail at the deadline."""
    async with asyncio.timeout(within):
        while not await condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def staged(folder: Path, *, hours: int, seed: int = 1) -> AsyncIterator[Stage]:
    """A stage with its exchange; everything is stopped in the end."""
    stage = Stage(folder, hours=hours, seed=seed)
    try:
        await stage.start_exchange()
        yield stage
    finally:
        await stage.supervisor.stop_all()
        await stage.http.aclose()
