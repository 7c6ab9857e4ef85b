"""What the chart's service accounts may do on a real API server, and what they may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.chart import of_kind, render
from support.chart_access import ACCESS, install, kubeconfig, may, operator, refused, user
from support.cluster import Cluster
from support.operated import account, live
from support.operating import Hands, Replica, until
from tradepods_operator.engine.manifests.names import CRASH_TOLD, RESTART, SETTINGS
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT, JOB, KINDS, POD, SECRET, STRATEGY

Json = dict[str, Any]
OBJECTS = (
    "configmaps",
    "serviceaccounts",
    "deployments.apps",
    "networkpolicies.networking.k8s.io",
)
ACCOUNTS, STRATEGIES = "tradingaccounts.tradepods.dev", "tradingstrategies.tradepods.dev"
SEEN = ("get", "list", "watch")
ALLOWED = {
    ACCOUNTS: {*SEEN, "patch"},
    f"{ACCOUNTS}/status": {"patch"},
    f"{ACCOUNTS}/finalizers": {"update"},
    STRATEGIES: {*SEEN},
    f"{STRATEGIES}/status": {"patch"},
    "pods": {*SEEN, "patch"},
    "persistentvolumeclaims": {"get", "list", "create", "patch"},
    "jobs.batch": {"create"},
    "events": {"create"},
    **{what: {*SEEN, "create", "patch", "delete"} for what in OBJECTS},
}
SWING: Json = {
    "apiVersion": STRATEGY.api,
    "kind": STRATEGY.name,
    "metadata": {"name": "swing"},
    "spec": {
        "timeframe": "5m",
        "universe": {"top": 0, "include": ["BTC/USDT:USDT"]},
        "entries": [
            {
                "side": "long",
                "type": "oversold",
                "when": {"all": [{"var": "rsi", "params": {"period": 14}, "op": "<", "value": 30}]},
            }
        ],
    },
}
VERBS = (*SEEN, "create", "update", "patch", "delete", "deletecollection", "escalate", "bind", "impersonate")
NEVER = (
    "nodes",
    "namespaces",
    "pods/exec",
    "pods/log",
    "pods/ephemeralcontainers",
    "serviceaccounts/token",
    "deployments.apps/scale",
    "daemonsets.apps",
    "cronjobs.batch",
    "persistentvolumes",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
)


class Place:
    """A release with a namespace of accounts, and a namespace that is nobody's."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.release, self.traders, self.strange = (cluster.namespace() for _ in range(3))

    def install(self, **rbac: Any) -> list[Json]:
        """The chart's rights; gives all of its objects."""
        objects = render({"rbac": {"accountNamespaces": [self.traders], **rbac}}, namespace=self.release)
        install(self.cluster, objects, *ACCESS)
        return objects

    def client(self, component: str) -> httpx.Client:
        """As a component's service account."""
        return self.cluster.client(impersonating=user(self.release, component))


@pytest.fixture
def place(cluster: Cluster) -> Place:
    """Three new namespaces."""
    return Place(cluster)


@pytest.fixture(params=["Namespaced", "Cluster"])
def operator_client(place: Place, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """The operator's, in either mode."""
    place.install(mode=request.param)
    with place.client("operator") as client:
        yield client


def _verbs(client: httpx.Client, what: str, namespace: str) -> set[str]:
    return {verb for verb in VERBS if may(client, verb, what, namespace=namespace)}


def test_where_accounts_are_the_operator_may_do_what_it_does(operator_client: httpx.Client, place: Place) -> None:
    """These verbs and no other, in the release namespace and in those that are named."""
    for namespace in (place.release, place.traders):
        assert {what: _verbs(operator_client, what, namespace) for what in ALLOWED} == ALLOWED


def test_the_operator_may_do_nothing_else(operator_client: httpx.Client, place: Place) -> None:
    """Least of all give itself or others rights, or go into pods."""
    for namespace in ("", place.release, place.traders):
        assert {what: _verbs(operator_client, what, namespace) for what in NEVER} == {what: set() for what in NEVER}


def test_secrets_are_read_one_by_one_where_accounts_are(operator_client: httpx.Client, place: Place) -> None:
    """Never listed or watched, never changed; created in the release namespace alone."""
    assert _verbs(operator_client, "secrets", place.traders) == {"get"}
    assert _verbs(operator_client, "secrets", place.release) == {"get", "create"}
    assert _verbs(operator_client, "secrets", place.strange) == set()
    assert _verbs(operator_client, "secrets", "") == set()


def test_the_lease_is_its_own(operator_client: httpx.Client, place: Place) -> None:
    """Another one's Lease can be neither read nor taken."""
    leases = "leases.coordination.k8s.io"

    assert all(
        may(operator_client, v, leases, namespace=place.release, name="tradepods-operator") for v in ("get", "update")
    )
    assert not may(operator_client, "update", leases, namespace=place.release, name="other")
    assert not may(operator_client, "get", leases, namespace=place.traders, name="tradepods-operator")


def test_in_namespaced_mode_other_namespaces_are_closed(place: Place) -> None:
    """Nothing is bound for the whole cluster."""
    objects = place.install(mode="Namespaced")

    assert of_kind(objects, "ClusterRoleBinding") == []
    with place.client("operator") as client:
        assert {what: _verbs(client, what, place.strange) for what in ALLOWED} == {what: set() for what in ALLOWED}


def test_in_cluster_mode_other_namespaces_are_open_but_for_their_secrets(place: Place) -> None:
    """Every Secret only where it is said in so many words."""
    place.install(mode="Cluster")
    with place.client("operator") as client:
        assert {what: _verbs(client, what, place.strange) for what in ALLOWED} == ALLOWED
        assert _verbs(client, "secrets", place.strange) == set()
        place.install(mode="Cluster", secretsEverywhere=True)
        assert _verbs(client, "secrets", place.strange) == {"get"}
        assert _verbs(client, "secrets", "") == {"get"}


@pytest.mark.parametrize("mode", ["Namespaced", "Cluster"])
def test_the_others_may_next_to_nothing(place: Place, mode: str) -> None:
    """The signal service reads the keys that tokens are signed with; the admin's account has no right at all."""
    place.install(mode=mode)
    for component in ("signals", "admin"):
        with place.client(component) as client:
            everything = (*ALLOWED, *NEVER, "secrets", "leases.coordination.k8s.io")
            assert {what: _verbs(client, what, place.release) for what in everything} == {w: set() for w in everything}
    with place.client("signals") as client:
        assert client.get("/openid/v1/jwks").json()["keys"]


def test_real_requests_are_refused_as_the_table_says(place: Place) -> None:
    """Asked with a Secret that is there."""
    place.install(mode="Namespaced")
    for namespace in (place.traders, place.strange):
        with place.cluster.client() as admin:
            Hands(admin, namespace).secret("alice-exchange", apiKey="key-4711")
    with place.client("operator") as client:
        own = f"/api/v1/namespaces/{place.traders}/secrets"
        assert client.get(f"{own}/alice-exchange").is_success
        for answer in (
            client.get(own),
            client.get(f"/api/v1/namespaces/{place.strange}/secrets/alice-exchange"),
            client.delete(f"{own}/alice-exchange"),
            client.post(own, json={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "new"}}),
        ):
            assert answer.status_code == httpx.codes.FORBIDDEN
            assert "key-4711" not in answer.text


def test_people_see_accounts_by_the_roles_that_they_have(place: Place) -> None:
    """Whoever may view a namespace sees its accounts, whoever may edit it changes them; neither writes a status."""
    objects = place.install(mode="Namespaced")
    rules = {one["metadata"]["name"].rpartition("-")[2]: one for one in of_kind(objects, "ClusterRole")}

    assert rules["view"]["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"] == "true"
    assert set(rules["view"]["rules"][0]["verbs"]) == set(SEEN)
    assert rules["edit"]["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-edit"] == "true"
    assert rules["edit"]["rules"][0]["resources"] == ["tradingaccounts", "tradingstrategies"]


@contextmanager
def _operated(place: Place, folder: Path) -> Iterator[tuple[Hands, Hands, Replica]]:
    """The real operator with a token of its service account; in the end nothing has been refused to it."""
    objects = place.install(mode="Namespaced")
    config = kubeconfig(place.cluster, folder, namespace=place.release, component="operator")
    with place.cluster.client() as admin, operator(objects, config, folder) as (one, figures):
        yield Hands(admin, place.traders), Hands(admin, place.release), one
        assert refused(figures) == []
        assert "orbidden" not in one.wrote()


def test_the_operator_serves_accounts_with_these_rights(place: Place, tmp_path: Path) -> None:
    """Children, status, Secrets, a pod that is told of changed settings, a child that is put back."""
    with _operated(place, tmp_path) as (hands, _, one):
        hands.create(ACCOUNT, account())
        hands.create(ACCOUNT, live("bob"))
        until(lambda: hands.child(DEPLOYMENT), what=one.wrote)
        until(lambda: hands.said("Ready", "bob") == ("False", "SecretNotUsable"), what=one.wrote)
        hands.secret("bob-exchange", apiKey="key", apiSecret="secret")
        hands.patch(ACCOUNT, "bob", {"metadata": {"annotations": {RESTART: "1"}}})
        until(lambda: hands.child(DEPLOYMENT, "bob"), what=one.wrote)
        hands.pod()
        hands.patch(POD, "alice-pod", {"metadata": {"annotations": {SETTINGS: "older"}}})
        until(lambda: hands.get(POD, "alice-pod")["metadata"]["annotations"][SETTINGS] != "older", what=one.wrote)
        hands.delete(DEPLOYMENT, "account-alice")
        until(lambda: hands.child(DEPLOYMENT), what=one.wrote)


def test_the_operator_has_a_chat_told_with_these_rights(place: Place, tmp_path: Path) -> None:
    """A Job that the API server takes, once; it is no worker's pod."""
    with _operated(place, tmp_path) as (hands, _, one):
        hands.secret("bot", botToken="1:token")
        hands.create(ACCOUNT, account(telegram={"secretRef": {"name": "bot"}, "chatIds": ["1"]}))
        until(lambda: hands.child(DEPLOYMENT), what=one.wrote)
        hands.pod()
        for times in (1, 2, 3):
            hands.crash(times=times)
            until(lambda seen=times: hands.crashes_seen() == seen, what=one.wrote)
        until(lambda: hands.said("Stalled") == ("True", "Degraded"), what=one.wrote)
        until(lambda: CRASH_TOLD in hands.child(DEPLOYMENT)["metadata"]["annotations"], what=one.wrote)
        (job,) = hands.client.get(hands.url(JOB)).json()["items"]
        assert job["metadata"]["ownerReferences"][0]["name"] == "alice"
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_the_operator_keeps_its_own_with_these_rights(place: Place, tmp_path: Path) -> None:
    """The fleet's id, the service's strategies and what became of each, Events, a finalizer."""
    with _operated(place, tmp_path) as (hands, house, one):
        until(lambda: house.get(SECRET, "tradepods-fleet"), what=one.wrote)
        house.create(STRATEGY, SWING)
        until(lambda: house.get(STRATEGY, "swing").get("status"), what=one.wrote)
        files = house.get(CONFIG_MAP, "tradepods-strategies")["data"]
        assert list(files) == [f"{place.release}.swing.json"]
        hands.create(ACCOUNT, account("eve", exchange={"environment": "custom", "url": "http://elsewhere:1"}))
        until(lambda: hands.said("Ready", "eve") == ("False", "EndpointNotAllowed"), what=one.wrote)
        until(lambda: "eve" in _told(hands), what=one.wrote)
        hands.create(ACCOUNT, account("carol", deletionPolicy="Flatten"))
        until(lambda: hands.get(ACCOUNT, "carol")["metadata"].get("finalizers"), what=one.wrote)


def _told(hands: Hands) -> set[str]:
    """The accounts that Events are about."""
    found = hands.client.get(f"/api/v1/namespaces/{hands.namespace}/events").json()["items"]
    return {event["involvedObject"]["name"] for event in found}


def test_every_kind_that_the_operator_knows_is_in_the_table() -> None:
    """A new one would be refused by the API server, and this reminds of it."""
    known = {f"{kind.plural}.{kind.api.rpartition('/')[0]}".rstrip(".") for kind in KINDS}

    assert known == {what for what in ALLOWED if "/" not in what} | {"secrets"}
