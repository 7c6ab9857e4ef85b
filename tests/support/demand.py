"""What a fleet asks of the exchange's market data: real processes through a replay, and the exchange's own journal."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from support.signal_service import WALL
from support.stage import ALWAYS, Json, Stage, bob, until
from tradepods_cli.local.access import KEY_ID, Access
from tradepods_core.book.events import CycleArrived
from tradepods_core.manifest import API_VERSION
from tradepods_core.times import Now
from tradepods_core.wire.fleet import Heartbeat, Tally
from tradepods_signals.engine.tokens import issue
from tradepods_signals.ports.callers import Caller
from tradepods_worker.adapters.feed_http import HttpFeed

LASTS = timedelta(hours=1)  # that a reader's token counts
TOP = 5
HOURLY = {"var": "price", "op": ">", "ref": {"var": "sma", "params": {"period": 20}, "timeframe": "1h"}}
NO_DEMAND = ("/fapi/v1/time", "/fapi/v1/ping")  # what a worker's clock asks is no market data


def ranked_strategy() -> Json:
    """A strategy on the most traded symbols that always buys, and reads two timeframes."""
    entry = {"side": "long", "type": "always", "when": {"any": [ALWAYS, HOURLY]}}
    spec = {"timeframe": "5m", "universe": {"top": TOP}, "entries": [entry]}
    return {"apiVersion": API_VERSION, "kind": "TradingStrategy", "metadata": {"name": "ranked"}, "spec": spec}


def paper_account(name: str, url: str) -> Json:
    """A dry run without keys."""
    found = bob(url, dryRun=True, acknowledgeLiveTrading=False)
    spec = {key: value for key, value in found["spec"].items() if key != "credentialsSecretRef"}
    return {**found, "metadata": {"name": name}, "spec": spec}


class Reader:
    """As much of a worker as the service sees of it: a stream that is read, and heartbeats."""

    def __init__(self, url: str, name: str, token: Path, *, now: Now) -> None:
        self._feed = HttpFeed(url=url, exchange="binanceusdm", namespace="default", name=name, wall=WALL, token=token)
        self._now = now
        self.last = ""

    async def read(self) -> None:
        """Without end."""
        async for event in self._feed.events():
            if isinstance(event, CycleArrived):
                self.last = event.cycle.id

    async def beat(self) -> None:
        """Once a second, without end."""
        nothing = Decimal(0)
        while True:
            tally = Tally(realized_pnl=nothing, fees=nothing)
            beat = Heartbeat(
                at=self._now(), dry_run=True, state="Running", settings_hash="a", equity=nothing, tally=tally
            )
            await self._feed.report(beat)
            await asyncio.sleep(1)

    async def close(self) -> None:
        """Leave."""
        await self._feed.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How often each endpoint that anybody may ask was asked, by whomever; what all accounts have entered."""

    asked: Counter[str]
    entries: int


async def demand(folder: Path, *, workers: int, readers: int = 0, hours: int = 1) -> Demand:
    """What real workers, and readers beside them, lead to in so many hours of a replay."""
    names = [f"w{number}" for number in range(workers)]
    stage = Stage(folder, hours=hours, names=names)
    try:
        await stage.start_exchange()
        await stage.start_fleet(*(paper_account(name, stage.exchange) for name in names), ranked_strategy())
        async with _reading(stage, [f"r{number}" for number in range(readers)]) as reading:
            await stage.until_ended()

            async def heard() -> bool:
                return len({"", *(reader.last for reader in reading)} - {""}) == bool(reading)

            await until(heard)
        return Demand(asked=Counter(await _asked(stage)), entries=await _entries(stage, names))
    finally:
        await stage.supervisor.stop_all()
        await stage.http.aclose()


async def _entries(stage: Stage, names: Sequence[str]) -> int:
    """What all workers have entered, once each has reported of the replay's last cycle."""
    shown = {"Authorization": f"Bearer {Access(stage.layout).person('reader').read_text('ascii')}"}
    found: dict[str, Json] = {}

    async def ask(path: str) -> Json:
        answer: Json = (await stage.http.get(f"{stage.signals}/v1/{path}", headers=shown)).raise_for_status().json()
        return answer

    async def reported() -> bool:
        last = (await ask("cycles/latest"))["id"]
        found.update({one["name"]: one["heartbeat"] for one in (await ask("fleet"))["accounts"]})
        return all(name in found and found[name]["lastCycle"] == last for name in names)

    await until(reported)
    return sum(int(found[name]["tally"]["entries"]) for name in names)


@asynccontextmanager
async def _reading(stage: Stage, names: Sequence[str]) -> AsyncIterator[Sequence[Reader]]:
    key = (Access(stage.layout).keys / KEY_ID).read_bytes()
    readers, tasks = [], []
    for name in names:
        caller = Caller(role="worker", namespace="default", name=name)
        token = stage.layout.secrets / f"{name}.token"
        token.write_text(issue(caller, key_id=KEY_ID, key=key, expires=WALL.now() + LASTS))
        readers.append(Reader(stage.signals, name, token, now=WALL.now))
    for reader in readers:
        tasks += [asyncio.create_task(reader.read()), asyncio.create_task(reader.beat())]
    yield readers
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for reader in readers:
        await reader.close()


async def _asked(stage: Stage) -> list[str]:
    """The paths of all requests for what anybody may know."""
    found: list[str] = []
    after, more = 0, True
    while more:
        page = await stage.get(f"/admin/journal?after={after}")
        found += [f"{one['method']} {one['path']}" for one in page if not one["customer"]]
        after, more = max((one["number"] for one in page), default=after), bool(page)
    return [one for one in found if one.partition(" ")[2] not in NO_DEMAND]
