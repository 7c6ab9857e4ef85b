"""`tradepods account pause|resume`: an account of a cluster opens nothing for a while; what is open is guarded."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from tradepods_cli.cluster.kubeconfig import Place, Wanted
from tradepods_cli.cluster.options import (
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
from tradepods_cli.cluster.pausing import Outcome, Pausing
from tradepods_cli.cluster.ports import Cluster
from tradepods_cli.cluster.seeing import listed, one
from tradepods_cli.exits import FAILED, console, readable, say_error, stderr
from tradepods_core.errors import Invalid, Problem
from tradepods_operator.ports import Key

NamesArgument = Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="The accounts' names.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every account of the namespace, or of all with -A.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask before --all.")]
TimeoutOption = Annotated[float, typer.Option(min=0, max=3600, help="Seconds to wait for the confirmation at most.")]
PAUSE = """Let accounts of a cluster open nothing until `resume`; what is open stays protected, and closes as it would.

Annotates them with tradepods.dev/pause, and waits until their workers go by it: exit code 1 where one doesn't."""
RESUME = "End a `pause` of accounts of a cluster; exit code 1 where something else still keeps one from opening."
LOCAL = (
    "name it by --cluster or --context. In a run of `tradepods up`, write state: Paused into the account's manifest, "
    "or /pause in its chat"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What a person has typed."""

    pause: bool
    names: Sequence[str]
    every: bool
    yes: bool
    timeout: float
    as_json: bool

    @property
    def verb(self) -> str:
        return "pause" if self.pause else "resume"


def changing(*, pause: bool) -> Callable[..., None]:
    """The command that pauses accounts, or the one that resumes them: they are asked for in the same words."""

    @readable
    def command(
        context: typer.Context,
        names: NamesArgument = None,
        *,
        every: AllOption = False,
        yes: YesOption = False,
        timeout: TimeoutOption = 30.0,
        output: OutputOption = "table",
        as_json: JsonOption = False,
        namespace: NamespaceOption = None,
        cluster: ClusterOption = False,
        kube_context: ContextOption = None,
        kubeconfig: KubeconfigOption = None,
        everywhere: EverywhereOption = False,
    ) -> None:
        asked = wanted(
            context,
            cluster=cluster,
            context=kube_context,
            kubeconfig=kubeconfig,
            namespace=namespace,
            everywhere=everywhere,
        )
        json_wanted = as_json or output == "json"
        _change(
            asked,
            _Request(pause=pause, names=names or (), every=every, yes=yes, timeout=timeout, as_json=json_wanted),
        )

    return command


def _change(asked: Wanted | None, request: _Request) -> None:
    if asked is None:
        raise _wrong("cluster", "", LOCAL)
    _look_over(asked, request)
    told: list[Outcome] = []
    with opened(asked) as (cluster, place):
        keys = _keys(cluster, place, request)
        if request.every and not _is_sure(keys, place, request):
            console.print("nothing was changed")
            return
        pausing = Pausing(
            cluster, pause=request.pause, within=request.timeout, seconds=time.monotonic, sleep=time.sleep
        )
        if stderr.is_terminal:
            stderr.print(f"waits at most {request.timeout:g} s until workers go by it", style="dim", highlight=False)
        all_right = pausing.run(keys, tell=told.append if request.as_json else _say)
    if request.as_json:
        typer.echo(json.dumps([_as_json(outcome) for outcome in told], indent=2))
    if not all_right:
        raise typer.Exit(FAILED)


def _look_over(asked: Wanted, request: _Request) -> None:
    """Before anything is asked of a cluster."""
    if bool(request.names) == request.every:
        raise _wrong("NAME", "", f"say which accounts to {request.verb}: their names, or --all")
    if asked.everywhere and not request.every:
        raise _wrong("--all-namespaces", "", "a name is of one namespace: --namespace, or --all")
    for name in request.names:
        if not is_name(name):
            raise _wrong("NAME", name[:80], "a name has lower-case letters, digits and dashes")


def _keys(cluster: Cluster, place: Place, request: _Request) -> list[Key]:
    """All are there, or nothing is changed."""
    if request.every:
        return [standing.key for standing in listed(cluster, place)]
    return [one(cluster, place, name).key for name in dict.fromkeys(request.names)]


def _is_sure(keys: Sequence[Key], place: Place, request: _Request) -> bool:
    """Asks once, with the number."""
    if not keys:
        raise _wrong("--all", "", f"there is no account in {place.where} of context {place.context}")
    if request.yes:
        return True
    if not sys.stdin.isatty():
        raise _wrong("--all", "", f"would {request.verb} {len(keys)} accounts: add --yes, as nobody can be asked here")
    many = "1 account" if len(keys) == 1 else f"{len(keys)} accounts"
    return typer.confirm(f"{request.verb.title()} {many} in {place.where} of {place}?", err=True)


def _say(outcome: Outcome) -> None:
    text = f"{outcome.key}: {outcome.says}"
    if not outcome.is_right:
        say_error(text)
        return
    console.print("ok:", style="bold green", end=" ")
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _as_json(outcome: Outcome) -> dict[str, object]:
    key = outcome.key
    return {
        "namespace": key.namespace,
        "name": key.name,
        "result": outcome.result,
        "asAskedFor": outcome.is_right,
        "message": outcome.says,
    }


def _wrong(field: str, value: str, fix: str) -> Invalid:
    return Invalid([Problem(field=field, value=value, fix=fix)])
