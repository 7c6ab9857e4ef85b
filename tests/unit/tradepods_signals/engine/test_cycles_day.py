"""A day's cycles are the same bytes in any process."""

import json
import os
import subprocess
import sys
from pathlib import Path

from support import cycles_day

TESTS = Path(__file__).parents[3]


async def test_a_day_of_cycles_is_the_same_bytes_in_every_process() -> None:
    """Of every variable, whatever order a process gives its sets; and none of them is late or empty of values."""
    own = await cycles_day.bodies()

    assert len(own) == cycles_day.DAY
    assert cycles_day.digest(own) == _other_process("77")
    last = json.loads(own[-1])
    assert (last["late"], last["missing"]) == ([], [])
    assert {len(values) for values in last["variables"].values()} == {2 * len(cycles_day.strategies())}
    assert sum(len(json.loads(body)["signals"]) for body in own) > cycles_day.DAY


def _other_process(seed: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-m", "support.cycles_day"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return done.stdout.splitlines()[-1]
