"""One row for each bound that a definition has: a value just inside, and those just outside."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tradepods_cli.crds.definitions import definitions
from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
SYMBOLS = {"allow": ["BTC/USDT:USDT"], "deny": ["ETH/USDT:USDT"]}
ACCOUNT: Json = {  # every field is written, so that each bound has its place
    "exchange": {"environment": "custom", "url": "http://127.0.0.1:9000", "proxySecretRef": {"name": "proxy"}},
    "credentialsSecretRef": {"name": "keys"},
    "telegram": {
        "secretRef": {"name": "bot"},
        "chatIds": ["1"],
        "viewerChatIds": ["-2"],
        "apiUrl": "https://bots.example",
        "language": "ko",
        "overrides": ["dryRun"],
    },
    "paper": {"balance": 500},
    "long": {"takeProfitPct": 4, "stopLossPct": 3.5},
    "dca": {"enabled": False, "triggerPct": 1, "stepPcts": [30]},
    "strategies": ["swing"],
    "symbols": SYMBOLS,
    "ledger": {
        "type": "postgresql",
        "secretRef": {"name": "database"},
        "storage": {"size": "2Gi", "storageClassName": "fast"},
    },
}
RSI: Json = {"var": "rsi", "params": {"period": 14}, "timeframe": "5m", "op": "<", "value": 30}
CROSS: Json = {
    "var": "price",
    "op": "crosses_above",
    "ref": {"var": "sma", "params": {"period": 50}, "timeframe": "15m"},
}
BETWEEN: Json = {"var": "macd", "op": "between", "values": [-1, 1]}
WHEN: Json = {"all": [RSI, {"any": [CROSS, {"all": [BETWEEN, RSI]}]}]}
STRATEGY: Json = {
    "timeframe": "5m",
    "universe": {"top": 5, "include": ["BTC/USDT:USDT"], "exclude": ["ETH/USDT:USDT"]},
    "entries": [{"side": "long", "type": "dip", "strength": 2, "when": WHEN}],
    "management": [
        {
            "type": "out",
            "when": {"any": [{"var": "roi", "op": ">", "value": 1}]},
            "action": {"kind": "reduce", "pct": 50},
            "priority": 5,
            "enabled": False,
            "maxTimes": 2,
        },
    ],
}
BASES = {"TradingAccount": ACCOUNT, "TradingStrategy": STRATEGY}
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A spec with one value changed.

    Attributes:
        path: of that value, as messages name it.
        bound: what of the schema it is about.
        fits: whether the value is inside of its own bounds.

    """

    kind: str
    path: str
    bound: str
    value: object
    fits: bool
    spec: Json

    def __str__(self) -> str:
        """What the row tries, for a message."""
        return f"{self.kind} {self.path} {self.bound} {str(self.value)[:40]!r}"


def document(kind: str, spec: object, name: str = "x") -> Json:
    """A manifest."""
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def schema_of(kind: str) -> Json:
    """Of its spec."""
    found = next(one for one in definitions().values() if one["spec"]["names"]["kind"] == kind)
    schema: Json = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema


def rows(kind: str) -> Iterator[Row]:
    """Of every value in the base."""
    base = BASES[kind]
    for place, node, value in _places(schema_of(kind), base, ()):
        for bound, changed, fits in _around(node, value):
            yield Row(
                kind=kind,
                path=_path(place),
                bound=bound,
                value=changed,
                fits=fits,
                spec=_with(base, place, changed),
            )


def _places(node: Json, value: Any, place: Place) -> Iterator[tuple[Place, Json, Any]]:
    """Every value of the base, and every one that has a default."""
    if place:
        yield place, node, value
    for key, inner, below in _below(node, value):
        yield from _places(inner, below, (*place, key))


def _below(node: Json, value: Any) -> Iterator[tuple[str | int, Json, Any]]:
    if isinstance(value, list):
        yield from ((index, node["items"], inner) for index, inner in enumerate(value))
    elif isinstance(value, dict) and "additionalProperties" in node:
        yield from ((name, node["additionalProperties"], inner) for name, inner in value.items())
    elif isinstance(value, dict):
        for name, inner in node.get("properties", {}).items():
            if name in value or "default" in inner:
                yield name, inner, value.get(name, inner.get("default"))


def _around(node: Json, value: Any) -> Iterator[tuple[str, object, bool]]:
    if "enum" in node:
        yield from (("enum", "other", False), ("enum", f"{value}\n", False), ("type", 1, False))
    elif node.get("type") in ("integer", "number"):
        yield from _numbers(node)
    elif node.get("type") == "boolean":
        yield from (("type", 1, False), ("type", "true", False))
    elif node.get("type") == "string":
        yield from _texts(node, value)
    elif node.get("type") == "array":
        yield from _lists(node, value)
    elif node.get("type") == "object":
        yield from _objects(node, value)


def _numbers(node: Json) -> Iterator[tuple[str, object, bool]]:
    step: float = 1 if node["type"] == "integer" else 0.0001
    yield from (("type", "5", False), ("type", True, False))
    if node["type"] == "integer":
        yield "type", node["minimum"] + 0.5, False
    for bound, way in (("minimum", 1), ("maximum", -1)):
        if bound in node:
            exclusive = node.get(f"exclusive{bound.capitalize()}", False)
            yield bound, node[bound] + (way * step if exclusive else 0), True
            yield bound, node[bound] - (0 if exclusive else way * step), False


def _texts(node: Json, value: str) -> Iterator[tuple[str, object, bool]]:
    yield "type", 5, False
    yield "maxLength", "a" * (node["maxLength"] + 1), False
    if "pattern" in node:
        yield from (("pattern", wrong, False) for wrong in (f"{value}\n", f"{value}\u0663"))  # an Arabic three


def _lists(node: Json, value: list[Any]) -> Iterator[tuple[str, object, bool]]:
    yield from (("type", {}, False), ("items", [*value, None], False))
    if "minItems" in node:
        yield "minItems", value[:1] * (node["minItems"] - 1), False
    yield "maxItems", value[:1] * (node["maxItems"] + 1) if value else [None] * (node["maxItems"] + 1), False


def _objects(node: Json, value: Json) -> Iterator[tuple[str, object, bool]]:
    yield "type", [], False
    if "properties" in node:
        yield "unknown field", {**value, "colour": 1}, False
    for name in node.get("required", ()):
        yield "required", {key: inner for key, inner in value.items() if key != name}, False
    if "maxProperties" in node:
        yield "maxProperties", {f"p{number}": 1 for number in range(node["maxProperties"] + 1)}, False


def _path(place: Place) -> str:
    return "spec" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)


def _with(base: Json, place: Place, value: object) -> Json:
    found = copy.deepcopy(base)
    node: Any = found
    for part in place[:-1]:
        node = node.setdefault(part, {}) if isinstance(node, dict) else node[part]
    node[place[-1]] = value
    return found
