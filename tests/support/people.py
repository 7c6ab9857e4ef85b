"""What people do to a fleet: make accounts, and change a setting of all of them."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx

from tradepods_core.manifest import API_VERSION

SIDE_BY_SIDE = 8
NAMESPACE = "fleet"
ACCOUNTS = f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/tradingaccounts"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
MERGE = {"Content-Type": "application/merge-patch+json"}


class Place(Protocol):
    """A cluster with the fleet's namespace."""

    def client(self) -> httpx.Client:
        """The administrator's."""
        ...


def named(count: int) -> list[str]:
    """The accounts' names."""
    return [f"trader-{number:05}" for number in range(count)]


def make(place: Place, count: int) -> None:
    """So many accounts with their Secrets. They trade on paper: live ones start a few at a time, whoever runs them."""

    def one(client: httpx.Client, name: str) -> None:
        keys = {"apiKey": f"key-of-{name}", "apiSecret": f"secret-of-{name}"}
        client.post(SECRETS, json=_secret(f"{name}-exchange", keys)).raise_for_status()
        client.post(SECRETS, json=_secret(f"{name}-telegram", {"botToken": f"1:{name}"})).raise_for_status()
        client.post(ACCOUNTS, json=_account(name)).raise_for_status()

    _each(place, named(count), one)


def change(place: Place, count: int, *, entry_pct: int) -> None:
    """Another size of entries for everybody: no pod has to restart for it."""
    body = json.dumps({"spec": {"entryPct": entry_pct}})

    def one(client: httpx.Client, name: str) -> None:
        client.patch(f"{ACCOUNTS}/{name}", content=body, headers=MERGE).raise_for_status()

    _each(place, named(count), one)


def accounts(place: Place) -> list[dict[str, Any]]:
    """All of them as they are."""
    with place.client() as client:
        found: list[dict[str, Any]] = client.get(ACCOUNTS).raise_for_status().json()["items"]
    return found


def handed(place: Place) -> list[int]:
    """The size of entries that each worker is handed."""
    with place.client() as client:
        found = client.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps").raise_for_status().json()["items"]
    return [json.loads(one["data"]["settings.json"])["entryPct"] for one in found]


def _each(place: Place, names: list[str], one: Callable[[httpx.Client, str], None]) -> None:
    def share(first: int) -> None:
        with place.client() as client:
            for name in names[first::SIDE_BY_SIDE]:
                one(client, name)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        _done(pool.map(share, range(SIDE_BY_SIDE)))


def _done(results: Iterator[None]) -> None:
    for _ in results:
        pass  # what one raised is raised here


def _secret(name: str, values: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "stringData": values}


def _account(name: str) -> dict[str, Any]:
    spec = {
        "exchange": {"id": "binanceusdm"},
        "credentialsSecretRef": {"name": f"{name}-exchange"},
        "telegram": {"secretRef": {"name": f"{name}-telegram"}, "chatIds": ["123456789"]},
        "entryPct": 5,
        "symbols": {"allow": ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"]},
    }
    return {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": name}, "spec": spec}
