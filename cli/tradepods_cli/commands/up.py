"""`tradepods up DIR`: the signal service and one worker an account on this machine, supervised."""

import asyncio
import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from tradepods_cli import manifests
from tradepods_cli.exits import console, readable, say_error
from tradepods_cli.local import fleet_run
from tradepods_cli.local.access import Access
from tradepods_cli.local.client import Client
from tradepods_cli.local.edits import Edits
from tradepods_cli.local.fleet_checks import check, first_by_priority, running
from tradepods_cli.local.home_lock import taken
from tradepods_cli.local.layout import Layout, made, private_folder
from tradepods_cli.local.signals import stop_event, unless_told
from tradepods_cli.local.stopped import check_stopped
from tradepods_cli.local.supervisor import Supervisor
from tradepods_cli.local.table import accounts_table
from tradepods_cli.manifests import Fleet
from tradepods_core.errors import Permanent, Temporary
from tradepods_worker.adapters.clocks import WallClock

LOOK_EVERY = 1.0  # seconds


@readable
def up(
    folder: Annotated[Path, typer.Argument(help="Folder of TradingAccount, TradingStrategy and Secret manifests.")],
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the signal service; 0 takes a free one.")
    ] = 8080,
    state: Annotated[
        Path | None, typer.Option(help="Where ledgers and logs are kept; default: .tradepods in the folder.")
    ] = None,
    max_workers: Annotated[
        int | None, typer.Option(min=1, help="Most workers at once; the others wait, by their priority.")
    ] = None,
    steps: Annotated[str, typer.Option(help="URL of a replay in lock-step to take part in.", hidden=True)] = "",
) -> None:
    """Run every account of a folder on this machine.

    Everything is checked before anything starts. Settings that are edited meanwhile apply at once, where they are
    right. Programs that crash are started again; Ctrl-C stops all of them in order. Open positions keep their stops at
    the exchange meanwhile.
    """
    fleet = manifests.load(folder)
    check(fleet)
    capped, queued = first_by_priority(fleet, most=max_workers)
    for account in queued:
        console.print(f"queued: {account.key}, priority {account.spec.priority}", markup=False, highlight=False)
    home = made((state or (folder if folder.is_dir() else folder.parent) / ".tradepods").resolve())
    with taken(home), private_folder() as secrets:
        layout = Layout(home=home, secrets=secrets)
        check_stopped(fleet, layout)
        asyncio.run(_run(capped, layout, Edits(folder, fleet=fleet, layout=layout), port=port, steps=steps))


async def _run(fleet: Fleet, layout: Layout, edits: Edits, *, port: int, steps: str) -> None:
    stop, supervisor, access = stop_event(), Supervisor(), Access(layout)
    client = Client(token=access.person("reader"))
    starting = fleet_run.start_fleet(fleet, supervisor=supervisor, layout=layout, port=port, steps=steps, access=access)
    try:
        signals = await unless_told(stop, starting)
        if signals is not None:
            console.print(f"signal service: {signals}   logs: {layout.logs}   Ctrl-C stops all", highlight=False)
            renewing = functools.partial(access.renew, running(fleet))
            await _watch(fleet, supervisor, client, edits, signals=signals, stop=stop, renew=renewing)
    finally:
        with contextlib.suppress(OSError):  # a closed terminal
            console.print("stopping…")
        await supervisor.stop(fleet_run.worker_names(fleet))
        await supervisor.stop_all()
        await client.close()


async def _seen(client: Client, signals: str) -> RenderableType:
    """The accounts, and what the service waits for."""
    try:
        waiting = await client.not_ready(signals)
        table = accounts_table((await client.fleet(signals)).accounts)
    except Temporary as error:
        return Text(f"waiting: {error}", style="yellow")
    return Group(Text(f"waiting: {waiting}", style="yellow"), table) if waiting else table


async def _watch(
    fleet: Fleet,
    supervisor: Supervisor,
    client: Client,
    edits: Edits,
    *,
    signals: str,
    stop: asyncio.Event,
    renew: Callable[..., None],
) -> None:
    """Show the accounts until told to stop, and hand edits on; say what has ended for good. With nothing left, end."""
    said: set[str] = set()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not stop.is_set():
            for line in fleet_run.ended(supervisor, running(fleet)):
                if line not in said:
                    said.add(line)
                    say_error(line)
            if supervisor.running["signals"].ended or len(said) > len(running(fleet)) - 1:
                raise Permanent("nothing is left to run")
            edits.look()
            renew(now=WallClock().now())
            live.update(await _seen(client, signals), refresh=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await stop.wait()
