"""What the tests take away in a cluster that somebody else has lent them: nothing of anybody else's."""

import sys
from pathlib import Path

import httpx
import pytest

from support import node_images
from support.node import Node
from support.node_backends import Given
from support.node_leavings import clear

# Answers as kubectl and helm do where a cluster holds this, and notes what it was asked.
PROGRAM = """#!{python}
import pathlib, sys
asked = " ".join(sys.argv[1:])
with pathlib.Path({calls!r}).open("a") as calls:
    calls.write(asked + "\\n")
if "custom-columns" in asked:
    print({accounts!r})
elif "release-namespace" in asked:
    print({brought!r})
elif asked.startswith("get clusterroles"):
    print("clusterrole.x/view\\nclusterrole.x/tradepods-e2e-tradepods-view")
"""


def _node(folder: Path, *, accounts: str, brought: str) -> Node:
    program = folder / "program"
    values = {"python": sys.executable, "calls": str(folder / "calls"), "accounts": accounts, "brought": brought}
    program.write_text(PROGRAM.format(**values), "utf-8")
    program.chmod(0o755)
    client, backend, name = httpx.Client(), Given(Path("none"), "registry:tag"), str(program)
    return Node(backend=backend, kubeconfig=Path("none"), api=client, kubectl_program=name, helm_program=name)


def _changes(folder: Path) -> list[str]:
    calls = (folder / "calls").read_text("utf-8").splitlines()
    return [call for call in calls if not call.startswith("get ")]


@pytest.mark.parametrize(
    ("accounts", "brought", "named"),
    [
        ("tradepods-e2e   bob\ntrading   alice\n", "tradepods-e2e", "trading/alice"),
        ("", "tradepods tradepods", "the release in tradepods"),
    ],
)
def test_a_cluster_that_serves_others_is_left_as_it_is(tmp_path: Path, accounts: str, brought: str, named: str) -> None:
    """With the kinds would go every account: it is said whose there are."""
    with pytest.raises(AssertionError, match=named):
        clear(_node(tmp_path, accounts=accounts, brought=brought))

    assert _changes(tmp_path) == []


def test_what_a_broken_run_left_goes(tmp_path: Path) -> None:
    """Its namespaces, kinds and rights, and nobody else's."""
    clear(_node(tmp_path, accounts="tradepods-e2e bob\ntradepods-e2e-git carol", brought="tradepods-e2e"))
    changes = _changes(tmp_path)

    assert "delete namespace tradepods-e2e --ignore-not-found" in changes
    assert "delete namespace tradepods-e2e-git --ignore-not-found" in changes
    assert changes[-1] == "delete clusterrole.x/tradepods-e2e-tradepods-view"


def test_images_of_earlier_runs_are_found() -> None:
    """Those of our names alone, and what was made anew of one of today's."""
    kept, other = "localhost/tradepods-worker:e2e-2", "localhost/python:3.11"
    found = [kept, f"{kept}-next", "localhost/tradepods-worker:e2e-1", other, "ghcr.io/tradepods-worker:e2e-1"]

    assert node_images.old(found, "localhost", {"worker": "e2e-2"}) == [
        "localhost/tradepods-worker:e2e-1",
        "localhost/tradepods-worker:e2e-2-next",
    ]
