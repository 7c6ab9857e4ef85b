"""`tradepods doctor`: a checklist of what is there, what is wrong, and what to do next."""

import asyncio
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from tradepods_cli.cluster.kubeconfig import Wanted, is_there
from tradepods_cli.cluster.options import (
    PANEL,
    ClusterOption,
    ContextOption,
    EverywhereOption,
    JsonOption,
    KubeconfigOption,
    NamespaceOption,
    OutputOption,
    is_name,
    opened,
    wanted,
)
from tradepods_cli.commands.account import SIGNALS, CaOption, SignalsOption, TokenOption
from tradepods_cli.doctor import accounts, local, operating, server
from tradepods_cli.doctor.findings import Finding, as_json, summary, table
from tradepods_cli.exits import FAILED, console, readable
from tradepods_cli.local.access import found
from tradepods_cli.local.client import Client
from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_worker.adapters.clocks import WallClock

ReleaseOption = Annotated[
    str,
    typer.Option(
        "--release-namespace", help="Where the operator is; default: found by its labels.", rich_help_panel=PANEL
    ),
]


@readable
def doctor(
    context: typer.Context,
    *,
    output: OutputOption = "table",
    as_json_: JsonOption = False,
    namespace: NamespaceOption = None,
    signals: SignalsOption = SIGNALS,
    token_file: TokenOption = None,
    ca: CaOption = None,
    cluster: ClusterOption = False,
    kube_context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    everywhere: EverywhereOption = False,
    release: ReleaseOption = "",
) -> None:
    """Look for what is wrong, and say what to do next: exit code 1 where something fails.

    Looks at the kubeconfig's cluster where there is one, else, or with --signals, at a run on this machine.
    Nothing is changed, and no value of a Secret is read.
    """
    source = context.get_parameter_source("signals")
    is_run = source is not None and source.name == "COMMANDLINE"
    is_cluster = cluster or bool(release) or (not is_run and is_there(environment=os.environ, home=Path.home()))
    asked = wanted(
        context,
        cluster=is_cluster,
        context=kube_context,
        kubeconfig=kubeconfig,
        namespace=namespace,
        everywhere=everywhere,
    )
    if release and not is_name(release):
        fix = "it has lower-case letters, digits and dashes"
        raise Invalid([Problem(field="--release-namespace", value=release[:80], fix=fix)])
    findings = asyncio.run(_local(signals, token_file, ca)) if asked is None else _of_cluster(asked, release)
    _show(findings, json_wanted=as_json_ or output == "json")


def _show(findings: list[Finding], *, json_wanted: bool) -> None:
    if json_wanted:
        typer.echo(json.dumps(as_json(findings), indent=2))
    else:
        console.print(table(findings))
        console.print(summary(findings), highlight=False)
    if any(finding.level == "FAIL" for finding in findings):
        raise typer.Exit(FAILED)


def _of_cluster(asked: Wanted, release: str) -> list[Finding]:
    from tradepods_cli.crds.definitions import definitions  # no other check makes schemas
    from tradepods_cli.doctor.looking import look

    try:
        with opened(asked) as (cluster, place):
            seen = look(cluster, place, release=release, now=WallClock().now)
    except (Invalid, Permanent) as error:
        return [server.unusable(error)]
    findings = [*server.reached(seen)]
    if server.is_reached(seen):
        findings += [*server.clock(seen), *server.kinds(seen, ours=definitions())]
        findings += [*operating.operators(seen), *operating.versions(seen, own=version("tradepods"))]
        findings += [*accounts.accounts(seen), *accounts.secrets(seen)]
        findings += [*accounts.strategies(seen), *accounts.policies(seen)]
    return findings


async def _local(signals: str, token_file: Path | None, ca: Path | None) -> list[Finding]:
    client = Client(token=token_file or found(signals, "reader"), ca=ca)
    try:
        return [one async for one in local.findings(client, signals.rstrip("/"), now=WallClock().now)]
    finally:
        await client.close()
