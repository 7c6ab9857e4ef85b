"""Which cluster a person means: a context of their kubeconfig, found as kubectl finds it. Nothing of it is a secret."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradepods_core.errors import Invalid, Problem
from tradepods_core.ids import DEFAULT_NAMESPACE

VARIABLE = "KUBECONFIG"
USUAL = Path(".kube") / "config"  # of the home folder
OR_LOCAL = "name one by --kubeconfig; without --cluster a run on this machine is asked"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster, and who we are there.

    Attributes:
        files: the kubeconfig's, in the order in which they count.
        namespace: the one that is asked about; "" for all of them.
        as_user: whom the kubeconfig lets us act as, "" for ourselves. as_groups: likewise.

    """

    files: tuple[Path, ...]
    context: str
    server: str
    namespace: str
    as_user: str = ""
    as_groups: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For a person: the context and its server."""
        return f"context {self.context}, {self.server}"

    @property
    def where(self) -> str:
        """For a person: the namespace, or all."""
        return f"namespace {self.namespace}" if self.namespace else "all namespaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person has said of a cluster; None and "" where they have left it out."""

    kubeconfig: Path | None = None
    context: str | None = None
    namespace: str | None = None
    everywhere: bool = False


def place_of(wanted: Wanted, *, environment: Mapping[str, str], home: Path) -> Place:
    """The cluster that is meant; raises Invalid, which names what was looked at."""
    files = _files(wanted.kubeconfig, environment, home)
    shown = ", ".join(map(str, files))
    config = [_read(file) for file in files]
    name = wanted.context or next((str(one["current-context"]) for one in config if one.get("current-context")), "")
    contexts = _named(config, "contexts", "context")
    if name not in contexts:
        there = ", ".join(sorted(contexts)) or "none"
        fix = f"{shown} has no such context: there are {there} (--context)"
        raise _wrong("--context" if wanted.context else "current-context", name, fix)
    context = contexts[name]
    server = _named(config, "clusters", "cluster").get(str(context.get("cluster")), {}).get("server")
    if not isinstance(server, str) or not server:
        raise _wrong("kubeconfig", shown, f"the cluster of context {name} has no server there: add it, or --context")
    user = _named(config, "users", "user").get(str(context.get("user")), {})
    own = str(context.get("namespace") or DEFAULT_NAMESPACE)
    return Place(
        files=files,
        context=name,
        server=server.rstrip("/"),
        namespace="" if wanted.everywhere else wanted.namespace or own,
        as_user=str(user.get("as") or ""),
        as_groups=tuple(map(str, user.get("as-groups") or ())),
    )


def is_there(*, environment: Mapping[str, str], home: Path) -> bool:
    """Whether a person has a kubeconfig at all."""
    return any(file.is_file() for file in _places(environment, home))


def _places(environment: Mapping[str, str], home: Path) -> list[Path]:
    if named := environment.get(VARIABLE):
        return [Path(part).expanduser() for part in named.split(os.pathsep) if part]
    return [home / USUAL]


def _files(named: Path | None, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    if named is not None:
        if not named.is_file():
            raise _wrong("--kubeconfig", str(named), "there is no such file")
        return (named,)
    places = _places(environment, home)
    found = tuple(file for file in places if file.is_file())
    if not found:
        looked = f"{VARIABLE}={environment[VARIABLE]}" if environment.get(VARIABLE) else str(places[0])
        raise _wrong("kubeconfig", "", f"there is none at {looked}: {OR_LOCAL}")
    return found


def _read(file: Path) -> Json:
    """Nothing of a file that can't be read is said: there may be a token in it."""
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _wrong("kubeconfig", str(file), "it can't be read as YAML: write it anew, or name another")
    return found


def _named(config: Iterable[Json], items: str, item: str) -> dict[str, Json]:
    """The entries of all files by their names: the first of a name counts."""
    found: dict[str, Json] = {}
    for one in config:
        entries = one.get(items)
        for entry in entries if isinstance(entries, list) else ():
            body = entry.get(item) if isinstance(entry, dict) else None
            if isinstance(body, dict):
                found.setdefault(str(entry.get("name")), body)
    return found


def _wrong(field: str, value: str, fix: str) -> Invalid:
    return Invalid([Problem(field=field, value=value, fix=fix)])
