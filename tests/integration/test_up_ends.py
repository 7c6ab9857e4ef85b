"""However `tradepods up` ends, its programs do not go on without it."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.documents import account, strategy, written
from support.stage import until

WITHIN = 60.0


def _parents() -> dict[int, list[int]]:
    """Living processes by their parent."""
    found: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except (OSError, ValueError):
            continue
        if not lines["State"].startswith("Z"):
            found.setdefault(int(lines["PPid"]), []).append(int(status.parent.name))
    return found


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """`up` on a terminal, with its service and its worker running; and the terminal's other end."""
    alice = account("alice", exchange={"id": "binanceusdm", "environment": "custom", "url": "http://127.0.0.1:9"})
    folder = written(tmp_path, a=alice, b=strategy())
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tradepods_cli", "up", str(folder), "--port", "0",
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)

    async def both_run() -> bool:
        return len(_parents().get(process.pid, [])) == 2

    await until(both_run, within=WITHIN)
    yield process, ours
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_a_closed_terminal_stops_everything(terminal: tuple[asyncio.subprocess.Process, int]) -> None:
    """Nothing can be printed any more, and all the same each program is stopped in order."""
    process, ours = terminal
    children = _parents()[process.pid]
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    await asyncio.wait_for(process.wait(), WITHIN)

    assert not any(Path(f"/proc/{child}").exists() for child in children)


async def test_a_supervisor_that_is_killed_takes_its_programs_along(
    terminal: tuple[asyncio.subprocess.Process, int],
) -> None:
    """The kernel tells them: what nobody supervises must not trade. Stops rest at the exchange meanwhile."""
    process, ours = terminal
    children = _parents()[process.pid]
    process.kill()
    await process.wait()

    async def gone() -> bool:
        return not any(Path(f"/proc/{child}").exists() for child in children)

    await until(gone, within=WITHIN)
    os.close(ours)
