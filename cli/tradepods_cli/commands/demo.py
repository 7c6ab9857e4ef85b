"""`tradepods demo`: see the whole system trade a day of candles in a minute."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tradepods_cli.exits import FAILED, console, readable, say_error
from tradepods_cli.local.demo import Demo, Options, Seen
from tradepods_cli.local.demo_data import choose
from tradepods_cli.local.demo_folder import cleaned
from tradepods_cli.local.demo_people import DEFAULT_COUNT, introduced
from tradepods_cli.local.layout import private_folder
from tradepods_cli.local.report import summary
from tradepods_cli.local.signals import stop_event
from tradepods_cli.local.table import accounts_table, money_table, trades_table
from tradepods_cli.manifests import Fleet

MOST_ACCOUNTS = 99
MOST_HOURS = 24 * 366
MOST_SPEED = 600
SAY_EVERY_STEPS = 240  # an hour of the market, where there is no terminal to draw on
WRITTEN = "report.json, equity*.png, manifests/, telegram.jsonl, run/logs/"


@readable
def demo(
    *,
    data: Annotated[
        Path | None, typer.Option(help="Folder of recorded candles (default: TRADEPODS_DATA, then ../shared/data).")
    ] = None,
    accounts: Annotated[
        int, typer.Option(min=2, max=MOST_ACCOUNTS, help="How many; all but the first trade live.")
    ] = DEFAULT_COUNT,
    hours: Annotated[
        int, typer.Option(min=1, max=MOST_HOURS, help="Length of the replay, as far as the candles go.")
    ] = 24,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic market, where no candles are found.")] = 1,
    speed: Annotated[
        float,
        typer.Option(
            min=0,
            max=MOST_SPEED,
            help="Market seconds a second, waiting for nobody; 0: in lock-step, which is repeatable, and fastest.",
        ),
    ] = 0,
    output: Annotated[Path, typer.Option(help="Where report, pictures, manifests and logs go.")] = Path("demo-output"),
) -> None:
    """Replay a day of candles: one signal service, its accounts, every order on a simulated exchange.

    alice trades on paper, all others live on the simulator, each in a way of their own. Afterwards every account's
    ledger is compared with the exchange's books; the command ends with 1 where anything differs. Nothing leaves this
    machine.
    """
    source = choose(data)
    console.print(f"market: {source.says}", highlight=False, soft_wrap=True)
    options = Options(
        source=source,
        hours=hours,
        seed=seed,
        output=output.resolve(),
        make_secret=lambda _: secrets.token_hex(24),
        accounts=accounts,
        speed=speed,
    )
    with cleaned(output), private_folder() as private:
        broken = asyncio.run(_run(options, private))
    if broken:
        raise typer.Exit(FAILED)


async def _run(options: Options, private: Path) -> list[str]:
    """What does not hold in the end, as it was said."""
    display = Display()
    run = Demo(options, secrets=private, stop=stop_event())
    with Live(display.group, console=console, auto_refresh=False, transient=True) as live:
        result = await run.run(lambda seen: display.show(seen, live), meet=_introduce)
    for line in summary(result):
        console.print(line, highlight=False, soft_wrap=True)
    for table in (trades_table, money_table):
        console.print()
        console.print(table(result["accounts"], result["total"]))
    console.print(f"\nin {_shown(options.output)}: {WRITTEN}", highlight=False)
    broken: list[str] = result["broken"]
    for line in broken:
        say_error(line)
    return broken


def _introduce(fleet: Fleet) -> None:
    for line in introduced(fleet):
        console.print(line, highlight=False, soft_wrap=True)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


class Display:
    """A progress bar over market time, and the accounts' table; a line an hour where there is no terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(40), TaskProgressColumn(), TimeElapsedColumn()
        )
        self._task = self._progress.add_task("starting", total=None)
        self._said = -SAY_EVERY_STEPS
        self.group = Group(self._progress)

    def show(self, seen: Seen, live: Live) -> None:
        """Draw what is known now."""
        market = seen.market
        done = market["step"] + (market["state"] == "ended")
        waiting = f", waiting for {', '.join(market['missing'])}" if market["waitingSeconds"] > 1 else ""
        description = market["now"] if market["state"] != "waiting" else "starting"
        self._progress.update(self._task, description=f"{description}{waiting}", completed=done, total=market["steps"])
        if console.is_terminal:
            live.update(Group(self._progress, accounts_table(seen.digests)), refresh=True)
        elif market["state"] == "running" and market["step"] >= self._said + SAY_EVERY_STEPS:
            self._said = market["step"]
            console.print(f"{market['now']}: {_line(seen)}", highlight=False, soft_wrap=True)


def _line(seen: Seen) -> str:
    parts = [
        f"{digest.name} {digest.heartbeat.equity:.2f} ({len(digest.heartbeat.positions)} open)"
        for digest in sorted(seen.digests, key=lambda digest: digest.name)
    ]
    return ", ".join(parts) or "starting"
