"""The demo: a day of candles through every program of the system, in lock-step, and a report of what came out."""

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradepods_cli import manifests
from tradepods_cli.local import demo_fleet, fleet_run, report, venue_books
from tradepods_cli.local.client import Client
from tradepods_cli.local.demo_data import MarketSource
from tradepods_cli.local.home_lock import is_ours, taken
from tradepods_cli.local.layout import Layout, made, write_private
from tradepods_cli.local.signals import unless_told
from tradepods_cli.local.supervisor import Program, Supervisor
from tradepods_cli.manifests import Fleet
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.fleet import Digest

LOOK_EVERY = 0.25  # seconds
STUCK_AFTER = 90.0  # seconds without a step
HEARTBEAT = 0.5  # seconds: the table follows closely
STOPPED = "stopped before the day was over"
LOCAL = "http://127.0.0.1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person asked for; `make_secret` gives the demo's keys."""

    source: MarketSource
    hours: int
    seed: int
    output: Path
    make_secret: demo_fleet.MakeSecret
    accounts: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far the replay is."""

    market: Json
    digests: tuple[Digest, ...]


Show = Callable[[Seen], None]


class Demo:
    """One run. Its programs are the supervisor's; whatever happens, they are stopped in the end."""

    def __init__(self, options: Options, *, secrets: Path, stop: asyncio.Event) -> None:
        self._options = options
        self._layout = Layout(home=made(options.output / "run"), secrets=secrets)
        self._supervisor = Supervisor()
        self._client = Client()
        self._stop = stop
        self._exchange = self._telegram = self._signals = ""

    async def run(self, show: Show) -> Json:
        """Run the day; returns the report. Raises Permanent where it can't go on."""
        try:
            fleet = await unless_told(self._stop, self._start())
            if fleet is None:
                raise Permanent(STOPPED)
            begun = time.monotonic()
            await self._replay(show)
            seconds = time.monotonic() - begun
            return await self._finish(fleet, seconds)
        finally:
            await self._supervisor.stop_all()
            await self._client.close()

    async def _start(self) -> Fleet:
        secrets = demo_fleet.secrets(self._options.make_secret, count=self._options.accounts)
        await self._supervisor.start(self._telegram_program(secrets))
        await self._supervisor.start(self._exchange_program(secrets))
        self._telegram = f"{LOCAL}:{await self._supervisor.port('telegram')}"
        self._exchange = f"{LOCAL}:{await self._supervisor.port('exchange', within=120)}"
        fleet = await self._fleet(secrets)
        self._signals = await fleet_run.start_fleet(
            fleet,
            supervisor=self._supervisor,
            layout=self._layout,
            port=0,
            steps=self._exchange,
            heartbeat=HEARTBEAT,
        )
        return fleet

    async def _fleet(self, secrets: Any) -> Fleet:
        """The manifests are written for people to read, and read back as `tradepods up` does."""
        market = await self._client.json(f"{self._exchange}/admin/market")
        count = self._options.accounts
        documents = demo_fleet.accounts(exchange=self._exchange, telegram=self._telegram, count=count)
        documents.append(demo_fleet.strategy(market["names"]))
        demo_fleet.write(self._options.output / "manifests", documents)
        private = made(self._layout.secrets / "manifests")
        demo_fleet.write(private, documents)
        text = "\n---\n".join(json.dumps(manifest) for manifest in demo_fleet.secret_manifests(secrets))
        write_private(private / "secrets.yaml", text)
        return manifests.load(private)

    def _exchange_program(self, secrets: Any) -> Program:
        count = self._options.accounts
        customers = [
            {"name": name, "balance": demo_fleet.BALANCE, **secrets[f"{name}-exchange"]}
            for name in demo_fleet.live(count)
        ]
        accounts = write_private(made(self._layout.secrets) / "customers.json", json.dumps(customers))
        source = self._options.source.folder
        data = ["--seed", str(self._options.seed)] if source is None else ["--data", str(source)]
        arguments = ["exchange", *data, "--hours", str(self._options.hours), "--accounts", str(accounts)]
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
            self._check(market, stuck=time.monotonic() - moved > STUCK_AFTER)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._stop.wait()

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

    async def _finish(self, fleet: Fleet, seconds: float) -> Json:
        """Stop the workers, so that their ledgers are at rest, then compare them with the exchange's books."""
        await self._supervisor.stop(fleet_run.worker_names(fleet))
        market = await self._client.json(f"{self._exchange}/admin/market")
        metrics = await self._client.text(f"{self._signals}/metrics")
        digests = sorted(await self._digests(), key=lambda digest: digest.name)
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
            "accounts": [await self._account(digest) for digest in digests],
            "signalService": report.service(metrics, market["publicRequests"]),
        }
        file = self._options.output / "report.json"
        file.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        return result

    async def _account(self, digest: Digest) -> Json:
        home = self._layout.home / "accounts" / digest.namespace / digest.name
        facts, ledger = await venue_books.facts_of(home, "paper" if digest.heartbeat.dry_run else "live")
        try:
            if digest.heartbeat.dry_run:
                books = await venue_books.of_paper(ledger, digest)
            else:
                answer = await self._client.json(f"{self._exchange}/admin/accounts/{digest.name}")
                books = venue_books.of_simulator(answer)
        finally:
            await ledger.close()
        said = await self._client.json(f"{self._telegram}/admin/transcript?bot={digest.name}")
        return report.account(digest, facts, books, notifications=len(said))


@contextlib.contextmanager
def cleaned(output: Path) -> Iterator[None]:
    """The demo's own folder, held by one demo at a time, without what an earlier one left there.

    Raises Permanent where it is another's: a folder that no demo has held, with files that would be taken away.
    """
    made(output)
    ours = [output / name for name in ("run", "manifests", "report.json", "telegram.jsonl")]
    if not is_ours(output) and any(place.exists() for place in ours):
        raise Permanent(f"{output} was not made by the demo, which would take files away there: name another --output")
    with taken(output):
        for place in ours:
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        yield
