"""`tradepods up`, edited while it runs: a worker takes on what is right, and nothing else."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from support.documents import account, strategy, written
from support.servers import serving
from support.stage import WITHIN, until
from support.tokens import shown
from tradepods_core.wire.fleet import Fleet


async def _hash(log: Path) -> str:
    """The hash of the settings in force, as the worker tells it; "" before it does."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("signal service: ")]
    if not lines:
        return ""
    url = lines[0].split()[2]
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/v1/fleet", headers=shown(url))
    accounts = Fleet.model_validate_json(answer.content).accounts
    return accounts[0].heartbeat.settings_hash if accounts else ""


@asynccontextmanager
async def _up(folder: Path, log: Path) -> AsyncIterator[None]:
    """`tradepods up`, until Ctrl-C; it ends well."""
    command = [sys.executable, "-m", "tradepods_cli", "up", str(folder), "--port", "0"]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), WITHIN) == 0


async def test_an_edit_reaches_the_worker_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    """Nothing is started again; what is wrong is said with file and path."""
    folder, log, seen = tmp_path / "fleet", tmp_path / "log", [""]
    folder.mkdir()

    async def another() -> bool:
        found = await _hash(log)
        new = found not in seen
        seen.extend([found] * new)
        return new

    async def refused() -> bool:
        return "bob.yaml: spec.leverage is 700: a whole number" in log.read_text()

    async with serving() as served:
        exchange = {"environment": "custom", "url": served.url}
        written(folder, bob=account(exchange=exchange), swing=strategy())
        async with _up(folder, log):
            await until(another)
            written(folder, bob=account(exchange=exchange, leverage=700))
            await until(refused)
            kept = await _hash(log) == seen[1]
            written(folder, bob=account(exchange=exchange, leverage=7))
            await until(another)

    assert kept
    assert ("default/bob: leverage 10 -> 7" in log.read_text(), "restarting" in log.read_text()) == (True, False)
