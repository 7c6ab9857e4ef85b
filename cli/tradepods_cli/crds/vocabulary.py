"""The words of conditions, which no model's bounds tell: the variables that may stand somewhere, and timeframes.

What these words say to each other (a variable's parameters, groups that compare, longer timeframes) is not here: for
conditions three deep it would be over an API server's budget. The operator checks it and tells it in the status.
"""

from collections.abc import Mapping
from typing import Any

from tradepods_core.strategy.condition_checks import ENTRY, MANAGEMENT, Known
from tradepods_core.times import TIMEFRAME_PATTERN

Json = dict[str, Any]
PLACES: Mapping[str, Known] = {"entries": ENTRY, "management": MANAGEMENT}


def with_vocabulary(spec: Json) -> Json:
    """A strategy's schema that knows the variables of each place, and the timeframes there are."""
    fields = {name: _worded(node, PLACES.get(name, {})) for name, node in spec["properties"].items()}
    fields["timeframe"] |= {"pattern": TIMEFRAME_PATTERN}
    return {**spec, "properties": fields}


def _worded(node: Json, known: Known) -> Json:
    found = dict(node)
    if "items" in node:
        found["items"] = _worded(node["items"], known)
    if "properties" in node:
        found["properties"] = {name: _word(name, inner, known) for name, inner in node["properties"].items()}
    return found


def _word(name: str, node: Json, known: Known) -> Json:
    match name:
        case "var":
            return {key: value for key, value in node.items() if key != "maxLength"} | {"enum": sorted(known)}
        case "timeframe":
            return {**node, "pattern": TIMEFRAME_PATTERN}
        case _:
            return _worded(node, known)
