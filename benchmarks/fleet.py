"""Thirty accounts through a day in lock-step: how long it takes, and whether their books agree with the exchange's."""

import asyncio
import secrets
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figures import Figure
from tradepods_cli.local.comparison import agrees
from tradepods_cli.local.demo import Demo, Options
from tradepods_cli.local.demo_data import choose
from tradepods_cli.local.layout import made

ACCOUNTS, HOURS = 30, 24
STEPS = HOURS * 60 * 4


async def measure(folder: Path) -> Iterable[Figure]:
    """One run with real processes."""
    options = Options(
        source=choose(None),
        hours=HOURS,
        seed=1,
        output=folder,
        make_secret=lambda _: secrets.token_hex(24),
        accounts=ACCOUNTS,
    )
    report = await Demo(options, secrets=made(folder / "secrets"), stop=asyncio.Event()).run(lambda _: None)
    found = report["accounts"]
    differ = sum(not agrees(entry) for entry in found)
    rss = [entry["rssMiB"] for entry in found if not entry["dryRun"]]
    return [
        Figure(name=f"{ACCOUNTS} accounts, {HOURS} h in lock-step", unit="s", samples=[report["wallSeconds"]]),
        Figure(name="one step, all programs", unit="ms", samples=[report["wallSeconds"] * 1000 / STEPS]),
        Figure(name="entries of all accounts", unit="", samples=[sum(entry["entries"] for entry in found)]),
        Figure(name="accounts whose books differ", unit="", samples=[differ]),
        Figure(name="worker, live: memory", unit="MiB", samples=rss),
    ]
