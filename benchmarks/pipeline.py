"""One worker with its ledger on disk and its venue over real sockets: signal to order on the wire, fill to stop."""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.day import protected_after
from benchmarks.exchange import KEY, SECRET, simulator
from benchmarks.figures import Figure
from support.build import NOON, cycle, signal
from tradepods_core.book.events import CommandGiven, CycleArrived, MarksMoved
from tradepods_core.ids import DEFAULT_NAMESPACE, LOCAL_FLEET
from tradepods_core.settings.reading import read_account
from tradepods_core.wire.cycle import Cycle
from tradepods_simulator.exchange import synthetic
from tradepods_simulator.exchange.market import ReplayedMarket, choose_window
from tradepods_worker.adapters.clocks import ManualClock, WallClock
from tradepods_worker.adapters.feed_memory import MemoryFeed
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.bootstrap.account import Account
from tradepods_worker.bootstrap.garbage import keep_what_is_here
from tradepods_worker.bootstrap.parts import Parts, owner_of
from tradepods_worker.tasks.health import Health

ONE, SEVEN = 100, 20  # rounds
PAUSE = 1.0  # seconds a position: an entry is sent while a third of the minute's orders is not used up
WITHIN = 10.0  # seconds
ENTRY = "/fapi/v1/order"
COMMIT = 40_000  # bytes: those of the pages that seven entries change


async def measure(folder: Path) -> Iterable[Figure]:
    """Cycles of one signal, then cycles of seven."""
    history = synthetic.generate(seed=1, minutes=120)
    replay = ReplayedMarket(history, choose_window(history, hours=1))
    async with simulator(folder, "--speed", "1") as program:
        parts = _parts(folder, program.url, replay)
        lease = await parts.ledger.acquire(
            owner=owner_of(parts.options, parts.settings), holder="bench", now=parts.wall.now()
        )
        async with asyncio.TaskGroup() as group:
            account = Account(parts, lease, group)
            await account.begin()
            keep_what_is_here()
            bench = Bench(account, parts, replay)
            one = [figure async for figure in bench.figures("one signal", sorted(replay.markets)[:1], ONE)]
            seven = [figure async for figure in bench.figures("seven signals", sorted(replay.markets)[:7], SEVEN)]
            await account.close()
            for task in group._tasks:  # a worker has no other end
                task.cancel()
        await parts.ledger.close()
    return [*one, *seven, Figure(name="the disk alone: a commit's bytes, synced", unit="ms", samples=bench.synced)]


class Bench:
    """A worker, and what it sends and hears."""

    def __init__(self, account: Account, parts: Parts, replay: ReplayedMarket) -> None:
        self._account, self._parts, self._replay = account, parts, replay
        self._sent: list[float] = []
        self.synced: list[float] = []
        self._cycles = 0
        reported: Any = account.trading().venue
        self._listen(reported._wire._ccxt)

    def _listen(self, ccxt: Any) -> None:
        """Note when an opening order leaves: signed, and handed to the socket."""
        fetch = ccxt.fetch

        async def noted(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            if method == "POST" and url.partition("?")[0].endswith(ENTRY) and "reduceOnly" not in f"{url}{body}":
                self._sent.append(time.perf_counter())
            return await fetch(url, method, headers, body)

        ccxt.fetch = noted

    async def figures(self, name: str, symbols: Sequence[str], rounds: int) -> Any:
        """So many cycles, each entered, protected and closed."""
        before = len(await self._parts.ledger.book("live").history())
        waited = [waited for _ in range(rounds) for waited in await self._round(symbols)]
        facts = (await self._parts.ledger.book("live").history())[before:]
        yield Figure(name=f"{name}: heard -> order on the wire", unit="ms", samples=waited)
        yield Figure(name=f"{name}: fill heard -> stop accepted", unit="ms", samples=list(protected_after(facts)))

    async def _round(self, symbols: Sequence[str]) -> list[float]:
        self._cycles += 1
        close = NOON + timedelta(minutes=5 * self._cycles)
        market: Any = self._parts.market
        market.advance(300)
        prices = {symbol: self._replay.prices[symbol] for symbol in symbols}
        self._account.put(MarksMoved(at=close, marks=prices))
        await asyncio.sleep(0.05)
        signals = [signal(symbol, close=close, reference_price=prices[symbol]) for symbol in symbols]
        heard = cycle(*signals, close=close).model_dump_json(by_alias=True)
        self._sent.clear()
        begun = time.perf_counter()
        self._account.put(CycleArrived(cycle=Cycle.model_validate_json(heard)))
        await self._until(lambda: self._protected(len(symbols)))
        self._account.put(CommandGiven(id=f"bench/{self._cycles}", name="close", by="bench"))
        await self._until(lambda: not self._book().positions and not self._book().orders)
        await asyncio.sleep(PAUSE * len(symbols))
        self.synced.append(await asyncio.to_thread(_synced, self._parts.options.state))
        return [(sent - begun) * 1000 for sent in self._sent]

    def _book(self) -> Any:
        return self._account.trading().desk.book

    def _protected(self, count: int) -> bool:
        positions = self._book().positions.values()
        return len(positions) == count and all(position.naked_since is None for position in positions)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN):
            while not reached():  # noqa: ASYNC110 - what it waits for has no event
                await asyncio.sleep(0.01)


def _synced(folder: Path) -> float:
    """What a commit waits for at least, milliseconds: a slow moment of the disk is nobody's code."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(COMMIT))
        file.flush()
        begun = time.perf_counter()
        os.fsync(file.fileno())
        return (time.perf_counter() - begun) * 1000


def _parts(folder: Path, url: str, replay: ReplayedMarket) -> Parts:
    for name, value in (("apiKey", KEY), ("apiSecret", SECRET)):
        (folder / name).write_text(value, "utf-8")
    wall, market, feed = WallClock(), ManualClock(NOON), MemoryFeed(markets=replay.markets, clock=WallClock())
    document: Mapping[str, Any] = {
        "exchange": {"environment": "custom", "url": url},
        "credentialsSecretRef": {"name": "keys"},
        "dryRun": False,
        "acknowledgeLiveTrading": True,
        "autoExit": True,
        "dca": {"enabled": False},
        "entryPct": 1,
        "maxPositions": 20,
        "maxSlippagePct": 100,
        "exitCooldownHours": 0,
    }
    options = argparse.Namespace(
        state=folder,
        credentials=folder,
        proxy=None,
        steps="",
        name="bench",
        namespace=DEFAULT_NAMESPACE,
        fleet_id=LOCAL_FLEET,
    )
    doors: Any = {"feed": feed, "market": market, "health": Health(wall=wall)}
    ledger = SqlLedger(folder / LEDGER)
    return Parts(options=options, settings=read_account(document), ledger=ledger, wall=wall, **doors)
