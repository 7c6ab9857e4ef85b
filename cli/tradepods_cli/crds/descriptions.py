"""What a model says of itself and of its fields, for `kubectl explain`."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

Json = dict[str, Any]
SECTION = "Attributes:"
FIELD = re.compile(r"^    (\w+): (.*)$")
LONG = re.compile(r"\s+")


def described(model: type[BaseModel]) -> Json:
    """The model's JSON Schema; each field has the line that `Attributes:` of its model's docstring gives it."""
    schema = model.model_json_schema(by_alias=True)
    for node in (schema, *schema.get("$defs", {}).values()):
        _describe(node)
    return schema


def _describe(node: Json) -> None:
    text, _, section = inspect.cleandoc(node.get("description", "")).partition(SECTION)
    if words := LONG.sub(" ", text).strip():
        node["description"] = words
    else:  # an empty one isn't stored: who compares would see a difference for ever
        node.pop("description", None)
    for name, said in _fields(section):
        node["properties"][to_camel(name)]["description"] = said


def _fields(section: str) -> Iterator[tuple[str, str]]:
    """Each name with its words; a line that begins no other belongs to the one before."""
    name, said = "", ""
    for line in section.splitlines():
        found = FIELD.match(line)
        if found:
            if name:
                yield name, said
            name, said = found[1], found[2]
        else:
            said = f"{said} {line.strip()}".strip()
    if name:
        yield name, said
