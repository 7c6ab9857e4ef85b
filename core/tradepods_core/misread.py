"""What pydantic would take for a number or a switch, and an API server would not: both doors refuse it alike."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Place = tuple[str | int, ...]
EXACT: dict[str, Any] = {  # of a field with an amount of money, for its schema: a text, or a whole number
    "x-kubernetes-int-or-string": True,
    "pattern": r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,8})?$",
}


def misread(found: object, data: Any, place: Place = ()) -> Iterator[tuple[Place, object, str]]:
    """Where texts became numbers or switches: the place in `data`, what stands there, and what would do."""
    match found, data:
        case BaseModel(), Mapping():
            yield from _fields(found, data, place)
        case (tuple(), list()) | (Mapping(), Mapping()):
            for key, inner in _pairs(found):
                yield from misread(inner, data[key], (*place, key))
        case bool(), _:
            if not isinstance(data, bool):
                yield place, data, "true or false, without quotes"
        case (Decimal() | int() | float(), str() | bool()):
            yield place, data, "a number, without quotes"


def _pairs(found: Any) -> Iterable[tuple[Any, object]]:
    return found.items() if isinstance(found, Mapping) else enumerate(found)


def _fields(found: BaseModel, data: Mapping[str, object], place: Place) -> Iterator[tuple[Place, object, str]]:
    for name, field in type(found).model_fields.items():
        if (alias := field.alias or name) in data:
            yield from _field(field, getattr(found, name), data[alias], (*place, alias))


def _field(field: FieldInfo, found: object, data: object, place: Place) -> Iterator[tuple[Place, object, str]]:
    """A number with a fraction is not exact everywhere: such an amount is a text."""
    if field.json_schema_extra != EXACT:
        yield from misread(found, data, place)
    elif (isinstance(data, str) and not re.fullmatch(EXACT["pattern"], data)) or (isinstance(data, float) and data % 1):
        yield place, data, 'a whole number, or a text such as "10000.5"'
