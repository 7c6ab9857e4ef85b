"""What a person reads of `kubectl get tradingaccounts`, in each state that an account can be in."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from support.argo_samples import SCENES, STRATEGIES, account_in, serving, strategy_in
from support.cluster import Cluster
from support.operated import ALICE, Bench, account, live, secret
from support.operating import Hands
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, STRATEGY, Key, Kind, Ref

# State, Positions, Ready and Reason by default; Phase, Reconciling's part of it, and Message in the wide table
ROWS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "new": ("Running", "", "", "", "", ""),
    "starting": ("Running", "", "False", "WorkerStarting", "WorkerStarting", ""),
    "queued": ("Running", "", "False", "Queued", "Queued", "the fleet has its 1 workers (maxWorkers)"),
    "trading": ("Running", "0", "True", "Trading", "Trading", ""),
    "alerts-only": ("Running", "0", "True", "Trading", "Trading", ""),
    "held-back": ("Running", "1", "True", "Trading", "HoldsPosition", ""),
    "left-alone": ("Running", "0", "True", "Trading", "Trading", ""),
    "paused-by-git": ("Paused", "0", "True", "Paused", "Paused", ""),
    "paused-by-annotation": ("Running", "0", "True", "Paused", "Paused", ""),
    "paused-by-chat": ("Running", "0", "True", "Paused", "Paused", ""),
    "halted-by-annotation": ("Running", "0", "True", "Halted", "Halted", ""),
    "halted-with-the-fleet": ("Running", "0", "True", "Halted", "Halted", ""),
    "tripped": ("Running", "0", "True", "Tripped", "Tripped", ""),
    "stopped": ("Stopped", "0", "True", "Stopped", "Stopped", ""),
    "stop-not-confirmed": ("Stopped", "1", "False", "StopNotConfirmed", "StopNotConfirmed", "positions are open"),
    "degraded": ("Running", "0", "False", "Degraded", "Degraded", "the worker crashed again and again: rests until"),
    "deleting": ("Running", "1", "False", "Deleting", "Deleting", "Flatten is under way, for 10 min more at most"),
    "secret-missing": (
        *("Running", "", "False", "SecretNotUsable", "SecretNotUsable"),
        "spec.credentialsSecretRef: no Secret alice-exchange: create it",
    ),
    "keys-refused": ("Running", "0", "False", "CredentialsNotValid", "CredentialsNotValid", "Refused: -2015 Invalid"),
    "settings-on-their-way": ("Running", "0", "False", "SettingsNotApplied", "SettingsNotApplied", "Told: handed on"),
    "settings-refused": (
        *("Running", "0", "False", "SettingsNotApplied", "SettingsNotApplied"),
        "Refused: ledger.type can't change while the account is served",
    ),
    "signals-gone": ("Running", "0", "False", "SignalsNotFresh", "SignalsNotFresh", "SignalsGone: no word for two"),
    "without-stop": ("Running", "0", "False", "NotProtected", "NotProtected", "WithoutStop: "),
    "worker-silent": ("Running", "0", "False", "WorkerNotHeard", "WorkerNotHeard", ""),
    "endpoint-not-allowed": (
        *("Running", "", "False", "EndpointNotAllowed", "EndpointNotAllowed"),
        "spec.exchange.url is http://elsewhere:9000: the operator allows",
    ),
    "name-conflict": (
        *("Running", "", "False", "NameConflict", "NameConflict"),
        "ConfigMap account-alice-settings is somebody else's: rename the account",
    ),
    "shared-account": (
        *("Running", "", "False", "SharedSecret", "SharedSecret"),
        "spec.credentialsSecretRef: another account uses the same one",
    ),
}


async def _conflicting(bench: Bench) -> None:
    data = {"apiVersion": "v1", "kind": "ConfigMap", "data": {}}
    await bench.put({**data, "metadata": {"name": names.settings("alice"), "namespace": "traders"}}, account())
    await bench.settle()


async def _sharing(bench: Bench) -> None:
    values = {"apiKey": "one-key", "apiSecret": "one-secret"}
    await bench.put(live("bob"), secret("bob-exchange", **values), live(), secret("alice-exchange", **values))
    for key in (Key("traders", "bob"), ALICE):
        await bench.settle(key)


async def _silent(bench: Bench) -> None:
    await serving()(bench)
    await bench.hear(silent=True)
    await bench.settle()


OTHERS = {"name-conflict": _conflicting, "shared-account": _sharing, "worker-silent": _silent}


async def _account(name: str) -> Any:
    if name in SCENES:
        return await account_in(name)
    bench = Bench()
    await OTHERS[name](bench)
    return await bench.cluster.get(Ref(ACCOUNT, ALICE.namespace, ALICE.name))


def _put(hands: Hands, kind: Kind, name: str, document: Any) -> None:
    """The object as an operator has left it, under another name."""
    about = {part: value for part, value in document["metadata"].items() if part in ("annotations", "finalizers")}
    hands.create(kind, {**document, "metadata": {**about, "name": name}})
    if status := document.get("status"):
        hands.patch(kind, name, {"status": status}, part="/status")
    if "deletionTimestamp" in document["metadata"]:
        hands.delete(kind, name)


@pytest.fixture(scope="module")
def table(cluster: Cluster) -> Mapping[str, Mapping[str, str]]:
    """The wide table, by account and column."""
    namespace = cluster.namespace()
    with cluster.client() as client:
        for name in ROWS:
            _put(Hands(client, namespace), ACCOUNT, name, asyncio.run(_account(name)))
    return _read(cluster.kubectl("get", "ta", "-n", namespace, "-o", "wide").stdout)


def _read(text: str) -> Mapping[str, Mapping[str, str]]:
    head, *lines = text.splitlines()
    starts = [(found.group(), found.start()) for found in re.finditer(r"\S+", head)]
    ends = [start for _, start in starts[1:]] + [None]
    rows = [{name: line[start:end].strip() for (name, start), end in zip(starts, ends, strict=True)} for line in lines]
    return {row["NAME"]: row for row in rows}


def test_no_state_is_left_out() -> None:
    """But one that the operator has not seen yet: it is shown as it was before."""
    assert ROWS.keys() | {"edited"} == SCENES.keys() | OTHERS.keys()


@pytest.mark.parametrize("name", ROWS)
def test_a_person_reads_how_an_account_stands(name: str, table: Mapping[str, Mapping[str, str]]) -> None:
    """The state that the manifest asks for, whether it is ready, and in a word why or why not."""
    row = table[name]
    *columns, message = ROWS[name]

    assert [row[column] for column in ("STATE", "POSITIONS", "READY", "REASON", "PHASE")] == columns
    assert row["MESSAGE"].startswith(message)
    assert bool(row["MESSAGE"]) == (row["READY"] == "False" and name not in ("starting", "worker-silent"))


def test_what_the_chat_has_overridden_is_shown(cluster: Cluster, hands: Hands) -> None:
    """A manifest's dry run may trade real money by now."""
    hands.create(ACCOUNT, account())
    hands.patch(ACCOUNT, "alice", {"status": {"overrides": {"dryRun": "false"}}}, part="/status")
    row = _read(cluster.kubectl("get", "ta", "-n", hands.namespace, "-o", "wide").stdout)["alice"]

    assert (row["DRY-RUN"], row["OVERRIDES"]) == ("true", '{"dryRun":"false"}')


def test_a_person_reads_how_a_strategy_stands(cluster: Cluster, hands: Hands) -> None:
    """Whether it is right, who follows it, and why not."""
    for name in STRATEGIES.keys() - {"wrong"}:  # the API server refuses that one
        _put(hands, STRATEGY, name, asyncio.run(strategy_in(name)))
    wrong = {"type": "Ready", "status": "False", "reason": "QuotaExceeded", "message": "too many"}
    seen = {"observedGeneration": 1, "lastTransitionTime": "2026-11-21T08:00:00Z"}
    hands.patch(STRATEGY, "new", {"status": {"conditions": [{**wrong, **seen}]}}, part="/status")
    table = _read(cluster.kubectl("get", "ts", "-n", hands.namespace, "-o", "wide").stdout)
    found = {name: [row[part] for part in ("ENABLED", "ACCOUNTS", "READY", "REASON")] for name, row in table.items()}

    assert found == {
        "followed": ["true", "1", "True", "Valid"],
        "new": ["true", "", "False", "QuotaExceeded"],
        "not-enabled": ["false", "0", "True", "Valid"],
        "on-its-way": ["true", "1", "Unknown", "Pending"],
        "refused": ["true", "1", "False", "Refused"],
    }
    assert table["new"]["MESSAGE"] == "too many"


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people."""
    return Hands(client, namespace)
