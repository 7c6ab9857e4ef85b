"""The older JSON form of strategies: one `entry_strategy`, a list of `management_strategies`, all conditions joined.

It knows neither timeframe nor symbols, and not always the side: whoever reads it says these. An entry's priority is
today's strength. What it says and today's form can't is named, never left out in silence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import shown
from tradepods_core.strategy.management import PCT

Json = dict[str, Any]
ROOT = frozenset({"strategy_id", "enabled", "entry_strategy", "management_strategies"})
ENTRY = frozenset({"type", "side", "conditions", "enabled", "priority", "params"})
RULE = frozenset({"type", "conditions", "action", "priority", "enabled", "params"})
CONDITION = frozenset({"var", "params", "op", "value"})
ACTION = frozenset({"kind", "pct"})
KINDS = (*PCT, "close", "alert")


@dataclass(slots=True)
class _Reader:
    """Collects problems, so that all are told at once."""

    problems: list[Problem] = field(default_factory=list)

    def mapping(self, value: object, path: str, known: frozenset[str]) -> Json:
        """The mapping at a path, with no field that would be lost."""
        if not isinstance(value, dict):
            self.problems.append(Problem(field=path, value=shown(value), fix="write a mapping"))
            return {}
        for name in sorted(str(key) for key in value.keys() - known):
            fix = f"unknown field of the older form: there are {', '.join(sorted(known))}"
            self.problems.append(Problem(field=f"{path}.{name}", value="", fix=fix))
        return value

    def each(self, value: object, path: str, read: Callable[[object, str], Json]) -> list[Json]:
        """Every item of the list at a path."""
        if not isinstance(value, list):
            self.problems.append(Problem(field=path, value=shown(value), fix="write a list"))
            return []
        return [read(item, f"{path}[{index}]") for index, item in enumerate(value)]

    def condition(self, value: object, path: str) -> Json:
        """A number is a value, two are a range, a mapping is another variable."""
        found = self.mapping(value, path, CONDITION)
        right = found.get("value")
        name = "values" if isinstance(right, list) else "ref" if isinstance(right, dict) else "value"
        kept = {key: found[key] for key in ("var", "params", "op") if found.get(key) not in (None, {})}
        return {**kept, name: right} if "value" in found else kept

    def conditions(self, found: Json, path: str) -> Json:
        """All of them have to hold."""
        return {"all": self.each(found.get("conditions"), f"{path}.conditions", self.condition)}

    def rule(self, value: object, path: str) -> Json:
        """A management rule; its action stands in `action`, or in `params`."""
        found = self.mapping(value, path, RULE)
        place = "action" if "action" in found else "params"
        action = self.mapping(found.get(place, {}), f"{path}.{place}", ACTION)
        if action.get("kind") not in KINDS:
            fix = f"say what is done: action: {{kind: ..., pct: ...}}, of {', '.join(KINDS)}"
            self.problems.append(Problem(field=f"{path}.{place}.kind", value=shown(action.get("kind")), fix=fix))
        kept: Json = {name: found[name] for name in ("priority", "enabled") if name in found}
        return {"type": found.get("type"), "when": self.conditions(found, path), "action": action, **kept}


def from_older(document: object, *, timeframe: str, symbols: Sequence[str], side: str | None) -> tuple[str, Json]:
    """A name and a spec as today's form writes it; raises Invalid with paths of the older document.

    What it says of variables is for `read_strategy` to judge.
    """
    reader = _Reader()
    root = reader.mapping(document, "document", ROOT)
    entry = reader.mapping(root.get("entry_strategy"), "entry_strategy", ENTRY)
    rules = reader.each(root.get("management_strategies", []), "management_strategies", reader.rule)
    when = reader.conditions(entry, "entry_strategy")
    reader.problems += _not_said(root, entry, side)
    if reader.problems:
        raise Invalid(reader.problems)
    strength = {"strength": entry["priority"]} if "priority" in entry else {}
    written = {"side": entry.get("side", side), "type": entry.get("type", "entry"), **strength, "when": when}
    spec = {
        "enabled": root.get("enabled", True) and entry.get("enabled", True),
        "timeframe": timeframe,
        "universe": {"top": 0, "include": list(symbols)},
        "entries": [written],
        "management": rules,
    }
    return str(root["strategy_id"]).lower().replace("_", "-"), spec


def _not_said(root: Mapping[str, Any], entry: Mapping[str, Any], side: str | None) -> Iterator[Problem]:
    if not isinstance(root.get("strategy_id"), str):
        yield Problem(
            field="strategy_id", value=shown(root.get("strategy_id")), fix="write a text: the strategy's name"
        )
    if "side" not in entry and side is None:
        yield Problem(field="entry_strategy.side", value="", fix="is not said here: give --side long or --side short")
    if entry.get("params"):
        fix = "an entry has none today: size, stop and take-profit are each account's settings"
        yield Problem(field="entry_strategy.params", value="a mapping", fix=fix)
