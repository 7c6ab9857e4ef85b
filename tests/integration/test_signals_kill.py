"""kill -9 of the signal service at random moments: every subscriber sees every cycle once, in order."""

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import httpx_sse

from support.build import FIVE
from support.stage import Stage, bob, staged, strategy, until
from tradepods_cli.local.access import Access
from tradepods_core.wire.cycle import Cycle

BTC = "BTC/USDT:USDT"
HOURS, KILLS, READERS = 2, 2, 3


@dataclass(slots=True)
class Reader:
    """A subscriber that comes back with the last event id that it saw, as a worker does."""

    url: str
    token: str
    last: str | None = None
    resets: int = 0
    cycles: list[Cycle] = field(default_factory=list)

    async def run(self) -> None:
        """Without end."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError, httpx_sse.SSEError):
                    await self._connection(client)
                await asyncio.sleep(0.02)

    async def _connection(self, client: httpx.AsyncClient) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Last-Event-ID": self.last} if self.last else {})
        async with httpx_sse.aconnect_sse(client, "GET", "/v1/stream", headers=headers) as source:
            async for event in source.aiter_sse():
                self.last = event.id or self.last
                self.resets += event.event == "reset"
                if event.event == "cycle":
                    self.cycles.append(Cycle.model_validate_json(event.data))


async def _kill_at_random(stage: Stage, moments: random.Random) -> None:
    """Some steps later, and some milliseconds after that."""
    target = (await stage.get("/admin/market"))["step"] + moments.randrange(10, 100)

    async def reached() -> bool:
        market = await stage.get("/admin/market")
        return bool(market["step"] >= target or market["state"] == "ended")

    await until(reached)
    await asyncio.sleep(moments.random() * 0.02)
    await stage.kill("signals")


async def _kill_between_close_and_cycle(stage: Stage, readers: list[Reader]) -> None:
    """While the candles of a close are being read: the next run has to publish what this one has not."""

    async def begun() -> bool:
        return all(reader.cycles for reader in readers)

    await until(begun)
    await stage.arm(method="GET", path="/fapi/v1/klines", when="before")
    await stage.until_held()
    await stage.kill("signals")
    await stage.release()


async def _followed(stage: Stage, readers: list[Reader], moments: random.Random) -> None:
    """The whole replay, with the service killed again and again; then what is still on its way comes."""
    reading = [asyncio.create_task(reader.run()) for reader in readers]
    await _kill_between_close_and_cycle(stage, readers)
    for _ in range(KILLS):
        await _kill_at_random(stage, moments)
    await stage.until_ended()

    async def all_seen() -> bool:
        return len({reader.cycles[-1].close for reader in readers if reader.cycles}) == 1

    await until(all_seen)
    for task in reading:
        task.cancel()


async def test_every_subscriber_sees_every_cycle_once_and_in_order(tmp_path: Path) -> None:
    """Whatever the service was doing when it died: reading, storing or telling, its restart goes on from there."""
    async with staged(tmp_path, hours=HOURS) as stage:
        await stage.start_fleet(bob(stage.exchange), strategy(BTC))
        token = Access(stage.layout).person("reader").read_text()
        readers = [Reader(stage.signals, token) for _ in range(READERS)]
        await _followed(stage, readers, random.Random(7))

    closes = [[cycle.close for cycle in reader.cycles] for reader in readers]
    assert closes[0] == sorted(set(closes[0]))
    assert closes == [closes[0]] * READERS
    assert {later - earlier for earlier, later in itertools.pairwise(closes[0])} == {FIVE.length}
    assert closes[0][-1] - closes[0][0] >= timedelta(hours=HOURS) - 2 * FIVE.length
    assert [reader.resets for reader in readers] == [0] * READERS
