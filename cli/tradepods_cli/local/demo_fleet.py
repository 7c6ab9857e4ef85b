"""The demo's accounts and strategy, written as the manifests that `tradepods up` takes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
MakeSecret = Callable[[str], str]
BALANCE = "10000"


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


def accounts(*, exchange: str, telegram: str) -> list[Json]:
    """Alice trades on paper, bob live on the simulator, with other targets and another size."""
    alice = {
        "dryRun": True,
        "entryPct": 5,
        "leverage": 5,
        "maxPositions": 7,
        "long": {"takeProfitPct": 1.5, "stopLossPct": 1},
        "short": {"takeProfitPct": 1.5, "stopLossPct": 1},
        "paper": {"balance": BALANCE},
    }
    bob = {
        "dryRun": False,
        "acknowledgeLiveTrading": True,
        "credentialsSecretRef": {"name": "bob-exchange"},
        "entryPct": 10,
        "leverage": 10,
        "maxPositions": 5,
        "exitCooldownHours": 1,
        "long": {"takeProfitPct": 0.8, "stopLossPct": 0.8},
        "short": {"takeProfitPct": 0.8, "stopLossPct": 0.8},
    }
    return [
        _account("alice", alice, exchange=exchange, telegram=telegram, chat="1001"),
        _account("bob", bob, exchange=exchange, telegram=telegram, chat="1002"),
    ]


def said() -> list[str]:
    """What each account does, in a line."""
    return [_said(account["metadata"]["name"], account["spec"]) for account in accounts(exchange="", telegram="")]


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


def secrets(make: MakeSecret) -> Mapping[str, Mapping[str, str]]:
    """The demo's keys and tokens, new at each run, by the name of their Secret."""
    return {
        "bob-exchange": {"apiKey": make("bob-key"), "apiSecret": make("bob-secret")},
        "alice-telegram": {"botToken": f"100001:{make('alice-token')}"},
        "bob-telegram": {"botToken": f"100002:{make('bob-token')}"},
    }


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
