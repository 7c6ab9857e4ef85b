"""How a command is told which accounts are meant: those of a run on this machine, or of a cluster, and of which one."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from tradepods_cli.cluster.kubeconfig import Place, Wanted, place_of
from tradepods_cli.cluster.ports import Cluster
from tradepods_core.errors import Invalid, Problem
from tradepods_core.shapes import NAME_PATTERN

PANEL = "A cluster"
PLUGIN = "plugin"  # what the context of `kubectl tradepods` holds: it never means a run on this machine
OF_A_RUN = frozenset({"signals", "token_file", "ca"})
LONGEST_NAME = 63
Output = Literal["table", "json"]
ClusterOption = Annotated[
    bool, typer.Option("--cluster", help="Of the kubeconfig's current context.", rich_help_panel=PANEL)
]
ContextOption = Annotated[
    str | None, typer.Option("--context", help="Of this context of the kubeconfig.", rich_help_panel=PANEL)
]
KubeconfigOption = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig", help="Of this kubeconfig; default: KUBECONFIG, ~/.kube/config.", rich_help_panel=PANEL
    ),
]
EverywhereOption = Annotated[
    bool, typer.Option("--all-namespaces", "-A", help="In all of its namespaces.", rich_help_panel=PANEL)
]
NamespaceOption = Annotated[
    str | None,
    typer.Option("--namespace", "-n", help="In this namespace; default: the context's, or `default`."),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="A table for people, or JSON for scripts.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The same as --output json.")]


def wanted(
    typed: typer.Context,
    *,
    cluster: bool,
    context: str | None,
    kubeconfig: Path | None,
    namespace: str | None,
    everywhere: bool = False,
) -> Wanted | None:
    """The cluster that is meant; None for a run on this machine. Raises Invalid where both are."""
    if not (cluster or everywhere or context or kubeconfig is not None or typed.obj == PLUGIN):
        return None
    if everywhere and namespace is not None:
        raise _wrong("--all-namespaces", "it goes with no --namespace: leave one of them out")
    if namespace is not None and not is_name(namespace):
        raise _wrong("--namespace", "it has lower-case letters, digits and dashes, at most 63")
    for name in OF_A_RUN & typed.params.keys():
        source = typed.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = "--" + name.replace("_", "-")
            raise _wrong(option, "it is of a run on this machine: leave it out, or the options of a cluster")
    return Wanted(kubeconfig=kubeconfig, context=context, namespace=namespace, everywhere=everywhere)


@contextmanager
def opened(asked: Wanted) -> Iterator[tuple[Cluster, Place]]:
    """The cluster, until the end of the block; raises Invalid, Permanent."""
    place = place_of(asked, environment=os.environ, home=Path.home())
    from tradepods_cli.cluster.kube import connected  # half a second that no other command has to wait

    with connected(place) as cluster:
        yield cluster, place


def is_name(text: str) -> bool:
    """Whether an object may be called so: it becomes part of an address."""
    return len(text) <= LONGEST_NAME and re.fullmatch(NAME_PATTERN, text) is not None


def _wrong(field: str, fix: str) -> Invalid:
    return Invalid([Problem(field=field, value="", fix=fix)])
