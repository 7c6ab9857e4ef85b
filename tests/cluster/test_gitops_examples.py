"""What people put into Git to begin with is taken by a real API server, and holds no secret."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.argo_customizations import FOLDER
from support.cluster import Cluster
from support.cluster_assets import ROOT, SHARED
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account

EXAMPLES = ROOT / "examples"
OVERLAYS = EXAMPLES / "kustomize" / "overlays"
ARGO = SHARED.parent / "argocd" / "application-crd.yaml"
NAMESPACES = {"demo": "trading-demo", "live": "trading-live"}
Json = dict[str, Any]


def _rendered(cluster: Cluster, name: str) -> list[Json]:
    done = cluster.kubectl("kustomize", str(OVERLAYS / name))
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def _accounts(cluster: Cluster, name: str) -> dict[str, AccountSpec]:
    found = [one for one in _rendered(cluster, name) if one["kind"] == "TradingAccount"]
    return {one["metadata"]["name"]: read_account(one["spec"]) for one in found}


def _taken(cluster: Cluster, *arguments: str) -> list[str]:
    done = cluster.kubectl("apply", "--server-side", "--validate=strict", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_kubectl_applies_the_examples(cluster: Cluster, namespace: str) -> None:
    """`kubectl apply -f examples/`: two accounts on paper and their strategy; again, and nothing changes."""
    for said in ("created", "unchanged"):
        done = cluster.kubectl("apply", "--namespace", namespace, "--filename", str(EXAMPLES))
        assert [line.split()[1] for line in done.stdout.splitlines()] == [said] * 3, done.stderr


@pytest.mark.parametrize("overlay", NAMESPACES)
def test_overlays_are_taken(cluster: Cluster, client: httpx.Client, overlay: str) -> None:
    """`kubectl apply -k`, into the namespace that each names."""
    client.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACES[overlay]}})
    said = _taken(cluster, "--dry-run=server", "--kustomize", str(OVERLAYS / overlay))

    assert len(said) == len(_rendered(cluster, overlay)) == 3


def test_overlays_differ_where_money_is_real(cluster: Cluster) -> None:
    """The live one risks less, has a limit of losses, and keeps the positions of an account that goes by mistake."""
    demo, live = _accounts(cluster, "demo"), _accounts(cluster, "live")

    assert demo.keys() == live.keys() == {"alice", "bob"}
    for name, spec in live.items():
        assert (spec.exchange.environment, demo[name].exchange.environment) == ("live", "demo")
        assert (spec.deletion_policy, demo[name].deletion_policy) == ("Retain", "Flatten")
        assert spec.entry_pct < demo[name].entry_pct
        assert spec.protections.max_daily_loss_pct > 0
        assert not spec.dry_run


@pytest.mark.parametrize("overlay", NAMESPACES)
def test_secrets_are_named_and_not_there(cluster: Cluster, overlay: str) -> None:
    """Each account has its own; the repository has none."""
    names = [spec.credentials_secret_ref for spec in _accounts(cluster, overlay).values()]

    assert len({ref.name for ref in names if ref is not None}) == len(names)
    assert {one["kind"] for one in _rendered(cluster, overlay)} == {"TradingAccount", "TradingStrategy"}


def test_argo_cd_takes_the_applications(cluster: Cluster, client: httpx.Client, tmp_path: Path) -> None:
    """By Argo CD's own definition of them."""
    if not ARGO.is_file():
        pytest.skip("there is no definition of Argo CD's Application to try the examples on")
    cluster.define(yaml.safe_load_all(ARGO.read_text("utf-8")))
    client.post("/api/v1/namespaces", json={"metadata": {"name": "argocd"}})
    folder = tmp_path / "all.json"
    documents = [one for file in (FOLDER / "root.yaml", *(FOLDER / "apps").glob("*.yaml")) for one in _read(file)]
    folder.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}), "utf-8")

    assert len(_taken(cluster, "--dry-run=server", "--filename", str(folder))) == len(documents) == 6


def test_waves_go_from_rights_to_real_money() -> None:
    """Namespaces, the chart, the test net, then live accounts; namespaces are never pruned."""
    documents = [one for file in (FOLDER / "apps").glob("*.yaml") for one in _read(file)]
    notes = {one["metadata"]["name"]: one["metadata"]["annotations"] for one in documents}
    order = sorted(notes, key=lambda name: (int(notes[name]["argocd.argoproj.io/sync-wave"]), name))

    assert order == ["trading-demo", "trading-live", "tradepods", "accounts-demo", "accounts-live"]
    for name in NAMESPACES.values():
        assert notes[name]["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"


def _read(file: Path) -> list[Json]:
    return list(yaml.safe_load_all(file.read_text("utf-8")))
