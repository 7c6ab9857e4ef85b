"""What the integration tests share: demo days, run once and looked at from many sides."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from support.day import MARKER, Day, command
from tradepods_cli.local.demo import Demo, Options, Seen
from tradepods_cli.local.demo_data import choose

SHORT = 4  # hours


def _run(output: Path, secrets: Path, *, hours: int) -> Day:
    source = choose(None)
    shown: list[Seen] = []

    async def run() -> dict[str, Any]:
        options = Options(
            source=source, hours=hours, seed=1, output=output, make_secret=lambda name: f"{MARKER}{name}-0123456789"
        )
        return await Demo(options, secrets=secrets, stop=asyncio.Event()).run(shown.append)

    report = asyncio.run(run())
    return Day(output=output, report=report, shown=tuple(shown), recorded=source.kind == "recorded")


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day of the demo, with secrets that can be searched for."""
    return _run(tmp_path_factory.mktemp("day"), tmp_path_factory.mktemp("secrets"), hours=24)


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Some hours of the demo."""
    return _run(tmp_path_factory.mktemp("morning"), tmp_path_factory.mktemp("secrets"), hours=SHORT)


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same hours by the command, in a process of its own."""
    output = tmp_path_factory.mktemp("again")
    done = command("--hours", str(SHORT), "--output", str(output))
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((output / "report.json").read_text())
    return report
