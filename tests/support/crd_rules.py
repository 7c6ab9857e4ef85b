"""One row for each rule of a definition: what breaks it, the field that is named, and words of the fix."""

import copy
from collections.abc import Mapping
from typing import Any

from support.crd_rows import CROSS, RSI

Json = dict[str, Any]
ACCOUNT: Json = {"exchange": {}}
LIVE: Json = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
BTC = "BTC/USDT:USDT"


def strategy(*conditions: Json, when: Json | None = None, **changes: object) -> Json:
    """A strategy with one entry of these conditions."""
    entry = {"side": "long", "type": "dip", "when": {"all": list(conditions or (RSI,))} if when is None else when}
    return {"timeframe": "5m", "universe": {"include": [BTC]}, "entries": [entry], **changes}


def managing(**action: object) -> Json:
    """A strategy with one rule of management."""
    rule = {"type": "out", "when": {"all": [RSI]}, "enabled": False, "action": action}
    return strategy(management=[rule])


BROKEN: Mapping[str, tuple[tuple[Json, str, str], ...]] = {
    "TradingAccount": (
        ({**ACCOUNT, **LIVE, "acknowledgeLiveTrading": False}, "spec.acknowledgeLiveTrading", "dryRun: false trades"),
        ({**ACCOUNT, "dryRun": False, "acknowledgeLiveTrading": True}, "spec.credentialsSecretRef", "apiKey and apiSe"),
        ({"exchange": {"environment": "custom"}}, "spec.exchange.url", "environment: custom needs a url"),
        ({"exchange": {"url": "http://a:1"}}, "spec.exchange.url", "only custom takes one"),
        ({"exchange": {"environment": "custom", "url": "http://a:65536"}}, "spec.exchange.url", "a port from 1 to 655"),
        ({"exchange": {"environment": "custom", "url": "http://a:0"}}, "spec.exchange.url", "a port from 1 to 65535"),
        ({**ACCOUNT, "ledger": {"type": "postgresql"}}, "spec.ledger.secretRef", "needs secretRef"),
        ({**ACCOUNT, "ledger": {"secretRef": {"name": "db"}}}, "spec.ledger.secretRef", "only postgresql takes one"),
        ({**ACCOUNT, "breakEven": {"triggerPct": 1, "offsetPct": 1}}, "spec.breakEven.offsetPct", "write less than"),
        ({**ACCOUNT, "trailing": {"activatePct": 1}}, "spec.trailing.callbackPct", "above 0, or both 0"),
        ({**ACCOUNT, "trailing": {"callbackPct": 1}}, "spec.trailing.callbackPct", "above 0, or both 0"),
        ({**ACCOUNT, "dca": {"triggerPct": 3}}, "spec.dca.triggerPct", "write less than long.stopLossPct"),
        ({**ACCOUNT, "short": {"stopLossPct": 1}}, "spec.dca.triggerPct", "and short.stopLossPct"),
        ({**ACCOUNT, "symbols": {"allow": [BTC], "deny": [BTC]}}, "spec.symbols.deny", "keep it in one of the two"),
        (
            {**ACCOUNT, "resources": {"requests": {"cpu": "1"}}},
            "spec.resources.requests.cpu",
            "at most resources.limit",
        ),
        (
            {**ACCOUNT, "resources": {"limits": {"memory": "64Mi"}}},
            "spec.resources.requests.memory",
            "at most resource",
        ),
        ({**ACCOUNT, "paper": {"balance": 0}}, "spec.paper.balance", "above 0"),
        ({**ACCOUNT, "paper": {"balance": "0.0"}}, "spec.paper.balance", "above 0"),
        ({**ACCOUNT, "paper": {"balance": 1_000_000_001}}, "spec.paper.balance", "at most"),
        ({**ACCOUNT, "paper": {"balance": "1000000000.00000001"}}, "spec.paper.balance", "at most"),
    ),
    "TradingStrategy": (
        (strategy(schedule="0 * * * *"), "spec.schedule", "not yet available"),
        (strategy(python={"entryPoint": "mine", "params": {"a": 1}}), "spec.python", "not yet available"),
        (strategy(entries=[]), "spec.entries", "write at least one entry"),
        (strategy(universe={"top": 5, "byQuoteVolume": False}), "spec.universe.byQuoteVolume", "write true"),
        (strategy(universe={}), "spec.universe.include", "name at least one symbol"),
        (strategy(universe={"include": [BTC], "exclude": [BTC]}), "spec.universe.exclude", "take one out"),
        (strategy(when={}), "spec.entries[0].when", "exactly one of all: [...] and any: [...]"),
        (strategy(when={"all": [RSI], "any": [RSI]}), "spec.entries[0].when", "exactly one of all: [...] and any"),
        (strategy({"var": "rsi", "op": "<"}), "spec.entries[0].when.all[0]", "exactly one of value, values, ref"),
        (strategy({"var": "rsi", "value": 1}), "spec.entries[0].when.all[0]", "write var, op"),
        (strategy(CROSS | {"value": 1}), "spec.entries[0].when.all[0]", "exactly one of value, values, ref"),
        (strategy({"all": [RSI], "any": [RSI]}), "spec.entries[0].when.all[0]", "stands alone"),
        (strategy({"all": [RSI], "params": {"period": 5}}), "spec.entries[0].when.all[0]", "stands alone"),
        (strategy({"any": [{"all": [{"op": "<"}]}]}), "spec.entries[0].when.all[0].any[0].all[0]", "write var, op"),
        (strategy(RSI | {"op": "between"}), "spec.entries[0].when.all[0]", "between takes values"),
        (strategy({"var": "rsi", "op": "<", "values": [1, 2]}), "spec.entries[0].when.all[0]", "between takes values"),
        (
            strategy({"var": "rsi", "op": "between", "values": [2, 1]}),
            "spec.entries[0].when.all[0]",
            "the first is abo",
        ),
        *(
            (managing(**action), "spec.management[0].action.pct", said)
            for action, said in (
                ({"kind": "add"}, "for add"),
                ({"kind": "add", "pct": 0}, "above 0, at most 100"),
                ({"kind": "reduce", "pct": 99.5}, "at most 99"),
                ({"kind": "move_stop", "pct": -51}, "at least -50"),
                ({"kind": "trail_stop", "pct": 51}, "at most 50"),
                ({"kind": "break_even", "pct": -1}, "at least 0"),
                ({"kind": "close", "pct": 1}, "take it out"),
                ({"kind": "alert", "pct": 1}, "take it out"),
            )
        ),
        (
            strategy(management=copy.deepcopy(managing(kind="close")["management"] * 2)),
            "spec.management",
            "notices and maxTimes go by this name",
        ),
    ),
}
FITTING: Mapping[str, tuple[Json, ...]] = {
    "TradingAccount": (
        ACCOUNT,
        {**ACCOUNT, **LIVE},
        {**ACCOUNT, "paper": {"balance": "10000"}},
        {**ACCOUNT, "paper": {"balance": "1000000000"}},
        {**ACCOUNT, "paper": {"balance": "0.00000001"}},
        {"exchange": {"environment": "custom", "url": "http://a:65535"}},
        {**ACCOUNT, "dca": {"enabled": False, "triggerPct": 50}},
        {**ACCOUNT, "breakEven": {"triggerPct": 1, "offsetPct": 0.5}, "trailing": {"activatePct": 1, "callbackPct": 1}},
        {**ACCOUNT, "rollout": "Auto", "deletionPolicy": "Flatten", "state": "Stopped"},
        {**ACCOUNT, "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1000m", "memory": "1Gi"}}},
        {**ACCOUNT, "telegram": None, "credentialsSecretRef": None},
    ),
    "TradingStrategy": (
        strategy(),
        strategy(universe={"top": 50}),
        strategy(CROSS, {"any": [RSI, {"all": [RSI, CROSS]}]}),
        strategy({"all": [RSI], "params": {}}),
        *(
            managing(**action)
            for action in (
                {"kind": "add", "pct": 100},
                {"kind": "reduce", "pct": 0.1},
                {"kind": "move_stop", "pct": -50},
                {"kind": "trail_stop", "pct": 50},
                {"kind": "break_even"},
                {"kind": "close"},
            )
        ),
    ),
}
