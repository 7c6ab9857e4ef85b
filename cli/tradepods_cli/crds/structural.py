"""A model becomes the structural schema that a CustomResourceDefinition takes.

What pydantic writes is refused there: references, `anyOf`, `const`, numeric `exclusiveMinimum`. So references are put
in place, a Decimal is a number, what may be left out is simply not required, and defaults are spelled out; but none
within a list, where tools that compare what was applied with what is stored would see a change for ever.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from tradepods_cli.crds.descriptions import described
from tradepods_core.errors import Permanent
from tradepods_core.field_rules import VALIDATIONS

Json = dict[str, Any]
INT_OR_STRING = "x-kubernetes-int-or-string"
KEPT = frozenset(
    {"type", "description", "enum", "pattern", "required", "minimum", "maximum", "minLength", "maxLength"}
    | {"minItems", "maxItems", "maxProperties", VALIDATIONS, INT_OR_STRING}
)
READ = frozenset(
    {"title", "default", "anyOf", "const", "items", "prefixItems", "properties", "exclusiveMinimum", "exclusiveMaximum"}
    | {"additionalProperties", "patternProperties", "propertyNames"}
)


def structural(model: type[BaseModel]) -> Json:
    """Its schema; raises Permanent for what a definition can't say."""
    raw = described(model)
    return _schema(raw, raw.pop("$defs", {}), in_list=False)


def _schema(raw: Json, defs: Mapping[str, Json], *, in_list: bool) -> Json:
    node = _solid(raw, defs)
    if unknown := node.keys() - KEPT - READ:
        raise Permanent(f"a definition has no {', '.join(sorted(unknown))}")
    found = {key: value for key, value in node.items() if key in KEPT}
    found |= dict(_bounds(node)) | dict(_inner(node, defs, in_list=in_list))
    if not in_list and node.get("default") is not None:
        found["default"] = _default(node["default"], found)
    return found


def _solid(node: Json, defs: Mapping[str, Json]) -> Json:
    """References followed, and of several forms the one that a manifest has; its own words count more."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        return _solid({**defs[name], **{key: value for key, value in node.items() if key != "$ref"}}, defs)
    if node.get(INT_OR_STRING):
        return {key: value for key, value in node.items() if key != "anyOf"}
    if "anyOf" in node:
        own = {key: value for key, value in node.items() if key != "anyOf"}
        return _solid({**_chosen(node["anyOf"]), **own}, defs)
    if "const" in node:
        return {**{key: value for key, value in node.items() if key != "const"}, "enum": [node["const"]]}
    return node


def _chosen(options: list[Json]) -> Json:
    """`X or nothing` is X; a Decimal is a number, its text is for programs."""
    solid = [option for option in options if option.get("type") != "null"]
    numbers = [option for option in solid if option.get("type") == "number"]
    if len(numbers or solid) != 1:
        raise Permanent(f"a definition has no choice between {len(solid)} forms")
    return (numbers or solid)[0]


def _bounds(node: Json) -> Iterator[tuple[str, Any]]:
    """JSON Schema says `exclusiveMinimum: 0`, a definition `minimum: 0, exclusiveMinimum: true`; 100.0 is 100."""
    for end in ("minimum", "maximum"):
        exclusive = f"exclusive{end.capitalize()}"
        if exclusive in node:
            yield from ((end, _number(node[exclusive])), (exclusive, True))
        elif end in node:
            yield end, _number(node[end])


def _inner(node: Json, defs: Mapping[str, Json], *, in_list: bool) -> Iterator[tuple[str, Any]]:
    if node.get(INT_OR_STRING):
        yield from (("anyOf", [{"type": "integer"}, {"type": "string"}]), ("maxLength", 25))
    if node.get("type") == "array":
        yield "items", _schema(_item(node), defs, in_list=True)
    if "properties" in node:
        inner = {name: _schema(raw, defs, in_list=in_list) for name, raw in node["properties"].items()}
        yield "properties", inner
    elif node.get("type") == "object":
        yield from _values(node, defs)


def _item(node: Json) -> Json:
    """Of a list; one of fixed length has the same item throughout."""
    if "prefixItems" not in node:
        return dict(node["items"])
    first, *others = node["prefixItems"]
    if any(other != first for other in others):
        raise Permanent("a definition has no list of different items")
    return dict(first)


def _values(node: Json, defs: Mapping[str, Json]) -> Iterator[tuple[str, Any]]:
    """Of a mapping with keys of any name; what those may be is for others to say."""
    patterns = node.get("patternProperties")
    values = next(iter(patterns.values())) if patterns else node.get("additionalProperties")
    if isinstance(values, dict):
        yield "additionalProperties", _schema(values, defs, in_list=True)
    else:
        yield "x-kubernetes-preserve-unknown-fields", True


def _default(value: Any, schema: Json) -> Any:
    """As a manifest would have it: of an object every field, of a Decimal its number."""
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return {key: _default(inner, fields[key]) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_default(inner, schema["items"]) for inner in value]
    if schema.get("type") == "number" or schema.get(INT_OR_STRING):
        return _number(value)
    return value


def _number(value: float | str) -> float:
    """Without a fraction where there is none."""
    exact = float(value)
    return int(exact) if exact == int(exact) else exact
