"""A worker killed between fill and stop: how long until its position is protected again."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from benchmarks.figures import Figure
from support.stage import Stage, bob, staged, stop_accepted_after, strategy, until

KILLS = 5
SYMBOL = "BTC/USDT:USDT"


async def measure(folder: Path) -> Iterable[Figure]:
    """From the new process's birth, and from its first line of log, to the acceptance of the stop."""
    spawned, started = [], []
    for number in range(KILLS):
        async with staged(folder / str(number), hours=1) as stage:
            await stage.arm(method="POST", path="/fapi/v1/algoOrder", contains="STOP_MARKET", when="before")
            await stage.start_fleet(bob(stage.exchange), strategy(SYMBOL))
            await stage.until_held()
            await stage.kill()
            born = stage.born()
            await stage.release(drop=True)
            await until(stage.protected)
            said = _starting(stage)
            accepted = stop_accepted_after(await stage.facts(), born)
            spawned.append((accepted - born).total_seconds() * 1000)
            started.append((accepted - said).total_seconds() * 1000)
    return [
        Figure(name="killed: new process -> stop accepted", unit="ms", samples=spawned),
        Figure(name="of that, after Python has imported it", unit="ms", samples=started),
    ]


def _starting(stage: Stage) -> datetime:
    return max(datetime.fromisoformat(line["timestamp"]) for line in stage.log() if line["event"] == "starting")
