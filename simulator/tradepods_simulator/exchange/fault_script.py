"""A script of faults: a list, in YAML or JSON, of what happens at which market time.

- {at: "00:30:00", kind: request, path: /fapi/v1/order, does: answer, status: 503, lasts: 60}
- {at: 2025-06-02T12:00:00Z, kind: stream, does: late, seconds: 0.5, lasts: 30, customer: bob}
- {at: "18:00:00", kind: clock, aheadMs: 1500, lasts: 20}
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, Field

from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_core.reading import read_model, shown, unreadable
from tradepods_core.shapes import Message
from tradepods_core.times import from_ms, to_ms, utc, written
from tradepods_simulator.exchange.faults import Fault
from tradepods_simulator.exchange.stream_faults import StreamFault

SINCE_START = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d{1,3})?))?")
HOUR_SECONDS, MINUTE_SECONDS = 3_600, 60
MOST_AHEAD_MS = 24 * 3_600_000


class ClockFault(Message):
    """The venue's clock is ahead of this machine's by `ahead_ms`, for so many seconds of wall time; 0 for no end."""

    ahead_ms: int = Field(ge=-MOST_AHEAD_MS, le=MOST_AHEAD_MS)
    lasts: float = Field(0.0, ge=0, allow_inf_nan=False)
    name: str = ""


class _Request(Fault):
    model_config = ConfigDict(extra="forbid")


class _Stream(StreamFault):
    model_config = ConfigDict(extra="forbid")


class _Clock(ClockFault):
    model_config = ConfigDict(extra="forbid")


Scripted = Fault | StreamFault | ClockFault
KINDS: dict[str, type[_Request] | type[_Stream] | type[_Clock]] = {
    "request": _Request,
    "stream": _Stream,
    "clock": _Clock,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fault that is armed at a market time."""

    at_ms: int
    kind: str
    fault: Scripted


def load(file: Path, *, start_ms: int, end_ms: int) -> list[Entry]:
    """The entries of a file, by time; raises Permanent or Invalid, which names entry, field, value and fix."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Permanent(f"can't read {file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Permanent(f"{file}: {unreadable(line=None if mark is None else mark.line + 1)}") from None
    try:
        return read(content, start_ms=start_ms, end_ms=end_ms)
    except Invalid as error:
        fields = (Problem(field=f"{file}: {one.field}", value=one.value, fix=one.fix) for one in error.problems)
        raise Invalid(fields) from None


def read(content: object, *, start_ms: int, end_ms: int) -> list[Entry]:
    """Entries by time; raises Invalid with everything that is wrong with them."""
    if not isinstance(content, list):
        raise Invalid([Problem(field="script", value=shown(content), fix='write a list of {at: "00:30:00", ...}')])
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, one in enumerate(content, 1):
        try:
            entries.append(_entry(one, root=f"entry {number}", start_ms=start_ms, end_ms=end_ms))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return sorted(entries, key=lambda entry: entry.at_ms)


def _entry(one: object, *, root: str, start_ms: int, end_ms: int) -> Entry:
    if not isinstance(one, dict) or not all(isinstance(name, str) for name in one):
        raise Invalid([Problem(field=root, value=shown(one), fix='write {at: "00:30:00", does: delay, seconds: 2}')])
    fields: dict[str, Any] = dict(one)
    at, kind = fields.pop("at", None), fields.pop("kind", "request")
    problems = list(_switches(fields, root=root))
    at_ms = _moment(at, start_ms)
    if at_ms is None or not start_ms <= at_ms <= end_ms:
        problems.append(_no_moment(at, root=root, start_ms=start_ms, end_ms=end_ms))
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        problems.append(Problem(field=f"{root}.kind", value=shown(kind), fix=f"one of {', '.join(KINDS)}"))
    try:
        fault = None if model is None else read_model(model, fields, root=root)
    except Invalid as error:
        problems += error.problems
        fault = None
    if problems or fault is None or at_ms is None:
        raise Invalid(problems)
    return Entry(at_ms=at_ms, kind=kind, fault=fault)


def _switches(fields: dict[str, Any], *, root: str) -> Iterable[Problem]:
    """YAML reads `yes` and `on` as true, which would pass for 1."""
    fix = "true or false does not belong here"
    return (Problem(field=f"{root}.{n}", value=shown(v), fix=fix) for n, v in fields.items() if isinstance(v, bool))


def _no_moment(at: object, *, root: str, start_ms: int, end_ms: int) -> Problem:
    replay = f"{written(from_ms(start_ms))} to {written(from_ms(end_ms))}"
    example = f'"00:30:00" after the start, or a moment as {written(from_ms(start_ms))}'
    value = "" if at is None else shown(at if not isinstance(at, datetime) else at.isoformat())
    return Problem(field=f"{root}.at", value=value, fix=f"market time, {example}, within the replay of {replay}")


def _moment(at: object, start_ms: int) -> int | None:
    """Market time in ms; YAML reads `12:30:00` without quotes as a number of seconds, and moments as such."""
    match at:
        case bool():
            return None
        case int() | float() if abs(at) < MOST_AHEAD_MS:
            return start_ms + round(at * 1_000)
        case str():
            found = SINCE_START.fullmatch(at)
            return _dated(at) if found is None else start_ms + _after(found)
        case datetime() if at.tzinfo is not None:
            return to_ms(utc(at))
        case _:
            return None


def _after(found: re.Match[str]) -> int:
    seconds = int(found[1]) * HOUR_SECONDS + int(found[2]) * MINUTE_SECONDS + float(found[3] or 0)
    return round(seconds * 1_000)


def _dated(text: str) -> int | None:
    try:
        return to_ms(utc(datetime.fromisoformat(text)))
    except ValueError:
        return None
