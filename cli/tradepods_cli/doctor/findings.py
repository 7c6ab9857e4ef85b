"""What a check has found, and how it is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.markup import escape
from rich.table import Table

from tradepods_core.errors import TradepodsError

Level = Literal["OK", "WARN", "FAIL"]
COLORS: Mapping[Level, str] = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the checklist; `fix` is what to do next, "" where nothing is."""

    check: str
    level: Level
    says: str
    fix: str = ""


def ok(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check=check, level="OK", says=says)


def warn(check: str, says: str, fix: str) -> Finding:
    """It works, or can't be told."""
    return Finding(check=check, level="WARN", says=says, fix=fix)


def fail(check: str, says: str, fix: str) -> Finding:
    """It doesn't work."""
    return Finding(check=check, level="FAIL", says=says, fix=fix)


def untold(check: str, error: TradepodsError, fix: str = "") -> Finding:
    """What can't be looked at with the person's rights; its error says what to do."""
    says, _, own = str(error).partition(": ask for")
    return warn(check, says, fix or (f"ask for{own}" if own else "try again"))


def table(findings: Iterable[Finding]) -> Table:
    """A row a finding, its fix beneath."""
    shown = Table(box=None, show_header=False, pad_edge=False)
    shown.add_column(no_wrap=True)
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for one in findings:
        fix = f"\n[bold]→[/] {escape(one.fix)}" if one.fix else ""
        shown.add_row(f"[bold {COLORS[one.level]}]{one.level}[/]", escape(one.check), f"{escape(one.says)}{fix}")
    return shown


def summary(findings: Sequence[Finding]) -> str:
    """How many of each."""
    levels = [one.level for one in findings]
    return f"{levels.count('OK')} fine, {levels.count('WARN')} to look at, {levels.count('FAIL')} failed"


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """For scripts."""
    return [{"check": one.check, "result": one.level, "says": one.says, "fix": one.fix} for one in findings]
