"""Settings that a person changed from the chat: kept beside the manifest's value, and ended when that one changes.

Git stays the truth and never fights the person: what is in force is the manifest with the overrides that still stand.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.errors import Invalid, Problem
from tradepods_core.money import plain
from tradepods_core.reading import read_model
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.rules import problems

Overridable = Literal["dryRun", "entryPct", "autoExit"]
SWITCHES: Mapping[str, bool] = {"on": True, "off": False}
NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")  # digits of ASCII: other scripts' are refused, not guessed
OF: Mapping[Overridable, Callable[[AccountSpec], bool | Decimal]] = {
    "dryRun": lambda spec: spec.dry_run,
    "entryPct": lambda spec: spec.entry_pct,
    "autoExit": lambda spec: spec.auto_exit,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One setting changed by a person.

    Attributes:
        value: what is in force instead, as `written` has it.
        over: what the manifest said then; once it says something else, the override ends.
        by: who changed it. at: when, market time.

    """

    field: Overridable
    value: str
    over: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an account trades by: its manifest, what stands beside it, and what follows from both."""

    spec: AccountSpec
    overrides: tuple[Override, ...]
    effective: AccountSpec


def in_force(spec: AccountSpec, overrides: Iterable[Override]) -> Terms:
    """The terms of a manifest and the overrides that still stand beside it."""
    standing = tuple(override for override in overrides if not _over(spec, override))
    values = {override.field: _parsed(override.value) for override in standing}
    return Terms(spec=spec, overrides=standing, effective=_with(spec, values))


def ended(spec: AccountSpec, overrides: Iterable[Override]) -> Iterator[tuple[Override, str]]:
    """The overrides that a manifest ends, and why."""
    for override in overrides:
        why = _over(spec, override)
        if why:
            yield override, why


def wanted(terms: Terms, field: Overridable, text: str) -> Terms:
    """The terms with a field as a person typed it; raises Invalid with what is allowed and what is in force."""
    if field not in offered(terms.spec):
        raise Invalid([_not_offered(terms.spec, field)])
    value = _value(field, text, now=written(terms.effective, field))
    found = _with(terms.effective, {field: value})
    if wrong := problems(found):
        raise Invalid(wrong)
    return Terms(spec=terms.spec, overrides=terms.overrides, effective=found)


def offered(spec: AccountSpec) -> tuple[Overridable, ...]:
    """The fields that the manifest lets commands change."""
    return () if spec.telegram is None else spec.telegram.overrides


def written(spec: AccountSpec, field: Overridable) -> str:
    """A field's value as it is recorded and told: `true`, `2.5`."""
    value = OF[field](spec)
    return str(value).lower() if isinstance(value, bool) else plain(value)


def _over(spec: AccountSpec, override: Override) -> str:
    """Why an override no longer stands; "" where it does."""
    if written(spec, override.field) != override.over:
        return "the manifest changed it"
    if override.field not in offered(spec):
        return "the manifest no longer lets commands change it"
    wrong = problems(_with(spec, {override.field: _parsed(override.value)}))
    return wrong[0].fix if wrong else ""


def _value(field: Overridable, text: str, *, now: str) -> bool | Decimal:
    if isinstance(_parsed(now), bool):
        if text.lower() not in SWITCHES:
            shown = "on" if now == "true" else "off"
            raise Invalid([Problem(field=field, value=_quoted(text), fix=f"write on or off; now it is {shown}")])
        return SWITCHES[text.lower()]
    if not NUMBER.fullmatch(text):
        raise Invalid(
            Problem(field=field, value=_quoted(text), fix=f"{fix}, such as 2.5; now it is {now}")
            for fix in _beyond(field, None)
        )
    number = Decimal(text)
    if beyond := _beyond(field, number):
        raise Invalid(Problem(field=field, value=plain(number), fix=f"{fix}; now it is {now}") for fix in beyond)
    return number


def _beyond(field: Overridable, value: Decimal | None) -> list[str]:
    """What the schema allows instead, in its words; empty where it allows the value. None is never a number."""
    try:
        read_model(AccountSpec, {"exchange": {}, field: value}, root="spec")
    except Invalid as error:
        return [problem.fix for problem in error.problems]
    return []


def _not_offered(spec: AccountSpec, field: Overridable) -> Problem:
    names = ", ".join(offered(spec)) or "nothing"
    now = written(spec, field)
    return Problem(field=field, value=now, fix=f"telegram.overrides lets commands change {names}: edit the manifest")


def _parsed(text: str) -> bool | Decimal:
    return text == "true" if text in ("true", "false") else Decimal(text)


def _quoted(text: str) -> str:
    """What was typed, but no more of it than a value has."""
    return f'"{text[:24]}"'


def _with(spec: AccountSpec, values: Mapping[Overridable, bool | Decimal]) -> AccountSpec:
    names = {"dryRun": "dry_run", "entryPct": "entry_pct", "autoExit": "auto_exit"}
    return spec.model_copy(update={names[field]: value for field, value in values.items()})
