"""Accounts from `helm install` on: they trade, take changes while they run, and say how they stand."""

import subprocess
import sys
from pathlib import Path

from support.node import until
from support.playground import BTC, ETH, Playground, live
from support.playground_exchange import SimulatedExchange

MOUNTED = (
    150.0  # seconds after which the signal service has a new strategy at the latest: a mounted ConfigMap takes so long
)


def _cli(*arguments: str) -> str:
    """What `tradepods` says."""
    command = [sys.executable, "-m", "tradepods_cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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
