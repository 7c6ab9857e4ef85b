"""The demo's accounts and strategies, written as the manifests that `tradepods up` takes."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tradepods_cli.local.demo_people import DEFAULT_COUNT, MAJORS, Person, on, people
from tradepods_cli.local.demo_strategies import strategies
from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
MakeSecret = Callable[[str], str]
FIRST_CHAT, FIRST_BOT = 1_001, 100_001


def names(count: int) -> list[str]:
    """Alice, bob, and as many more as are asked for."""
    return [person.name for person in people(count)]


def live(count: int) -> list[str]:
    """Those who trade at the exchange."""
    return [person.name for person in people(count) if not person.spec.get("dryRun")]


def accounts(
    *, exchange: str, telegram: str, count: int = DEFAULT_COUNT, symbols: Sequence[str] = MAJORS
) -> list[Json]:
    """One manifest a person, for a market of these symbols."""
    return [
        _account(person, symbols=symbols, exchange=exchange, telegram=telegram, chat=str(FIRST_CHAT + number))
        for number, person in enumerate(people(count))
    ]


def strategy_manifests(symbols: Sequence[str]) -> list[Json]:
    """One manifest a strategy."""
    return [_manifest("TradingStrategy", name, spec) for name, spec in strategies(symbols).items()]


def _account(person: Person, *, symbols: Sequence[str], exchange: str, telegram: str, chat: str) -> Json:
    name = person.name
    real = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": f"{name}-exchange"}}
    common = {
        "exchange": {"id": "binanceusdm", "environment": "custom", "url": exchange},
        "telegram": {"secretRef": {"name": f"{name}-telegram"}, "chatIds": [chat], "apiUrl": telegram},
        "autoExit": True,
        "dca": {"enabled": False},
    }
    return _manifest(
        "TradingAccount", name, {**common, **({} if person.spec.get("dryRun") else real), **on(person.spec, symbols)}
    )


def _manifest(kind: str, name: str, spec: Json) -> Json:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def secrets(make: MakeSecret, *, count: int = DEFAULT_COUNT) -> Mapping[str, Mapping[str, str]]:
    """The demo's keys and tokens, new at each run, by the name of their Secret."""
    keys = {f"{n}-exchange": {"apiKey": make(f"{n}-key"), "apiSecret": make(f"{n}-secret")} for n in live(count)}
    bots = {
        f"{name}-telegram": {"botToken": f"{FIRST_BOT + number}:{make(f'{name}-token')}"}
        for number, name in enumerate(names(count))
    }
    return {**keys, **bots}


def write(folder: Path, documents: Sequence[Json]) -> None:
    """The manifests, one file each: the person may read them, change them, and run them again."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        file = folder / f"{document['metadata']['name']}.yaml"
        separate = json.loads(json.dumps(document))  # what two parts share would be written as an anchor
        file.write_text(yaml.safe_dump(separate, sort_keys=False), "utf-8")


def secret_manifests(data: Mapping[str, Mapping[str, str]]) -> list[Json]:
    """Secrets as manifests."""
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": dict(values)}
        for name, values in data.items()
    ]
