"""The Job that makes the example accounts: it waits for their kinds, has no other right, and undoes nobody's change."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.chart import examples, render
from support.chart_access import ACCESS, install, kubeconfig, may, operator, refused, seeding, user
from support.cluster import Cluster, serving
from support.operating import Hands, until
from tradepods_cli.crds.definitions import definitions
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, SECRET, STRATEGY

Json = dict[str, Any]
DONE, HOPELESS = 0, 3


@pytest.fixture
def fresh() -> Iterator[Cluster]:
    """A cluster that does not know our kinds yet."""
    with serving() as found:
        yield found


def _written(folder: Path, objects: list[Json]) -> Path:
    place = folder / "examples"
    place.mkdir()
    for name, text in examples(objects).items():
        (place / name).write_text(text, "utf-8")
    return place


def test_examples_come_once_their_kinds_do_and_are_served(fresh: Cluster, tmp_path: Path) -> None:
    """As in one `helm install`; a second run leaves a changed account as it is, and the operator serves everywhere."""
    namespace = fresh.namespace()
    values: Mapping[str, Any] = {"simulator": {"enabled": True}, "rbac": {"mode": "Cluster"}}
    objects = render(values, namespace=namespace)
    install(fresh, objects, *ACCESS)
    manifests = _written(tmp_path, objects)
    config = kubeconfig(fresh, tmp_path, namespace=namespace, component="examples")
    with fresh.client() as client, seeding(config, manifests, namespace=namespace) as job:
        hands = Hands(client, namespace)
        until(lambda: hands.get(SECRET, "bob-exchange"))
        fresh.define(definitions().values())
        _, said = job.communicate(timeout=60)
        assert job.returncode == DONE, said
        assert '"waiting"' in said
        assert hands.get(STRATEGY, "rsi-swing")
        hands.patch(ACCOUNT, "bob", {"spec": {"entryPct": 1}})
        _left_alone(hands, config, manifests)
        _served(fresh, objects, hands, tmp_path)


def _left_alone(hands: Hands, config: Path, manifests: Path) -> None:
    """A second run, as after `helm upgrade`, finds all five there."""
    with seeding(config, manifests, namespace=hands.namespace) as again:
        _, said = again.communicate(timeout=60)
    assert (again.returncode, said.count('"there_already"')) == (DONE, 5)
    assert hands.get(ACCOUNT, "bob")["spec"]["entryPct"] == 1


def _served(fresh: Cluster, objects: list[Json], hands: Hands, folder: Path) -> None:
    """Both accounts get their workers: the operator knows their endpoints and may read their Secrets."""
    config = kubeconfig(fresh, folder, namespace=hands.namespace, component="operator")
    with operator(objects, config, folder) as (one, figures):
        for name in ("alice", "bob"):
            until(lambda name=name: hands.child(DEPLOYMENT, name), what=one.wrote)
        until(lambda: hands.get(STRATEGY, "rsi-swing").get("status", {}).get("accountCount") == 2, what=one.wrote)
        assert refused(figures) == []


def test_the_job_may_create_and_nothing_else(cluster: Cluster, namespace: str) -> None:
    """Not even read what it made."""
    install(cluster, render({"simulator": {"enabled": True}}, namespace=namespace), *ACCESS)
    kinds = ("secrets", "tradingaccounts.tradepods.dev", "tradingstrategies.tradepods.dev")
    with cluster.client(impersonating=user(namespace, "examples")) as client:
        for what in kinds:
            assert may(client, "create", what, namespace=namespace)
            assert not may(client, "create", what, namespace="default")
            assert not any(may(client, verb, what, namespace=namespace) for verb in ("get", "list", "patch", "delete"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no *.yaml file with manifests"),
        ("a: [", "a.yaml holds no manifests that can be read"),
        ("apiVersion: v1\nkind: Node\nmetadata: {name: a}", "a.yaml holds no manifests that can be read"),
        ("apiVersion: v1\nkind: Secret\nstringData: {a: key-4711}", "a.yaml holds no manifests that can be read"),
    ],
)
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, text: str, says: str) -> None:
    """By its file, and without what is in it."""
    if text:
        (tmp_path / "a.yaml").write_text(text, "utf-8")
    with seeding(tmp_path / "none", tmp_path, namespace="trading") as job:
        _, said = job.communicate(timeout=60)

    assert job.returncode == HOPELESS
    assert says in said
    assert "key-4711" not in said


def test_an_account_that_is_refused_ends_the_job(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    """With the API server's own words: trying again would fail again."""
    install(cluster, render({"simulator": {"enabled": True}}, namespace=namespace), *ACCESS)
    wrong = "apiVersion: tradepods.dev/v1alpha1\nkind: TradingAccount\nmetadata: {name: a}\nspec: {entryPct: 500}"
    (tmp_path / "a.yaml").write_text(wrong, "utf-8")
    config = kubeconfig(cluster, tmp_path, namespace=namespace, component="examples")
    with seeding(config, tmp_path, namespace=namespace) as job:
        _, said = job.communicate(timeout=60)

    assert job.returncode == HOPELESS
    assert "spec.entryPct" in said
