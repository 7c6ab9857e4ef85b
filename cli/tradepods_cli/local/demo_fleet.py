"""The demo's accounts and strategy, written as the manifests that `tradepods up` takes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
MakeSecret = Callable[[str], str]
BALANCE = "10000"
SHOWN = 5  # accounts that are told of before a run


def strategy(symbols: Sequence[str]) -> Json:
    """Buys exhausted falls and sells exhausted rises of five-minute candles."""
    rsi: Json = {"var": "rsi", "params": {"period": 14}}
    trend: Json = {"var": "trend_state", "params": {"fast": 20, "slow": 50}}
    entries = [
        {
            "side": "long",
            "type": "rsi_oversold",
            "strength": 1,
            "when": {"all": [{**rsi, "op": "<", "value": 28}, {**trend, "op": "<=", "value": 0}]},
        },
        {
            "side": "short",
            "type": "rsi_overbought",
            "strength": 1,
            "when": {"all": [{**rsi, "op": ">", "value": 72}, {**trend, "op": ">=", "value": 0}]},
        },
    ]
    spec = {"timeframe": "5m", "universe": {"top": 0, "include": list(symbols)}, "entries": entries}
    return _manifest("TradingStrategy", "rsi-swing", spec)


ALICE, BOB = "alice", "bob"
TARGETS = ("0.6", "0.8", "1", "1.2", "1.5", "2")  # percent, one after the other, so that no two neighbours act alike
SIZES = (3, 5, 8, 10)  # percent of the balance


def names(count: int) -> list[str]:
    """Alice, bob, and as many more as are asked for."""
    return [ALICE, BOB, *(f"trader-{number:02}" for number in range(3, count + 1))][:count]


def live(count: int) -> list[str]:
    """Those who trade at the exchange."""
    return [name for name in names(count) if name != ALICE]


def accounts(*, exchange: str, telegram: str, count: int = 2) -> list[Json]:
    """Alice trades on paper, bob live on the simulator, with other targets and another size; the others as bob."""
    alice = {
        "dryRun": True,
        "entryPct": 5,
        "leverage": 5,
        "maxPositions": 7,
        "long": {"takeProfitPct": 1.5, "stopLossPct": 1},
        "short": {"takeProfitPct": 1.5, "stopLossPct": 1},
        "paper": {"balance": BALANCE},
    }
    specs = [alice, *(_live(name, number) for number, name in enumerate(live(count)))]
    return [
        _account(name, spec, exchange=exchange, telegram=telegram, chat=str(1001 + number))
        for number, (name, spec) in enumerate(zip(names(count), specs, strict=True))
    ]


def _live(name: str, number: int) -> Json:
    target = float(TARGETS[(number + 1) % len(TARGETS)])
    return {
        "dryRun": False,
        "acknowledgeLiveTrading": True,
        "credentialsSecretRef": {"name": f"{name}-exchange"},
        "entryPct": SIZES[(number + 3) % len(SIZES)],
        "leverage": 10,
        "maxPositions": 5,
        "exitCooldownHours": 1,
        "long": {"takeProfitPct": target, "stopLossPct": target},
        "short": {"takeProfitPct": target, "stopLossPct": target},
    }


def said(count: int) -> list[str]:
    """What each account does, in a line; of many, the first."""
    shown = accounts(exchange="", telegram="", count=count)
    lines = [_said(account["metadata"]["name"], account["spec"]) for account in shown[:SHOWN]]
    return lines + ([f"and {count - SHOWN} more, live, each with its own targets and size"] if count > SHOWN else [])


def _said(name: str, spec: Json) -> str:
    where = "dry run, on paper" if spec["dryRun"] else "live, on the simulator"
    exits = spec["long"]
    return (
        f"{name:<7}{where}: {spec['entryPct']} % at {spec['leverage']}x, "
        f"take-profit {exits['takeProfitPct']} %, stop {exits['stopLossPct']} %"
    )


def _account(name: str, spec: Json, *, exchange: str, telegram: str, chat: str) -> Json:
    common = {
        "exchange": {"id": "binanceusdm", "environment": "custom", "url": exchange},
        "telegram": {"secretRef": {"name": f"{name}-telegram"}, "chatIds": [chat], "apiUrl": telegram},
        "autoExit": True,
        "dca": {"enabled": False},
    }
    return _manifest("TradingAccount", name, {**common, **spec})


def _manifest(kind: str, name: str, spec: Json) -> Json:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def secrets(make: MakeSecret, *, count: int = 2) -> Mapping[str, Mapping[str, str]]:
    """The demo's keys and tokens, new at each run, by the name of their Secret."""
    keys = {f"{n}-exchange": {"apiKey": make(f"{n}-key"), "apiSecret": make(f"{n}-secret")} for n in live(count)}
    bots = {
        f"{name}-telegram": {"botToken": f"{100_001 + number}:{make(f'{name}-token')}"}
        for number, name in enumerate(names(count))
    }
    return {**keys, **bots}


def write(folder: Path, documents: Sequence[Json]) -> None:
    """The manifests, one file each: the person may read them, change them, and run them again."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        file = folder / f"{document['metadata']['name']}.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")


def secret_manifests(data: Mapping[str, Mapping[str, str]]) -> list[Json]:
    """Secrets as manifests."""
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": dict(values)}
        for name, values in data.items()
    ]
