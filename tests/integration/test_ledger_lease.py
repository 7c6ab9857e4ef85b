"""Two worker processes of one account, its ledger in a database: the second one waits, and never says the password."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from support import build
from support.postgres import PASSWORD, Server

WITHIN = 30.0  # seconds: a deadline, never a wait


class Worker:
    """A worker's process, whose signal service is away: it gets no further than to wait for it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process, self._log = process, log

    def said(self) -> str:
        """All of its log."""
        return self._log.read_text("utf-8")

    def waits_for(self) -> list[str]:
        """What it has said that it waits for."""
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return [line["what"] for line in lines if line["event"] == "waiting"]

    async def told(self) -> int | None:
        """Its exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN):
            return await self.process.wait()


@asynccontextmanager
async def _worker(folder: Path, url: str) -> AsyncIterator[Worker]:
    folder.mkdir()
    (folder / "url").write_text(url)
    elsewhere = {"environment": "custom", "url": "http://127.0.0.1:1"}
    document = build.spec(exchange=elsewhere, ledger={"type": "postgresql", "secretRef": {"name": "db"}})
    (folder / "settings.yaml").write_text(json.dumps(document))
    command = ["-m", "tradepods_worker", "--name", "bob", "--settings", str(folder / "settings.yaml")]
    command += ["--state", str(folder / "state"), "--ledger", str(folder), "--signals", "http://127.0.0.1:1"]
    with (folder / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=log, stdout=log)
    try:
        yield Worker(process, folder / "log")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_second_worker_waits_for_the_first_ones_lease(postgres: Server, tmp_path: Path) -> None:
    """Told to stop while it waits, it ends; once the first one has ended, the next has the account at once."""
    url = postgres.database()
    async with _worker(tmp_path / "first", url) as first:
        await _until(lambda: "signal service" in first.waits_for())
        async with _worker(tmp_path / "second", url) as second:
            await _until(lambda: "ledger" in second.waits_for())
            assert await second.told() == 0
            assert second.waits_for() == ["ledger"]
        async with _worker(tmp_path / "third", url) as third:
            await _until(lambda: "ledger" in third.waits_for())
            assert await first.told() == 0
            await _until(lambda: "signal service" in third.waits_for())
            assert await third.told() == 0

    assert PASSWORD not in first.said() + second.said() + third.said()


async def test_a_worker_waits_for_a_database_that_takes_no_password_of_its(postgres: Server, tmp_path: Path) -> None:
    """Its log says why, and holds neither the password nor the URL."""
    url = postgres.database().replace(PASSWORD, "wrong-marker-4712")
    async with _worker(tmp_path / "first", url) as worker:
        await _until(lambda: "ledger" in worker.waits_for())
        assert await worker.told() == 0

    assert "password authentication failed" in worker.said()
    assert "wrong-marker-4712" not in worker.said()
