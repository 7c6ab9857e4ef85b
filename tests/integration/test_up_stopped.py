"""`tradepods up` and an account that is Stopped while its ledger holds something live."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.documents import LIVE, Json, account, secret, strategy, written
from support.ledgers import long_bitcoin
from support.stage import WITHIN, until
from tradepods_cli.local.stopped import CONFIRM
from tradepods_worker.adapters.ledger.sql import LEDGER

NOWHERE = {"environment": "custom", "url": "http://127.0.0.1:9"}


def _up(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tradepods_cli", "up", str(folder), "--port", "0"]


def _written(folder: Path, bob: Json) -> None:
    alice, keys = account("alice", exchange=NOWHERE), secret("keys", {"apiKey": "k-0123", "apiSecret": "s-0123"})
    written(folder, alice=alice, bob=bob, keys=keys, swing=strategy())


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Alice runs; bob is Stopped, and long at the exchange by his ledger."""
    held = tmp_path / ".tradepods" / "accounts" / "default" / "bob"
    held.mkdir(parents=True)
    await long_bitcoin(held / LEDGER)
    _written(tmp_path, account("bob", exchange=NOWHERE, state="Stopped", **LIVE))
    return tmp_path


def test_an_unconfirmed_stop_is_refused_and_nothing_starts(folder: Path) -> None:
    """Nobody would follow the position: account, field, what is open, and what to do; exit code 2."""
    done = subprocess.run(_up(folder), capture_output=True, text=True, timeout=WITHIN, check=False)

    assert done.returncode == 2
    assert "default/bob: spec.state is Stopped: long BTC/USDT:USDT open: stops rest at the exchange" in done.stderr
    assert f'annotate it with {CONFIRM}: "true"' in done.stderr
    assert "signal service" not in done.stdout


async def test_a_confirmed_stop_goes_on(folder: Path) -> None:
    """The others run; the account that is Stopped gets no worker."""
    bob = account("bob", exchange=NOWHERE, state="Stopped", **LIVE)
    bob["metadata"]["annotations"] = {CONFIRM: "true"}
    _written(folder, bob)
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*_up(folder), stdout=output, stderr=output)

    async def serves() -> bool:
        return process.returncode is not None or "signal service: http" in log.read_text()

    await until(serves)
    runs = process.returncode is None
    logs = {file.name for file in (folder / ".tradepods" / "logs").iterdir()}
    if runs:
        process.send_signal(signal.SIGINT)
    code = await asyncio.wait_for(process.wait(), WITHIN)

    assert (runs, code) == (True, 0), log.read_text()
    assert not any("bob" in name for name in logs)
