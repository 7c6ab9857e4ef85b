"""The settings of a new account: a preset with every number shown, and what the person changes in it."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from rich.table import Table

from tradepods_cli.accounts.asking import Asking
from tradepods_cli.documents import documents_in
from tradepods_cli.exits import console, say_error
from tradepods_core.errors import Invalid, Problem
from tradepods_core.money import plain
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.outlook import one_stop, worst_case
from tradepods_core.settings.presets import DEFAULT, PRESETS, PresetName
from tradepods_core.settings.reading import read_account

Json = dict[str, Any]
OF_OPTIONS: Mapping[str, str] = {
    "exchange": "--environment and --url",
    "credentialsSecretRef": "--keys-from",
    "dryRun": "--live",
    "acknowledgeLiveTrading": "--live",
}
LEFT_OUT = ("exchange", "telegram", "dryRun", "acknowledgeLiveTrading", "paper", "symbols", "ledger", "priority")
Numbers = Callable[[AccountSpec], Decimal | None]


def settings(asking: Asking, base: Json, *, preset: str, changes: Iterable[str]) -> Json:
    """The spec: the base, a preset's numbers, and the changes; raises Invalid by the schema's own words."""
    console.print(presets_table(base))
    name = _preset(asking, preset)
    spec = {**copy.deepcopy(base), **copy.deepcopy(dict(PRESETS[name]))}
    for change in changes:
        spec = changed(spec, change)
    read_account(spec)
    while asking.asks and (change := asking.text("Change a number, as leverage=5 (empty: no)", flag="--set")):
        try:
            tried = changed(spec, change)
            read_account(tried)
        except Invalid as error:
            say_error(str(error))
        else:
            spec = tried
    return spec


def _preset(asking: Asking, preset: str) -> PresetName:
    given = preset or asking.choice("Preset", list(PRESETS), flag="--preset", default=DEFAULT)
    if given not in PRESETS:
        raise Invalid([Problem(field="--preset", value=given, fix=f"write one of {', '.join(PRESETS)}")])
    return cast("PresetName", given)


def changed(spec: Json, change: str) -> Json:
    """The spec with `path=value`, the value as YAML has it; raises Invalid for what other options decide."""
    path, equals, text = change.partition("=")
    names = path.strip().split(".")
    if not equals or not all(names):
        raise Invalid(
            [Problem(field="--set", value=path.strip()[:40], fix="write it as leverage=5 or long.stopLossPct=2")]
        )
    if option := _option(names):
        raise Invalid([Problem(field=f"--set {'.'.join(names)}", value="", fix=f"this is decided by {option}")])
    values = documents_in(text)
    found = copy.deepcopy(spec)
    _put(found, names, values[0] if values else None)
    return found


def _option(names: list[str]) -> str:
    if names[0] == "telegram" and names[1:] in ([], ["secretRef"], ["chatIds"], ["apiUrl"]):
        return "--chat-id, --telegram-url and --no-telegram"
    return OF_OPTIONS.get(names[0], "")


def _put(spec: Json, names: list[str], value: object) -> None:
    node = spec
    for name in names[:-1]:
        inner = node.setdefault(name, {})
        if not isinstance(inner, dict):
            raise Invalid([Problem(field=f"--set {'.'.join(names)}", value="", fix=f"{name} is no block of settings")])
        node = inner
    node[names[-1]] = value


def presets_table(base: Json) -> Table:
    """Every number of every preset, side by side, and what it may cost."""
    specs = {name: read_account({**base, **preset}) for name, preset in PRESETS.items()}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting")
    for name in specs:
        table.add_column(name, justify="right")
    columns = [dict(_numbers("", spec.model_dump(by_alias=True))) for spec in specs.values()]
    for field in max(columns, key=len):
        table.add_row(field, *(column.get(field, "-") for column in columns))
    table.add_section()
    for label, cost in _costs():
        table.add_row(label, *(percent(cost(spec)) for spec in specs.values()), style="bold")
    return table


def _costs() -> Iterator[tuple[str, Numbers]]:
    yield "one stop costs, of equity", one_stop
    yield "all stops at once cost", worst_case


def percent(cost: Decimal | None) -> str:
    """A cost in % of equity; of one that no stop limits, that."""
    return "no limit" if cost is None else f"{plain(cost.quantize(Decimal('0.1')))} %"


def _numbers(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Numbers and switches by their paths, and lists of numbers; names and places are not told."""
    if isinstance(value, dict):
        off = value.get("enabled") is False  # what it would do then counts for nothing
        for name, inner in value.items():
            if (path or name not in LEFT_OUT) and not (off and name != "enabled"):
                yield from _numbers(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif isinstance(value, Decimal | int):
        yield path, plain(Decimal(value))
    elif path == "dca.stepPcts":
        yield path, ", ".join(map(plain, cast("tuple[Decimal, ...]", value)))
