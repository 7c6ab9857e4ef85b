"""`tradepods signals`: follow the running signal service, look at a cycle, ask why something fired or did not."""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from tradepods_cli.exits import console, readable, say_warning
from tradepods_cli.local.layout import write_private
from tradepods_cli.signals import tables
from tradepods_cli.signals.explaining import explained
from tradepods_cli.signals.service import ServiceClient
from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_core.ids import DEFAULT_NAMESPACE, cycle_id
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import Halt, PublishedStrategy, StrategyInForce
from tradepods_signals.engine.tokens import SHORTEST_KEY, issue
from tradepods_signals.ports.callers import Caller, Role
from tradepods_worker.adapters.clocks import WallClock

app = typer.Typer(no_args_is_help=True, help="Follow the signal service, and ask why something fired or did not.")
UrlOption = Annotated[str, typer.Option(help="URL of the signal service that `tradepods up` shows.")]
TokenOption = Annotated[
    Path | None,
    typer.Option(envvar="TRADEPODS_TOKEN_FILE", help="File with a token for it; not needed for a run of your own."),
]
CaOption = Annotated[
    Path | None,
    typer.Option("--ca", envvar="TRADEPODS_CA_FILE", help="PEM file of who vouches for it, where nobody public does."),
]
WhyOption = Annotated[str, typer.Option(help="Why: it is kept, and everybody is told.")]
NamespaceOption = Annotated[str, typer.Option(help="The strategy's namespace.")]
IdArgument = Annotated[str, typer.Argument(help="A cycle's id, as 5m@2026-11-20T12:05:00Z, or latest.")]
URL = "http://127.0.0.1:8080"
CYCLE_ID = re.compile(r"[1-9][0-9]{0,2}[mhd]@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@app.command()
@readable
def tail(
    *,
    url: UrlOption = URL,
    token_file: TokenOption = None,
    ca: CaOption = None,
    count: Annotated[int, typer.Option(min=0, help="End after so many cycles; 0: never.")] = 0,
) -> None:
    """Show each cycle as it is published, with its signals and their reasons; halts too."""
    seen, last = 0, None
    while not count or seen < count:
        with ServiceClient(url, token_file=token_file, ca=ca) as client:
            for event in client.events(after=last):
                last = event.id or last
                seen += _told(event.event, event.data)
                if count and seen >= count:
                    return


def _told(kind: str, data: str) -> int:
    """One event for a person; how many cycles that was."""
    try:
        if kind == "cycle":
            cycle = Cycle.model_validate_json(data)
            console.print(tables.cycle_line(cycle), markup=False, highlight=False, soft_wrap=True)
            for signal in cycle.in_order():
                console.print(tables.signal_line(signal), highlight=False, soft_wrap=True)
            return 1
        if kind == "halt" and (halt := Halt.model_validate_json(data)).why:
            say_warning(f"trading is halted by {halt.who}: {halt.why}")
        if kind == "reset":
            say_warning("some cycles are no longer kept: what follows is the latest")
    except ValidationError:
        say_warning(f"a {kind} that can't be read was left out")
    return 0


@app.command()
@readable
def show(
    identifier: IdArgument = "latest", *, url: UrlOption = URL, token_file: TokenOption = None, ca: CaOption = None
) -> None:
    """Show a cycle: its signals in the order in which accounts decide them, and who was late or missing."""
    with ServiceClient(url, token_file=token_file, ca=ca) as client:
        cycle = client.get(f"/v1/cycles/{_checked(identifier)}", Cycle)
    console.print(tables.cycle_line(cycle), markup=False, highlight=False, soft_wrap=True)
    if cycle.signals:
        console.print(tables.signals_table(cycle))


@app.command()
@readable
def explain(
    identifier: IdArgument,
    symbol: Annotated[str, typer.Argument(help="As BTC/USDT:USDT.")],
    *,
    url: UrlOption = URL,
    token_file: TokenOption = None,
    ca: CaOption = None,
) -> None:
    """Say what fired for a symbol in a cycle, what nearly did, and the numbers of every comparison."""
    with ServiceClient(url, token_file=token_file, ca=ca) as client:
        cycle = client.get(f"/v1/cycles/{_checked(identifier)}", Cycle)
        if symbol not in cycle.variables:
            raise Invalid([Problem(field="SYMBOL", value=symbol[:40], fix=_absent(cycle, symbol))])
        strategies = client.get("/v1/strategies", list[PublishedStrategy])
        previous = _previous(client, cycle)
    found = explained(cycle, previous=previous, strategies=strategies, symbol=symbol)
    console.print(f"{symbol} in {cycle.id}", markup=False, highlight=False)
    console.print(tables.explained_table(found))


def _previous(client: ServiceClient, cycle: Cycle) -> Cycle | None:
    """The cycle before, as long as it is kept."""
    timeframe = Timeframe.parse(cycle.timeframe)
    try:
        return client.get(f"/v1/cycles/{cycle_id(timeframe, cycle.close - timeframe.length)}", Cycle)
    except Permanent:
        return None


def _absent(cycle: Cycle, symbol: str) -> str:
    for name, symbols in (("late", cycle.late), ("missing", cycle.missing)):
        if symbol in symbols:
            return f"its candles were {name} in this cycle: nothing was computed of it"
    return f"is not in this cycle: there are {', '.join(cycle.universe[:10])}"


@app.command()
@readable
def disable(
    name: str,
    why: WhyOption,
    *,
    namespace: NamespaceOption = DEFAULT_NAMESPACE,
    url: UrlOption = URL,
    token_file: TokenOption = None,
    ca: CaOption = None,
) -> None:
    """Let a strategy signal no longer; its manifest stays as it is."""
    _switch("disable", f"{namespace}/{name}", why=why, url=url, token_file=token_file, ca=ca)


@app.command()
@readable
def enable(
    name: str,
    why: WhyOption,
    *,
    namespace: NamespaceOption = DEFAULT_NAMESPACE,
    url: UrlOption = URL,
    token_file: TokenOption = None,
    ca: CaOption = None,
) -> None:
    """Let a strategy signal again that was disabled by command."""
    _switch("enable", f"{namespace}/{name}", why=why, url=url, token_file=token_file, ca=ca)


def _switch(verb: str, key: str, *, why: str, url: str, token_file: Path | None, ca: Path | None) -> None:
    with ServiceClient(url, token_file=token_file, ca=ca, role="admin") as client:
        state = client.post(f"/v1/strategies/{key}/{verb}", why=why, shape=StrategyInForce)
    said = "may signal" if state.enabled else "signals no longer, from the next cycle on"
    console.print(f"{state.namespace}/{state.name} {said}", markup=False, highlight=False)


@app.command()
@readable
def token(
    role: Annotated[str, typer.Argument(help="worker, reader or admin.")],
    name: Annotated[str, typer.Argument(help="Whose: a worker's is namespace/account.")],
    output: Annotated[Path, typer.Argument(help="File that it is written to, for its owner's eyes alone.")],
    *,
    keys: Annotated[Path, typer.Option(help="The service's --keys folder; a first key is made where there is none.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it counts.")] = 30,
) -> None:
    """Make a token for a service that runs outside of a cluster, with the newest of its keys."""
    caller = _caller(role, name)
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = sorted((file for file in keys.iterdir() if file.is_file()), key=lambda file: file.stat().st_mtime)
    file = found[-1] if found else write_private(keys / "first", secrets.token_urlsafe(48))
    key = file.read_bytes().strip()
    if len(key) < SHORTEST_KEY:
        raise Permanent(f"the key {file} is short: at least {SHORTEST_KEY} characters")
    text = issue(caller, key_id=file.name, key=key, expires=WallClock().now() + timedelta(days=days))
    write_private(output, text)
    console.print(f"{output}: {caller.role} {caller.who}, for {days} days", markup=False, highlight=False)


def _caller(role: str, name: str) -> Caller:
    roles: dict[str, Role] = {"worker": "worker", "reader": "reader", "admin": "admin"}
    namespace, _, own = name.rpartition("/")
    if role not in roles:
        raise Invalid([Problem(field="ROLE", value=role[:40], fix="one of worker, reader, admin")])
    if not own or "|" in name or (role == "worker" and not namespace):
        raise Invalid([Problem(field="NAME", value=name[:80], fix="a worker's is namespace/account, and none holds |")])
    return Caller(role=roles[role], namespace=namespace, name=own)


def _checked(identifier: str) -> str:
    if identifier != "latest" and not CYCLE_ID.fullmatch(identifier):
        raise Invalid([Problem(field="ID", value=identifier[:60], fix="write 5m@2026-11-20T12:05:00Z, or latest")])
    return identifier
