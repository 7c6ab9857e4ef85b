"""The demo: a day of candles through every program of the system, in lock-step, and a report of what came out."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradepods_cli import manifests
from tradepods_cli.local import demo_fleet, fleet_run, pictures, report
from tradepods_cli.local.access import Access
from tradepods_cli.local.client import Client
from tradepods_cli.local.demo_data import MarketSource
from tradepods_cli.local.demo_outcome import Examiner
from tradepods_cli.local.demo_people import BALANCE, DEFAULT_COUNT
from tradepods_cli.local.layout import Layout, made, write_private
from tradepods_cli.local.signals import unless_told
from tradepods_cli.local.supervisor import Program, Supervisor
from tradepods_cli.manifests import Fleet
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.fleet import Digest

LOOK_EVERY = 0.25  # seconds
STUCK_AFTER = 90.0  # seconds without a step
STEP = 15.0  # seconds of market time between two steps of candles
SETTLES_WITHIN = 15.0  # seconds
CALM_LOOKS = 4  # in a row: a heartbeat is between them
HEARTBEAT = 0.5  # seconds: the table follows closely
STOPPED = "stopped before the day was over"
LOCAL = "http://127.0.0.1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person asked for; `make_secret` gives the demo's keys.

    Attributes:
        speed: market seconds a wall second; 0 is in lock-step, as fast as everyone acknowledges.

    """

    source: MarketSource
    hours: int
    seed: int
    output: Path
    make_secret: demo_fleet.MakeSecret
    accounts: int = DEFAULT_COUNT
    speed: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far the replay is."""

    market: Json
    digests: tuple[Digest, ...]


Show = Callable[[Seen], None]
Meet = Callable[[Fleet], None]


def no_introduction(fleet: Fleet) -> None:
    """Nobody wants to be told who trades."""
    del fleet


class Demo:
    """One run. Its programs are the supervisor's; whatever happens, they are stopped in the end."""

    def __init__(self, options: Options, *, secrets: Path, stop: asyncio.Event) -> None:
        self._options = options
        self._layout = Layout(home=made(options.output / "run"), secrets=secrets)
        self._supervisor = Supervisor()
        self._access = Access(self._layout)
        self._client = Client(token=self._access.person("reader"))
        self._stop = stop
        self._exchange = self._telegram = self._signals = ""

    async def run(self, show: Show, *, meet: Meet = no_introduction) -> Json:
        """Run the day; returns the report. Raises Permanent where it can't go on.

        `meet` hears of the fleet before the day begins, `show` of how far it is.
        """
        try:
            fleet = await unless_told(self._stop, self._start(meet))
            if fleet is None:
                raise Permanent(STOPPED)
            begun = time.monotonic()
            await self._replay(show)
            seconds = time.monotonic() - begun
            await self._settled(fleet)
            return await self._finish(fleet, seconds)
        finally:
            await self._supervisor.stop_all()
            await self._client.close()

    async def _start(self, meet: Meet) -> Fleet:
        secrets = demo_fleet.secrets(self._options.make_secret, count=self._options.accounts)
        await self._supervisor.start(self._telegram_program(secrets))
        await self._supervisor.start(self._exchange_program(secrets))
        self._telegram = f"{LOCAL}:{await self._supervisor.port('telegram')}"
        self._exchange = f"{LOCAL}:{await self._supervisor.port('exchange', within=120)}"
        fleet = await self._fleet(secrets)
        meet(fleet)
        self._signals = await fleet_run.start_fleet(
            fleet,
            supervisor=self._supervisor,
            layout=self._layout,
            port=0,
            steps="" if self._options.speed else self._exchange,
            heartbeat=HEARTBEAT,
            access=self._access,
        )
        return fleet

    async def _fleet(self, secrets: Any) -> Fleet:
        """The manifests are written for people to read, and read back as `tradepods up` does."""
        market = await self._client.json(f"{self._exchange}/admin/market")
        count = self._options.accounts
        documents = demo_fleet.accounts(
            exchange=self._exchange, telegram=self._telegram, count=count, symbols=market["names"]
        )
        documents += demo_fleet.strategy_manifests(market["names"])
        demo_fleet.write(self._options.output / "manifests", documents)
        private = made(self._layout.secrets / "manifests")
        demo_fleet.write(private, documents)
        text = "\n---\n".join(json.dumps(manifest) for manifest in demo_fleet.secret_manifests(secrets))
        write_private(private / "secrets.yaml", text)
        return manifests.load(private)

    def _exchange_program(self, secrets: Any) -> Program:
        count = self._options.accounts
        customers = [
            {"name": name, "balance": BALANCE, **secrets[f"{name}-exchange"]} for name in demo_fleet.live(count)
        ]
        accounts = write_private(made(self._layout.secrets) / "customers.json", json.dumps(customers))
        source = self._options.source.folder
        data = ["--seed", str(self._options.seed)] if source is None else ["--data", str(source)]
        arguments = ["exchange", *data, "--hours", str(self._options.hours), "--accounts", str(accounts)]
        if self._options.speed:
            arguments += ["--speed", f"{self._options.speed:g}"]
        else:
            workers = [f"default/{name}" for name in demo_fleet.names(count)]
            arguments += ["--participants", ",".join(["signals", *workers])]
        return self._simulator("exchange", arguments)

    def _telegram_program(self, secrets: Any) -> Program:
        names = demo_fleet.names(self._options.accounts)
        bots = [{"name": n, "token": secrets[f"{n}-telegram"]["botToken"]} for n in names]
        file = write_private(made(self._layout.secrets) / "bots.json", json.dumps(bots))
        transcript = self._options.output / "telegram.jsonl"
        return self._simulator("telegram", ["telegram", "--bots", str(file), "--transcript", str(transcript)])

    def _simulator(self, name: str, arguments: list[str]) -> Program:
        port_file = self._layout.port_file(name)
        return Program(
            name=name,
            module="tradepods_simulator",
            arguments=(*arguments, "--port-file", str(port_file)),
            log=self._layout.logs / f"{name}.log",
            port_file=port_file,
        )

    async def _replay(self, show: Show) -> None:
        """Watch until the last step is acknowledged; raises Permanent when it stops moving or a program ends."""
        step, moved = -1, time.monotonic()
        while True:
            market = await self._client.json(f"{self._exchange}/admin/market")
            show(Seen(market=market, digests=await self._digests()))
            if market["state"] == "ended":
                return
            step, moved = (market["step"], time.monotonic()) if market["step"] != step else (step, moved)
            self._check(market, stuck=time.monotonic() - moved > self._patience())
            await self._rest()

    async def _rest(self) -> None:
        """Until it is time to look again, or the person asks to stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await self._stop.wait()

    def _patience(self) -> float:
        """Seconds without a step after which the replay is stuck; a slow market takes its time between two."""
        return STUCK_AFTER + (STEP / self._options.speed if self._options.speed else 0)

    def _check(self, market: Json, *, stuck: bool) -> None:
        ended = [running.ended for running in self._supervisor.running.values() if running.ended]
        if ended:
            raise Permanent(ended[0])
        if self._stop.is_set():
            raise Permanent(STOPPED)
        if stuck:
            raise Permanent(f"the replay stands at step {market['step']}: waiting for {', '.join(market['missing'])}")

    async def _digests(self) -> tuple[Digest, ...]:
        try:
            return (await self._client.fleet(self._signals)).accounts
        except Temporary:
            return ()

    async def _settled(self, fleet: Fleet) -> None:
        """Where the market waited for nobody: until every worker has heard of its last fills, or for some seconds.

        In lock-step it has, or the last step would not be over.
        """
        if not self._options.speed:
            return
        examiner, deadline, calm = self._examiner(), time.monotonic() + SETTLES_WITHIN, 0
        while calm < CALM_LOOKS and time.monotonic() < deadline and not self._stop.is_set():
            await self._rest()
            calm = calm + 1 if await examiner.settled(await self._digests(), expected=len(fleet.accounts)) else 0

    def _examiner(self) -> Examiner:
        return Examiner(client=self._client, layout=self._layout, exchange=self._exchange, telegram=self._telegram)

    async def _finish(self, fleet: Fleet, seconds: float) -> Json:
        """Stop the workers, so that their ledgers are at rest, then compare them with the exchange's books."""
        await self._supervisor.stop(fleet_run.worker_names(fleet))
        market = await self._client.json(f"{self._exchange}/admin/market")
        metrics = await self._client.text(f"{self._signals}/metrics")
        outcome = await self._examiner().examine(await self._digests(), fleet.accounts, market=market)
        result: Json = {
            "market": {
                "source": self._options.source.kind,
                "symbols": market["symbols"],
                "candles": market["symbols"] * market["minutes"],
                "from": market["from"],
                "to": market["to"],
            },
            "cycles": report.cycles(metrics),
            "wallSeconds": round(seconds, 1),
            **outcome.report(expected=self._options.accounts),
            "signalService": report.service(metrics, market["publicRequests"]),
        }
        file = self._options.output / "report.json"
        file.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        await asyncio.to_thread(pictures.draw, self._options.output, outcome.portraits)
        return result
