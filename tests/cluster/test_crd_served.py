"""Our kinds as a real API server serves them: tables, words, what can't change, and a status of its own."""

import copy
from typing import Any

import httpx
import pytest

from support.cluster import Cluster
from support.crd_rows import document
from support.crd_rules import ACCOUNT, strategy
from tradepods_cli.crds.definitions import definitions
from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
READY: Json = {
    "type": "Ready",
    "status": "False",
    "observedGeneration": 1,
    "lastTransitionTime": "2026-11-21T12:00:00Z",
    "reason": "SecretNotUsable",
    "message": "",
}


def _created(client: httpx.Client, namespace: str, spec: Json, name: str = "alice") -> str:
    """An account that is stored; its address."""
    folder = f"/apis/{API_VERSION}/namespaces/{namespace}/tradingaccounts"
    client.post(folder, json=document("TradingAccount", spec, name)).raise_for_status()
    return f"{folder}/{name}"


def _changed(client: httpx.Client, place: str, spec: Json) -> httpx.Response:
    return client.patch(place, json={"spec": spec}, headers={"Content-Type": "application/merge-patch+json"})


def _applied(client: httpx.Client, place: str, status: Json, *, manager: str) -> httpx.Response:
    body = {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": "alice"}, "status": status}
    kind = {"Content-Type": "application/apply-patch+yaml"}
    return client.patch(f"{place}/status", json=body, params={"fieldManager": manager}, headers=kind)


@pytest.mark.parametrize("name", definitions())
def test_a_definition_is_stored_as_it_is_written(client: httpx.Client, name: str) -> None:
    """Nothing is dropped or put another way: who compares Git with the cluster sees no difference."""
    written = definitions()[name]
    stored = client.get(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}").json()["spec"]

    assert stored.pop("conversion") == {"strategy": "None"}  # the server's own
    assert stored == written["spec"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"exchange": {"environment": "demo"}}, "exchange.environment"),
        ({"exchange": {"environment": "custom", "url": "http://a:1"}}, "exchange.url"),
        ({"ledger": {"type": "postgresql", "secretRef": {"name": "db"}}}, "ledger.type"),
    ],
)
def test_another_exchange_or_ledger_is_another_account(
    client: httpx.Client, namespace: str, change: Json, field: str
) -> None:
    """The answer names the field, and what to do; other settings change freely."""
    place = _created(client, namespace, ACCOUNT)
    refused = _changed(client, place, change)

    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert f"spec.{field}: Invalid value" in refused.text
    assert f"{field} can't be changed: write what it was, or make a new TradingAccount" in refused.text
    assert _changed(client, place, {"entryPct": 7, "exchange": {"proxySecretRef": {"name": "p"}}}).is_success


def test_what_is_not_written_gets_its_default_and_lists_get_none(client: httpx.Client, namespace: str) -> None:
    """So that a stored spec reads whole, and tools that compare lists see no change."""
    place = f"/apis/{API_VERSION}/namespaces/{namespace}/tradingstrategies"
    written = strategy()
    account = client.get(_created(client, namespace, ACCOUNT)).json()["spec"]
    stored = client.post(place, json=document("TradingStrategy", copy.deepcopy(written))).json()["spec"]

    assert (account["dryRun"], account["entryPct"], account["long"]) == (
        True,
        5,
        {"takeProfitPct": 3, "stopLossPct": 3},
    )
    assert "telegram" not in account
    assert stored["entries"] == written["entries"]


def test_a_status_is_written_apart_from_the_spec(client: httpx.Client, namespace: str) -> None:
    """It leaves the generation, and who writes one condition leaves the others."""
    place = _created(client, namespace, ACCOUNT)
    own = {"observedGeneration": 1, "phase": "NotReady", "equity": "10000.5", "openPositions": 2, "conditions": [READY]}
    other = {"conditions": [{**READY, "type": "Looked"}]}

    assert _applied(client, place, {**own, "overrides": {"entryPct": "2"}}, manager="operator").is_success
    assert _applied(client, place, other, manager="somebody").is_success
    found = client.get(place).json()
    assert found["metadata"]["generation"] == 1
    assert {one["type"] for one in found["status"]["conditions"]} == {"Ready", "Looked"}
    assert found["status"]["overrides"] == {"entryPct": "2"}


def test_kubectl_shows_how_accounts_stand(cluster: Cluster, client: httpx.Client, namespace: str) -> None:
    """Exchange, state, dry run, positions, equity, ready, reason and age; also by the short name and the category."""
    place = _created(client, namespace, ACCOUNT)
    _applied(client, place, {"equity": "10000.5", "openPositions": 2, "conditions": [READY]}, manager="operator")
    _created(client, namespace, {**ACCOUNT, "state": "Paused"}, "bob")
    heads, alice, bob = cluster.kubectl("get", "ta", f"--namespace={namespace}").stdout.splitlines()

    assert heads.split() == ["NAME", "EXCHANGE", "STATE", "DRY-RUN", "POSITIONS", "EQUITY", "READY", "REASON", "AGE"]
    assert alice.split()[:-1] == ["alice", "binanceusdm", "Running", "true", "2", "10000.5", "False", "SecretNotUsable"]
    assert bob.split()[2] == "Paused"
    picked = cluster.kubectl("get", "tradepods", "--field-selector=spec.state=Paused", "-n", namespace, "-o", "name")
    assert "tradingaccount.tradepods.dev/bob" in picked.stdout + picked.stderr


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("ta.spec.entryPct", "margin of an entry, % of the available balance"),
        ("ta.spec.telegram.chatIds", "who may act"),
        ("ts.spec.universe.top", "how many of the most traded"),
    ],
)
def test_kubectl_explains_a_field(cluster: Cluster, field: str, said: str) -> None:
    """In the words of the models."""
    assert said in cluster.kubectl("explain", field).stdout


def test_an_unknown_field_is_refused_by_kubectl_and_never_stored(
    cluster: Cluster, client: httpx.Client, namespace: str
) -> None:
    """A client that does not ask to be strict is warned, and what it misspelt is left out."""
    manifest = document("TradingAccount", {**ACCOUNT, "entryPercent": 5}, "carol")
    refused = cluster.kubectl("apply", f"--namespace={namespace}", "-f", "-", given=str(manifest).replace("'", '"'))
    folder = f"/apis/{API_VERSION}/namespaces/{namespace}/tradingaccounts"
    lax = client.post(folder, json=manifest)

    assert 'unknown field "spec.entryPercent"' in refused.stderr
    assert "spec.entryPercent" in lax.headers["Warning"]
    assert "entryPercent" not in lax.json()["spec"]
