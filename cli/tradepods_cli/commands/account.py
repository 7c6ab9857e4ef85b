"""`tradepods account`: make an account's manifests, check them, adopt what is open, and see how accounts do."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from tradepods_cli.accounts import fleet_view, summary
from tradepods_cli.accounts.checking import Checked, checked
from tradepods_cli.cluster.options import (
    ClusterOption,
    ContextOption,
    EverywhereOption,
    JsonOption,
    KubeconfigOption,
    NamespaceOption,
    OutputOption,
    wanted,
)
from tradepods_cli.commands.account_adopt import adopt
from tradepods_cli.commands.account_create import create
from tradepods_cli.commands.account_pause import PAUSE, RESUME, changing
from tradepods_cli.commands.account_shown import list_in_cluster, status_in_cluster
from tradepods_cli.exits import INVALID, console, readable, say_error, say_warning, wide
from tradepods_cli.local.access import found
from tradepods_cli.local.client import Client
from tradepods_cli.manifests import files_of
from tradepods_core.errors import Invalid, Problem
from tradepods_core.ids import DEFAULT_NAMESPACE
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.outlook import warnings
from tradepods_core.wire.fleet import Digest
from tradepods_worker.adapters.clocks import WallClock

RUN = "A run on this machine"
app = typer.Typer(no_args_is_help=True, help="Make accounts, check them, see how they do.")
app.command()(create)
app.command()(adopt)
app.command("pause", help=PAUSE)(changing(pause=True))
app.command("resume", help=RESUME)(changing(pause=False))
SignalsOption = Annotated[
    str, typer.Option(help="URL of the signal service that `tradepods up` shows.", rich_help_panel=RUN)
]
TokenOption = Annotated[
    Path | None,
    typer.Option(
        envvar="TRADEPODS_TOKEN_FILE",
        help="File with a token for it; not needed for a run of your own.",
        rich_help_panel=RUN,
    ),
]
CaOption = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        envvar="TRADEPODS_CA_FILE",
        help="PEM file of who vouches for it, where nobody public does.",
        rich_help_panel=RUN,
    ),
]
SIGNALS = "http://127.0.0.1:8080"


@app.command()
@readable
def validate(
    places: Annotated[list[Path], typer.Argument(help="Files or folders of TradingAccount manifests.")],
) -> None:
    """Check TradingAccount manifests; exit code 2 and the path of each problem where one is wrong."""
    results = [result for place in places for file in files_of(place) for result in checked(file)]
    if not results:
        raise Invalid([Problem(field=", ".join(map(str, places)), value="", fix="no TradingAccount found")])
    for result in results:
        _say(result)
    if any(result.problems for result in results):
        raise typer.Exit(INVALID)


def _say(result: Checked) -> None:
    for problem in result.problems:
        say_error(f"{result.file}: {problem}")
    if result.spec is not None:
        _say_right(f"{result.file}: {result.name}", result.spec)


def _say_right(name: str, spec: AccountSpec) -> None:
    console.print("ok:", style="bold green", end=" ")
    console.print(f"{name}: {summary.line(spec)}", markup=False, highlight=False, soft_wrap=True)
    for sentence in warnings(spec):
        say_warning(f"{name}: {sentence}")


@app.command("list")
@readable
def list_accounts(
    context: typer.Context,
    *,
    output: OutputOption = "table",
    as_json: JsonOption = False,
    namespace: NamespaceOption = None,
    signals: SignalsOption = SIGNALS,
    token_file: TokenOption = None,
    ca: CaOption = None,
    cluster: ClusterOption = False,
    kube_context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    everywhere: EverywhereOption = False,
) -> None:
    """Show every account: of a run on this machine by its signal service, or of a cluster."""
    json_wanted = as_json or output == "json"
    asked = wanted(
        context,
        cluster=cluster,
        context=kube_context,
        kubeconfig=kubeconfig,
        namespace=namespace,
        everywhere=everywhere,
    )
    if asked is not None:
        list_in_cluster(asked, json_wanted=json_wanted)
        return
    found = asyncio.run(_fleet(signals, token_file, ca))
    digests = fleet_view.by_name(digest for digest in found if namespace in (None, digest.namespace))
    if json_wanted:
        typer.echo(json.dumps([fleet_view.as_json(digest) for digest in digests], indent=2))
        return
    wide.print(fleet_view.fleet_table(digests, now=WallClock().now()))
    for digest in digests:
        for trouble in fleet_view.troubles(digest.heartbeat):
            say_warning(f"{digest.namespace}/{digest.name}: {trouble}")


@app.command()
@readable
def status(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The account's name.")],
    *,
    output: OutputOption = "table",
    as_json: JsonOption = False,
    namespace: NamespaceOption = None,
    signals: SignalsOption = SIGNALS,
    token_file: TokenOption = None,
    ca: CaOption = None,
    cluster: ClusterOption = False,
    kube_context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
) -> None:
    """Show one account: state, equity, positions, what it has done, its last error."""
    json_wanted = as_json or output == "json"
    asked = wanted(context, cluster=cluster, context=kube_context, kubeconfig=kubeconfig, namespace=namespace)
    if asked is not None:
        status_in_cluster(asked, name, json_wanted=json_wanted)
        return
    own = namespace or DEFAULT_NAMESPACE
    digest = _found(asyncio.run(_fleet(signals, token_file, ca)), namespace=own, name=name)
    if json_wanted:
        typer.echo(json.dumps(fleet_view.as_json(digest), indent=2))
        return
    console.print(fleet_view.status_table(digest, now=WallClock().now()))
    if digest.heartbeat.positions:
        console.print(fleet_view.positions_table(digest.heartbeat))


async def _fleet(signals: str, token_file: Path | None, ca: Path | None) -> tuple[Digest, ...]:
    client = Client(token=token_file or found(signals, "reader"), ca=ca)
    try:
        return (await client.fleet(signals.rstrip("/"))).accounts
    finally:
        await client.close()


def _found(digests: tuple[Digest, ...], *, namespace: str, name: str) -> Digest:
    for digest in digests:
        if (digest.namespace, digest.name) == (namespace, name):
            return digest
    there = ", ".join(f"{digest.namespace}/{digest.name}" for digest in fleet_view.by_name(digests)) or "none"
    raise Invalid([Problem(field="NAME", value=f"{namespace}/{name}"[:80], fix=f"no such account; there are {there}")])
