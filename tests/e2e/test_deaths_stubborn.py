"""A pod that does not go when it is told to: the next one waits, and an account never has two traders."""

import json
import time
from collections.abc import Iterator

import pytest

from support.node import Json, until
from support.node_hand import PYTHON
from support.node_watch import Watch
from support.playground import BTC, ETH, Playground
from support.playground_exchange import SimulatedExchange

STUBBORN = ["/bin/sh", "-c", f'{PYTHON} -m tradepods_worker "$@" & wait', "worker"]  # a shell does not pass it on

IGNORED = 20  # seconds at least, of its grace of 30


@pytest.fixture
def stubborn(playground: Playground, dave: str) -> Iterator[Json]:
    """The worker in a pod that ignores SIGTERM."""
    playground.annotate(dave, "reconcile=paused")
    _start_by(playground, dave, STUBBORN)
    yield until("its pod runs", lambda: _stubborn(playground, dave), within=90)
    _start_by(playground, dave, None)
    playground.annotate(dave, "reconcile-")
    playground.kubectl("delete", "pod", f"--selector=tradepods.dev/account={dave}", "--grace-period=1", "--wait=false")
    until("its pod is as it was", lambda: playground.workers(dave) and not _stubborn(playground, dave), within=120)
    playground.wait_ready(dave)


def _start_by(playground: Playground, name: str, command: list[str] | None) -> None:
    container = {"name": "worker", "command": command}
    body = json.dumps({"spec": {"template": {"spec": {"containers": [container]}}}})
    playground.kubectl("patch", "deployment", f"account-{name}", "--patch", body)


def _stubborn(playground: Playground, name: str) -> Json | None:
    pods = [pod for pod in playground.workers(name) if pod["spec"]["containers"][0].get("command") == STUBBORN]
    return next((pod for pod in pods if pod["status"]["phase"] == "Running"), None)


def test_the_next_pod_waits_for_the_last_to_end(
    playground: Playground, exchange: SimulatedExchange, watch: Watch, dave: str, stubborn: Json
) -> None:
    """It ignores SIGTERM for its whole grace; only then does another one run, and take over."""
    until("dave is protected", lambda: exchange.protected(dave, BTC, ETH), within=90)
    until("it trades", lambda: stubborn["status"]["podIP"] in watch.served(dave), within=90)
    old, served, told_at = stubborn["metadata"]["name"], watch.served(dave), time.monotonic()
    playground.kubectl("delete", "pod", old, "--wait=false")

    together = list[tuple[str, ...]]()

    def ended() -> bool:
        pods = {pod["metadata"]["name"]: pod["status"]["phase"] for pod in playground.workers(dave)}
        if pods.get(old) == "Running":  # the kubelet takes a pod away only some time after its program has ended
            together.append(tuple(phase for name, phase in pods.items() if name != old))
        return old not in pods

    until("the old pod ends", ended, within=60)
    assert time.monotonic() - told_at > IGNORED, "it went before its grace was over: nothing was tried"
    assert ("Pending",) in together
    assert all("Running" not in phases for phases in together)
    until("the next one trades", lambda: len(watch.served(dave)) > len(served), within=90)
    playground.wait_ready(dave)
    assert exchange.protected(dave, BTC, ETH)
