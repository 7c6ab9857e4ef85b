"""`tradepods doctor` of a run on this machine."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from typer.testing import CliRunner

from support.build import WALL
from support.operated import heartbeat
from support.signal_service import run_service
from tradepods_cli.doctor import local
from tradepods_cli.main import app
from tradepods_core.wire.fleet import Condition, Digest


def _digest(name: str, *, seconds: int = 0, **changes: Any) -> Digest:
    said: Any = heartbeat("abc", **changes)
    return Digest(
        namespace="default",
        name=name,
        version=1,
        seen_at=WALL - timedelta(seconds=seconds),
        silent=False,
        heartbeat=said,
    )


def test_accounts_that_somebody_should_look_at_are_named() -> None:
    """One that is silent, one whose stop is missing; a halt is no failure."""
    bare = (Condition(type="Protected", status="False", reason="WithoutStop"),)
    halted = (Condition(type="TradingHalted", status="True", reason="Paused"),)
    digests = [
        _digest("alice"),
        _digest("bob", seconds=31),
        _digest("carol", conditions=bare),
        _digest("dave", conditions=halted),
    ]
    found = [(one.level, one.says) for one in local.accounts(digests, now=WALL)]

    assert found == [
        ("OK", "4 report"),
        ("FAIL", "default/bob was not heard of for 31 s"),
        ("FAIL", "default/carol: Protected is False: WithoutStop"),
        ("WARN", "default/dave: TradingHalted is True: Paused"),
    ]


async def test_a_run_is_looked_at_where_there_is_no_cluster() -> None:
    """Or where its service is named; one that answers but has no account is no failure."""
    running = await run_service()
    running.fleet.heard(namespace="default", name="alice", heartbeat=heartbeat("abc"))
    try:
        command = ["doctor", "--signals", running.url, "--output", "json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, command)
    finally:
        await running.stop()
    found = {one["check"]: one["result"] for one in json.loads(result.stdout)}

    assert found["signal service"] == "OK"
    assert found["accounts"] == "OK"
    assert result.exit_code == 0


def test_a_run_that_is_not_there_fails_with_the_way_to_start_one() -> None:
    """Without a kubeconfig it is what is looked for."""
    result = CliRunner().invoke(app, ["doctor", "--signals", "http://127.0.0.1:1"], env={"COLUMNS": "200"})

    assert result.exit_code == 1
    assert "FAIL" in result.stdout
    assert "tradepods up FOLDER" in result.stdout
