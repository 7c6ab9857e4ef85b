"""`tradepods account list|status` of a cluster: what its API server tells of accounts."""

import json

import typer

from tradepods_cli.cluster import tables
from tradepods_cli.cluster.kubeconfig import Wanted
from tradepods_cli.cluster.options import is_name, opened
from tradepods_cli.cluster.seeing import listed, one
from tradepods_cli.cluster.standing import as_json, troubles
from tradepods_cli.exits import console, say_warning
from tradepods_core.errors import Invalid, Problem
from tradepods_worker.adapters.clocks import WallClock


def list_in_cluster(asked: Wanted, *, json_wanted: bool) -> None:
    """A row an account; what somebody should look at stands beneath."""
    with opened(asked) as (cluster, place):
        found = listed(cluster, place)
    if json_wanted:
        typer.echo(json.dumps([as_json(standing) for standing in found], indent=2))
        return
    if not found:
        say_warning(f"there is no account in {place.where} of {place}")
        return
    console.print(tables.accounts_table(found, everywhere=asked.everywhere, now=WallClock().now()))
    for standing in found:
        for trouble in troubles(standing):
            say_warning(f"{standing.key}: {trouble}")


def status_in_cluster(asked: Wanted, name: str, *, json_wanted: bool) -> None:
    """One account, and all that is said of it."""
    if not is_name(name):
        fix = "a name has lower-case letters, digits and dashes"
        raise Invalid([Problem(field="NAME", value=name[:80], fix=fix)])
    with opened(asked) as (cluster, place):
        found = one(cluster, place, name)
    if json_wanted:
        typer.echo(json.dumps(as_json(found), indent=2))
        return
    console.print(tables.status_table(found, now=WallClock().now()))
    console.print()
    if found.conditions:
        console.print(tables.conditions_table(found))
    else:
        say_warning(f"{found.key}: {found.ready.message}: `tradepods doctor --cluster` looks for what is wrong")
