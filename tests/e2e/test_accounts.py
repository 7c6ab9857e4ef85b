"""What `helm install` gives: it answers, its accounts trade and say how they stand, its pods hold what they need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.node import COMPONENTS, until
from support.node_hand import PYTHON
from support.playground import BTC, ETH, NAMESPACE, RELEASE, Playground, live
from support.playground_exchange import SimulatedExchange

MOUNTED = (
    150.0  # seconds after which the signal service has a new strategy at the latest: a mounted ConfigMap takes so long
)
# What a container finds in itself: who could build a program there, who it is, and whether it may change its files.
LOOK = """
import json, os, shutil, sys
tools = [tool for tool in sys.argv[1:] if shutil.which(tool)]
print(json.dumps({"tools": tools, "root": os.getuid() == 0, "read-only": bool(os.statvfs("/").f_flag & os.ST_RDONLY)}))
"""
COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "as", "ld", "make")


def _cli(*arguments: str) -> str:
    """What `tradepods` says."""
    command = [sys.executable, "-m", "tradepods_cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_installation_answers(playground: Playground) -> None:
    """`helm test`: operator and signal service, as a pod of the release hears them."""
    said = playground.node.helm("test", RELEASE, "--namespace", NAMESPACE)

    assert "Succeeded" in said


def test_an_installation_trades(playground: Playground, exchange: SimulatedExchange, tmp_path: Path) -> None:
    """Accounts become Ready by `kubectl wait`; what they did is in the ledger, in the chat, and in the table."""
    playground.apply(*live("carol", target=0.1, stop=0.1))
    playground.wait_ready()

    until("bob holds what the strategy buys", lambda: exchange.protected("bob", BTC, ETH), within=MOUNTED)
    until("carol has closed a position", lambda: len(exchange.books("carol")["fills"]) > 4, within=120)
    until("the chat has heard of it", lambda: any("BTC" in said for said in exchange.bot_said()))
    for name, book in (("alice", "paper"), ("bob", "live"), ("carol", "live")):
        copy = str(playground.ledger(name, tmp_path))
        assert "BTC" in _cli("ledger", "show", copy, "--what", "fills", "--book", book)
        _cli("ledger", "verify", copy)

    table = {line.split()[0]: line.split() for line in playground.kubectl("get", "ta").splitlines()}
    assert table["NAME"] == ["NAME", "EXCHANGE", "STATE", "DRY-RUN", "POSITIONS", "EQUITY", "READY", "REASON", "AGE"]
    assert table["alice"][1:4] == ["binanceusdm", "Running", "true"]
    assert table["bob"][1:5] == ["binanceusdm", "Running", "false", "2"]
    assert table["bob"][6:8] == ["True", "Trading"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_pod_has_its_program_and_nothing_to_build_one(playground: Playground, component: str) -> None:
    """No compiler, nobody's root, and files that can't be changed, in each container of each of them."""
    pods = playground.pods(component=component)
    assert pods
    for pod in pods:
        for container in pod["spec"]["containers"]:
            there = ("exec", pod["metadata"]["name"], "--container", container["name"])
            found = json.loads(playground.kubectl(*there, "--", PYTHON, "-c", LOOK, *COMPILERS))
            assert found == {"tools": [], "root": False, "read-only": True}
