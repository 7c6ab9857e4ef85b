"""A worker's process, asked as a kubelet asks it: what is away makes it unready at most, never dead."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from support import build
from support.build import BTC
from support.disks import SmallDisk, small_disk
from tradepods_worker.adapters.market_cache import MarketCache

WITHIN = 90.0  # seconds: a deadline, never a wait
AWAY = "http://127.0.0.1:1"


@pytest.fixture
def port() -> int:
    """One that is free."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Where the worker's state is."""
    with small_disk(tmp_path / "state") as made:
        yield made


@asynccontextmanager
async def worker(folder: Path, port: int) -> AsyncIterator["asyncio.subprocess.Process"]:
    """A dry run whose signal service is away."""
    (folder / "settings.yaml").write_text(json.dumps(build.spec(dryRun=True)))
    command = ["-m", "tradepods_worker", "--name", "bob", "--settings", str(folder / "settings.yaml")]
    command += ["--state", str(folder / "state"), "--signals", AWAY, "--probe-port", str(port)]
    with (folder / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=log, stdout=log)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _until(port: int, path: str, status: int, said: str) -> httpx.Response:
    """Ask until it answers so."""
    async with asyncio.timeout(WITHIN), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                found = await client.get(f"http://127.0.0.1:{port}{path}")
                if (found.status_code, said in found.text) == (status, True):
                    return found
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_a_worker_that_waits_is_alive_and_not_ready(tmp_path: Path, port: int) -> None:
    """It says for whom; told to stop, it ends well."""
    async with worker(tmp_path, port) as process:
        await _until(port, "/readyz", 503, "reads the account, waits for signal service")
        await _until(port, "/healthz", 200, "ok")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN):
            assert await process.wait() == 0


async def test_a_worker_that_guards_is_ready_though_signals_are_away(tmp_path: Path, port: int) -> None:
    """Its lease is held and its account read; its figures are those of its heartbeat."""
    (tmp_path / "state").mkdir()
    MarketCache(tmp_path / "state" / "markets.json").keep({BTC: build.market()}, held=[BTC])
    async with worker(tmp_path, port):
        await _until(port, "/readyz", 200, "ok")
        found = await _until(port, "/metrics", 200, "tradepods_worker_equity 10000.0\n")

        assert 'tradepods_worker_condition{condition="SettingsApplied",status="True"' in found.text


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("how", ["full", "read-only"])
async def test_a_worker_without_room_lives_and_is_ready_once_there_is_some(
    tmp_path: Path, port: int, disk: SmallDisk, how: str, kept: bool
) -> None:
    """Whether it never had a ledger, waits for one on a disk that went read-only, or guards: it begins by itself."""
    MarketCache(disk.folder / "markets.json").keep({BTC: build.market()}, held=[BTC])
    if kept:
        async with worker(tmp_path, port):
            await _until(port, "/readyz", 200, "ok")
    lacks = "guards: the ledger can't be written" if kept and how == "full" else "waits for the account's lease"
    with ExitStack() as broken:
        broken.enter_context(disk.full() if how == "full" else disk.read_only())
        async with worker(tmp_path, port):
            await _until(port, "/readyz", 503, lacks)
            await _until(port, "/healthz", 200, "ok")
            broken.close()
            await _until(port, "/readyz", 200, "ok")
