"""YAML as a person means it: a key written twice is a mistake, `1:30` is no number, and a file can't grow in memory."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import unreadable

ENDINGS = (".yaml", ".yml", ".json")
MOST_NODES = 100_000  # of one document, aliases written out
MERGE = "tag:yaml.org,2002:merge"
NUMBERS = {
    "tag:yaml.org,2002:int": r"[-+]?(0|[1-9][0-9]*)",
    "tag:yaml.org,2002:float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf)|\.(nan|NaN)",
}


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, with the numbers of YAML 1.2, and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != MERGE]
        seen: set[str] = set()
        for key in keys:
            if key.value in seen:
                fix = f"line {key.start_mark.line + 1}: this key stands here already: keep one"
                raise Invalid([Problem(field="document", value="", fix=fix)])
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in NUMBERS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern in NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list("-+.0123456789"))


def documents_of(file: Path) -> list[Any]:
    """The documents of a YAML file; raises Invalid where it is no YAML, and says nothing of what stands in it."""
    try:
        text = file.read_text("utf-8")
    except ValueError:
        raise unreadable(line=None) from None
    return documents_in(text)


def documents_in(text: str) -> list[Any]:
    """The documents of a text; raises as `documents_of` does."""
    try:
        found = [document for document in yaml.load_all(text, _Loader) if document is not None]
    except yaml.MarkedYAMLError as error:
        raise unreadable(line=error.problem_mark.line + 1 if error.problem_mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise unreadable(line=None) from None
    for document in found:
        _measure(document)
    return found


def _measure(document: object) -> None:
    """A few aliases of aliases are gigabytes once they are written out, and one of itself has no end."""
    waiting, seen = [document], 0
    while waiting:
        seen += 1
        if seen > MOST_NODES:
            fix = f"has more than {MOST_NODES:,} values, or an alias of itself: write it out, shorter"
            raise Invalid([Problem(field="document", value="", fix=fix)])
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += [*node.keys(), *node.values()]
        elif isinstance(node, list | set | tuple):
            waiting += node
