"""Specs drawn from a definition: most values are right, here and there one is what a person or a tool might write."""

from typing import Any

from hypothesis import strategies as st

from support.crd_rows import STRATEGY, schema_of
from support.crd_rules import ACCOUNT, LIVE

Json = dict[str, Any]
Draw = st.DrawFn
ODD: tuple[object, ...] = (
    "",
    " ",
    "5",
    "0.5",
    "true",
    True,
    False,
    [],
    {},
    0,
    -1,
    7.5,
    126,
    1e-9,
    1e30,
    "\u0663",
    "x\n",
)
RARELY = 40  # one value of so many is odd
BASES: dict[str, Json] = {"TradingAccount": {**ACCOUNT, **LIVE}, "TradingStrategy": STRATEGY}


@st.composite
def specs(draw: Draw, kind: str) -> Json:
    """A spec: the base, and some of its fields drawn anew."""
    schema = schema_of(kind)
    names = draw(st.sets(st.sampled_from(sorted(schema["properties"])), max_size=5))
    return BASES[kind] | {name: draw(_value(schema["properties"][name])) for name in sorted(names - {"python"})}


@st.composite
def _value(draw: Draw, node: Json) -> Any:
    if draw(st.integers(0, RARELY)) == RARELY:
        return draw(st.sampled_from(ODD))
    if "enum" in node:
        return draw(st.sampled_from(node["enum"]))
    if "x-kubernetes-int-or-string" in node:
        return draw(st.integers(-1, 2_000_000_000) | st.decimals(0, 2_000_000_000, places=3).map(str))
    return draw(_OF_TYPE[node["type"]](node))


def _number(node: Json) -> st.SearchStrategy[Any]:
    low, high = node.get("minimum", -200), node.get("maximum", 200)
    if node["type"] == "integer":
        return st.integers(low - 1, high + 1)
    return st.floats(low, high, allow_nan=False) | st.sampled_from([low, high, low + 0.01, (low + high) / 2, 0.1 + 0.2])


def _text(node: Json) -> st.SearchStrategy[str]:
    if "pattern" not in node:
        return st.text(max_size=node["maxLength"])
    right = st.from_regex(node["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
    return right.map(lambda text: text.rstrip("\n")) | right


@st.composite
def _object(draw: Draw, node: Json) -> Json:
    if "properties" not in node:
        keys = st.sampled_from(["period", "fast", "slow", "window", "colour"])
        return draw(st.dictionaries(keys, _value(node["additionalProperties"]), max_size=2))
    needed = set(node.get("required", ()))
    return {
        name: draw(_value(inner))
        for name, inner in node["properties"].items()
        if name in needed or draw(st.integers(0, 3)) == 0
    }


def _list(node: Json) -> st.SearchStrategy[list[Any]]:
    return st.lists(_value(node["items"]), min_size=node.get("minItems", 0), max_size=min(node["maxItems"], 2))


_OF_TYPE = {
    "integer": _number,
    "number": _number,
    "boolean": lambda _node: st.booleans(),
    "string": _text,
    "array": _list,
    "object": _object,
}
