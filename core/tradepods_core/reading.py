"""Plain data (a parsed YAML document) becomes a model, or a list of problems with path, value and allowed range."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tradepods_core.errors import Invalid, Problem
from tradepods_core.misread import misread

Model = TypeVar("Model", bound=BaseModel)
Json = dict[str, Any]
SHOWN = 80  # characters of a number in a message
LONGEST_SHOWN = 24  # characters of a text: names are shorter, keys and tokens are longer


def read_model(model: type[Model], data: object, *, root: str) -> Model:
    """One model out of plain data; raises Invalid with paths that begin with `root`."""
    try:
        found = model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        schema = model.model_json_schema()
        raise Invalid(_problem(detail, schema=schema, root=root) for detail in error.errors()) from None
    if wrong := list(misread(found, data)):
        raise Invalid(Problem(field=_path(root, place), value=shown(value), fix=fix) for place, value, fix in wrong)
    return found


def unreadable(*, line: int | None) -> Invalid:
    """A document that is no YAML. Only the line is told: a parser's own words quote what stands there."""
    where = "" if line is None else f" in line {line}"
    return Invalid([Problem(field="document", value="", fix=f"is not readable YAML: check its syntax{where}")])


def _problem(detail: ErrorDetails, *, schema: Json, root: str) -> Problem:
    kind, location = detail["type"], detail["loc"]
    value = "" if kind == "missing" else shown(detail["input"], known=kind != "extra_forbidden")
    return Problem(field=_path(root, location), value=value, fix=_fix(detail, schema=schema))


def _path(root: str, location: Iterable[str | int]) -> str:
    return root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)


def shown(value: object, *, known: bool = True) -> str:
    """A value in a message, but none that may be a key or a token in the wrong place.

    That is a long text, any text in an unknown field, and what is inside a mapping or a list.
    """
    if isinstance(value, Mapping | list | tuple) and value:
        return "a mapping" if isinstance(value, Mapping) else "a list"
    if isinstance(value, str) and (len(value) > LONGEST_SHOWN or not known):
        return f"a text of {len(value)} characters"
    return json.dumps(value, default=str, ensure_ascii=False)[:SHOWN]


def _fix(detail: ErrorDetails, *, schema: Json) -> str:
    location = detail["loc"]
    if detail["type"] == "extra_forbidden":
        return _unknown(str(location[-1]), _node(schema, location[:-1]))
    if detail["type"] == "missing":
        return "is required: " + (_allowed(_node(schema, location)) or "write it")
    message = detail["msg"].removeprefix("Value error, ")
    said = message[:1].lower() + message[1:]
    return said if detail["type"] == "value_error" else _allowed(_node(schema, location)) or said


def _unknown(name: str, parent: Json) -> str:
    known = sorted(parent.get("properties", {}))
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"unknown field: did you mean {near[0]}?" if near else f"unknown field: there are {', '.join(known)}"


def _node(schema: Json, location: Iterable[str | int]) -> Json:
    """The schema of the place that a path leads to; {} where the path leaves it."""
    node = _solid(schema, schema)
    for part in location:
        inner = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        node = _solid(inner, schema)
    return node


def _solid(node: Json, schema: Json) -> Json:
    """References followed; of `X or nothing` and of a Decimal's two forms, the one with bounds."""
    if "$ref" in node:
        return _solid(schema["$defs"][node["$ref"].rsplit("/", 1)[1]], schema)
    options = [o for o in node.get("anyOf", ()) if o.get("type") != "null"]
    if not options:
        return node
    return _solid(next((o for o in options if o.get("type") == "number"), options[0]), schema)


TYPES: Mapping[str, str] = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list",
    "object": "a mapping",
}
BOUNDS = (
    ("exclusiveMinimum", "above {}"),
    ("minimum", "at least {}"),
    ("exclusiveMaximum", "below {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "matching {}"),
)


def _allowed(node: Json) -> str:
    """The allowed values in words: `a number, above 0, at most 100`; "" where the schema says nothing."""
    if "const" in node or "enum" in node:
        return "one of " + ", ".join(str(v) for v in node.get("enum", [node.get("const")]))
    parts = [TYPES[node["type"]]] if node.get("type") in TYPES else []
    parts += [text.format(_number(node[bound])) for bound, text in BOUNDS if bound in node]
    return ", ".join(parts)


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
