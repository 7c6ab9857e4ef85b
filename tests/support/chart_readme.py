"""The chart's README: its table of values is made of values.yaml, where each has a comment that begins with `# --`."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from support.cluster_assets import ROOT

CHART = ROOT / "charts" / "tradepods"
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"
FIELD = re.compile(r"^( *)([A-Za-z]+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A value: its path, what it is for, and its default as JSON."""

    name: str
    says: str
    default: str


def rows() -> Iterator[Row]:
    """Every value that a comment explains, in the order of the file."""
    text = (CHART / "values.yaml").read_text("utf-8")
    path, said = list[str](), list[str]()
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            part = line.strip().removeprefix("#").strip()
            said = [part.removeprefix("--").strip()] if part.startswith("--") else [*said, part] if said else []
        elif found := FIELD.match(line):
            path = [*path[: len(found[1]) // 2], found[2]]
            if said:
                default = json.dumps(_at(yaml.safe_load(text), path))
                yield Row(name=".".join(path), says=" ".join(said), default=default)
            said = []


def readme() -> str:
    """The README with today's table."""
    before, _, rest = (CHART / "README.md").read_text("utf-8").partition(BEGIN)
    lines = ["| value | default | |", "|---|---|---|"]
    lines += [f"| `{row.name}` | `{row.default}` | {row.says} |" for row in rows()]
    return "".join([before, BEGIN, *(f"{line}\n" for line in lines), END, rest.partition(END)[2]])


def _at(values: Any, path: Sequence[str]) -> Any:
    return values if not path else _at(values[path[0]], path[1:])


if __name__ == "__main__":
    (CHART / "README.md").write_text(readme(), "utf-8")
    sys.exit(0)
