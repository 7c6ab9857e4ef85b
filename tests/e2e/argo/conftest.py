"""The same release as in the other scenarios, but that Argo CD brings it, and its accounts, from a Git folder.

pytest collects this folder before the files beside it: their release comes when this one, with its kinds, is gone.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from support.argo_server import MISSING, PROGRAM, Argo, serving
from support.chart import CHART
from support.git_folder import GitFolder
from support.node import Json, Node, Say, timed, until
from support.node_backends import Local
from support.node_watch import Watch
from support.playground import NAMESPACE, RELEASE, Playground, always, live, values
from support.playground_exchange import SimulatedExchange
from tradepods_simulator.config import DEMO_TOKEN

CUSTOMERS = ("carol", "erin")
APPLICATIONS = ("fleet", "tradepods", "accounts-demo")
TELEGRAM = f"http://{RELEASE}-simulator.{NAMESPACE}.svc:9001"
BOT = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "carol-telegram"}}
CHAT = {"secretRef": {"name": "carol-telegram"}, "chatIds": ["1000"], "apiUrl": TELEGRAM}
DEFINITIONS = ("tradingaccounts.tradepods.dev", "tradingstrategies.tradepods.dev")


def account(name: str, **changes: Any) -> Json:
    """One of the customers, as Git has it: its Secret comes from elsewhere."""
    return live(name, **changes)[1]


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> GitFolder:
    """The chart, and a folder with two accounts and their strategy."""
    found = GitFolder(tmp_path_factory.mktemp("git") / "fleet")
    shutil.copytree(CHART, found.folder / "charts" / "tradepods")
    found.write("accounts/strategy.yaml", [always()])
    found.write("accounts/carol.yaml", [account("carol", telegram=CHAT)])
    found.write("accounts/erin.yaml", [account("erin", deletionPolicy="Flatten")])
    return found


@pytest.fixture(scope="module")
def argo(node: Node) -> Iterator[Argo]:
    """A real one."""
    if not os.access(PROGRAM, os.X_OK) or not isinstance(node.backend, Local):
        pytest.skip(MISSING)
    with serving(node) as found:
        yield found


@pytest.fixture(scope="module")
def playground(node: Node, tags: dict[str, str], argo: Argo, git: GitFolder, say: Say) -> Iterator[Playground]:
    """One Application by hand; the others, the chart and the accounts come from Git."""
    given = values(node, tags)
    found = Playground(node, given)
    given["simulator"]["examples"] = False
    chart = argo.application("apps/tradepods.yaml", of=git, path="charts/tradepods", namespace=NAMESPACE, **given)
    git.write("apps/tradepods.yaml", [chart])
    accounts = argo.application("apps/accounts-demo.yaml", of=git, path="accounts", namespace=NAMESPACE)
    git.write("apps/accounts-demo.yaml", [accounts])
    try:
        node.kubectl("create", "namespace", NAMESPACE)
        found.apply(*(live(name)[0] for name in CUSTOMERS), {**BOT, "stringData": {"botToken": DEMO_TOKEN}})
        with timed("Argo CD installs", say=say):
            argo.apply(argo.application("root.yaml", of=git, path="apps"))
            until("all is Synced and Healthy", lambda: _is_well(argo), within=300)
        yield found
    finally:
        with timed("Argo CD removes", say=say):
            _remove(node, argo)


@pytest.fixture(scope="module")
def exchange(playground: Playground) -> SimulatedExchange:
    """Its exchange."""
    return SimulatedExchange(playground.node.api, namespace=NAMESPACE, release=RELEASE, customers=CUSTOMERS)


@pytest.fixture(scope="module")
def watch(exchange: SimulatedExchange) -> Iterator[Watch]:
    """Looks at the exchange's books all the time."""
    found = Watch(exchange)
    yield found
    found.stop()


def _is_well(argo: Argo) -> bool:
    return {argo.standing(name) for name in APPLICATIONS} == {("Synced", "Healthy")}


def _remove(node: Node, argo: Argo) -> None:
    """The root first, or it would bring the others back; accounts while their operator is there. The kinds stay."""
    argo.delete("fleet")
    for name in reversed(APPLICATIONS[1:]):
        argo.delete(name, cascade=True)
    node.kubectl("delete", "crd", *DEFINITIONS, within=60)
    node.kubectl("delete", "namespace", NAMESPACE, within=180)
