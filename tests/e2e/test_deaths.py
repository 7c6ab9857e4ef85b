"""What dies while a position is open: the position keeps its stop, and its worker goes on from its ledger."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from support.node import Json, until
from support.node_hand import PYTHON, Hand
from support.playground import BTC, ETH, NAMESPACE, RELEASE, Playground, life
from support.playground_exchange import SimulatedExchange
from support.playground_ledger import until_same

CARRIED_ON = timedelta(minutes=10)  # of market time
# Each takes less than the worker, so the worker is what the kernel ends; together they take more than its limit.
GREEDY, MANY = "import time; taken = bytearray(32 << 20); time.sleep(60)", 8


class Held:
    """An account that holds what it may hold: nothing is under way, and nothing new can be opened."""

    def __init__(self, playground: Playground, exchange: SimulatedExchange, name: str, folder: Path) -> None:
        self._playground, self._exchange, self.name, self._folder = playground, exchange, name, folder
        until("dave is protected", lambda: exchange.protected(name, BTC, ETH))
        self.pod = playground.worker(name)
        self._fills = exchange.books(name)["fills"]
        self._asked = exchange.journal()[-1]["number"]

    def wait_back(self) -> None:
        """Until another process serves the account; it has read everything, and found nothing to do."""
        until("another process", lambda: self._playground.lives().get(self.name) not in (life(self.pod), None))
        until("it asks", self._asks, within=90)
        self._playground.wait_ready(self.name)
        until_same(self._playground, self._exchange, self.name, self._folder)
        assert self._exchange.books(self.name)["fills"] == self._fills
        assert self._exchange.protected(self.name, BTC, ETH)

    def _asks(self) -> bool:
        return any(one["customer"] == self.name for one in self._exchange.journal(after=self._asked))


@contextmanager
def _without_operator(playground: Playground) -> Iterator[None]:
    operator = f"deployment/{RELEASE}-operator"
    playground.kubectl("scale", operator, "--replicas=0")
    try:
        playground.kubectl("wait", "--for=delete", "pod", "--selector=app.kubernetes.io/component=operator")
        yield
    finally:
        playground.kubectl("scale", operator, "--replicas=1")
        playground.kubectl("rollout", "status", operator, "--timeout=60s")


@pytest.fixture
def held(playground: Playground, exchange: SimulatedExchange, dave: str, tmp_path: Path) -> Held:
    """The account before something dies."""
    return Held(playground, exchange, dave, tmp_path)


def test_a_deleted_pod_comes_back(playground: Playground, held: Held) -> None:
    """`kubectl delete pod` in the middle of a position."""
    playground.kubectl("delete", "pod", held.pod["metadata"]["name"])
    held.wait_back()


def test_a_killed_worker_comes_back(hand: Hand, held: Held) -> None:
    """A kill -9 of its process: the kubelet starts it again."""
    hand.signal(signal.SIGKILL, held.pod)
    held.wait_back()


def test_a_worker_over_its_memory_limit_comes_back(playground: Playground, held: Held) -> None:
    """The kernel ends it, the cluster says so, and it goes on reconciled; that is no crash of its own."""
    greedy = " & ".join([f"{PYTHON} -c '{GREEDY}'"] * MANY)
    pod = held.pod["metadata"]["name"]
    command = playground.node.command("--namespace", NAMESPACE, "exec", pod, "--", "sh", "-c", f"{greedy} & wait")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as taking:
        until("it restarts", lambda: life(playground.worker(held.name)) != life(held.pod))
        taking.kill()
    until("the cluster says why", lambda: _ended_by(playground.worker(held.name)) == "OOMKilled")
    held.wait_back()


def _ended_by(pod: Json) -> str:
    """Why its program last ended, in the cluster's word."""
    (status,) = pod["status"]["containerStatuses"]
    return str(status["lastState"].get("terminated", {}).get("reason", ""))


def test_a_dead_signal_service_costs_no_worker(
    playground: Playground, exchange: SimulatedExchange, hand: Hand, held: Held
) -> None:
    """Workers guard what is open, and trade on once it is back."""
    before, traded = playground.lives(), len(exchange.books("carol")["fills"])
    service = playground.component("signals")
    hand.signal(signal.SIGKILL, service)

    until("it restarts", lambda: life(playground.component("signals")) != life(service))
    until("carol trades on", lambda: len(exchange.books("carol")["fills"]) > traded, within=120)
    playground.wait_ready()
    assert playground.lives() == before
    assert exchange.protected(held.name, BTC, ETH)


def test_without_an_operator_everything_goes_on(
    playground: Playground, exchange: SimulatedExchange, held: Held
) -> None:
    """Ten minutes of market: accounts trade, a deleted pod comes back; then the operator finds all as it should be."""
    with _without_operator(playground):
        begun, traded = exchange.now(), len(exchange.books("carol")["fills"])
        playground.kubectl("delete", "pod", held.pod["metadata"]["name"])
        until("carol trades on", lambda: len(exchange.books("carol")["fills"]) > traded, within=120)
        until("ten minutes have passed", lambda: exchange.now() - begun > CARRIED_ON)
        before = playground.lives()

    held.wait_back()
    playground.wait_ready()
    assert playground.lives() == before
