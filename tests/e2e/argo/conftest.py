"""A second release beside the one of the other scenarios: Argo CD brings it, and its accounts, from a Git folder.

pytest collects this folder before the files beside it: what is to stay steady is watched while they run.
"""

import shutil
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from support.argo_server import MISSING, Argo, possible, serving
from support.argo_steady import CHANGED, FLEET, HOLDS, TRADES, Steady
from support.chart import CHART
from support.git_folder import GitFolder
from support.node import Json, Node, Say, timed, until
from support.node_watch import Watch
from support.playground import BTC, ETH, GIT_NAMESPACE, RELEASE, Playground, always, live, values
from support.playground_exchange import SimulatedExchange
from tradepods_simulator.config import DEMO_TOKEN

TRIED = "accounts-live"  # an Application beside the fleet's; people change its accounts
CUSTOMERS = (*CHANGED, HOLDS, TRADES)
TELEGRAM = f"http://{RELEASE}-simulator.{GIT_NAMESPACE}.svc:9001"
BOT = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "carol-telegram"}}
CHAT = {"secretRef": {"name": "carol-telegram"}, "chatIds": ["1000"], "apiUrl": TELEGRAM}


def account(name: str, **changes: Any) -> Json:
    """One of the customers, as Git has it: its Secret comes from elsewhere."""
    return live(name, namespace=GIT_NAMESPACE, **changes)[1]


@pytest.fixture(scope="session")
def argo(node: Node) -> Iterator[Argo]:
    """A real one."""
    if not possible(node):
        pytest.skip(MISSING)
    with serving(node) as found:
        yield found


@pytest.fixture(scope="session")
def git(node: Node, tags: dict[str, str], argo: Argo, tmp_path_factory: pytest.TempPathFactory) -> GitFolder:
    """The chart, two folders with two accounts each, and Applications of the one where nobody changes anything."""
    found = GitFolder(tmp_path_factory.mktemp("git") / "fleet")
    shutil.copytree(CHART, found.folder / "charts" / "tradepods")
    found.write("accounts/strategy.yaml", [always()])
    found.write("accounts/steady.yaml", [account(HOLDS), account(TRADES, target=0.1, stop=0.1)])
    found.write("tried/carol.yaml", [account("carol", telegram=CHAT)])
    found.write("tried/erin.yaml", [account("erin", deletionPolicy="Flatten")])
    given, there = values(node, tags), partial(argo.application, of=found, namespace=GIT_NAMESPACE)
    given["simulator"]["examples"] = False
    found.write("apps/tradepods.yaml", [there("apps/tradepods.yaml", path="charts/tradepods", **given)])
    found.write("apps/accounts-demo.yaml", [there("apps/accounts-demo.yaml", path="accounts")])
    return found


@pytest.fixture(scope="session")
def playground(node: Node, argo: Argo, git: GitFolder, say: Say, request: pytest.FixtureRequest) -> Playground:
    """By hand: one Application of the fleet, whose others come from Git, and one of the accounts that people change."""
    found = Playground(node, {}, namespace=GIT_NAMESPACE)
    node.kubectl("create", "namespace", GIT_NAMESPACE)
    found.apply(*(live(name)[0] for name in CUSTOMERS), {**BOT, "stringData": {"botToken": DEMO_TOKEN}})
    with timed("Argo CD installs", say=say):
        argo.apply(argo.application("root.yaml", of=git, path="apps"))
        until("the fleet is Synced and Healthy", lambda: _are_well(argo, *FLEET), within=300)
        argo.apply(argo.application("apps/accounts-live.yaml", of=git, path="tried", namespace=GIT_NAMESPACE))
    request.getfixturevalue("release")  # its signal service waits for the kubelet, too, to show it a strategy
    until("all is Synced and Healthy", lambda: _are_well(argo, *FLEET, TRIED), within=300)
    return found


@pytest.fixture(scope="session")
def exchange(playground: Playground) -> SimulatedExchange:
    """Its exchange."""
    return SimulatedExchange(playground.node.api, namespace=GIT_NAMESPACE, release=RELEASE, customers=CUSTOMERS)


@pytest.fixture(scope="session")
def watch(exchange: SimulatedExchange) -> Iterator[Watch]:
    """Looks at the exchange's books all the time."""
    found = Watch(exchange)
    yield found
    found.stop()


@pytest.fixture(scope="session")
def steady(argo: Argo, playground: Playground, exchange: SimulatedExchange) -> Iterator[Steady]:
    """Looks at what nobody changes, from its first positions on."""
    until("it holds what it is to hold", lambda: exchange.protected(HOLDS, BTC, ETH), within=120)
    found = Steady(argo, playground)
    yield found
    found.stop()


def _are_well(argo: Argo, *names: str) -> bool:
    standings = argo.standings()
    return all(standings.get(name) == ("Synced", "Healthy") for name in names)
