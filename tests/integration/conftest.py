"""What the integration tests share: one demo day, run once and looked at from many sides."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest

from support.day import MARKER, Day
from tradepods_cli.local.demo import Demo, Options, Seen
from tradepods_cli.local.demo_data import choose


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day of the demo, with secrets that can be searched for."""
    output, secrets = tmp_path_factory.mktemp("day"), tmp_path_factory.mktemp("secrets")
    source = choose(None)
    shown: list[Seen] = []

    async def run() -> dict[str, Any]:
        options = Options(
            source=source, hours=24, seed=1, output=output, make_secret=lambda name: f"{MARKER}{name}-0123456789"
        )
        return await Demo(options, secrets=secrets, stop=asyncio.Event()).run(shown.append)

    report = asyncio.run(run())
    return Day(output=output, report=report, shown=tuple(shown), recorded=source.kind == "recorded")


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same day by the command, in a process of its own."""
    output = tmp_path_factory.mktemp("again")
    done = subprocess.run(
        [sys.executable, "-m", "tradepods_cli", "demo", "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((output / "report.json").read_text())
    return report
