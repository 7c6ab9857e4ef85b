"""Facts about how an account is set and guarded: its manifest, a person's overrides, targets, troubles outside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.book.intents import Leg, Terms
from tradepods_core.settings.overrides import Overridable, Override

Trouble = Literal["Halted", "StaleData", "SignalsGone", "NotConnected", "ClockDrift", "UnsupportedMode", "CloseOnly"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSeen:
    """The manifest in force from now on, whole; `changes` are its differences from the one before."""

    document: str
    changes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRefused:
    """A manifest that can't be used: the one before stays in force."""

    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideSet:
    """A person changed a setting; `over` is what the manifest says."""

    field: Overridable
    value: str
    over: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideEnded:
    """The manifest's own value is in force again."""

    field: Overridable
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsChanged:
    """A position's targets are others from now on, in % of its average."""

    number: int
    leg: Leg
    terms: Terms
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardChanged:
    """Whether stop and take-profit of a position rest at the venue, or its levels only alert.

    Attributes:
        stop, target: levels that were passed meanwhile, set anew from the mark; None where they stand.
        bare: whether no stop rests that would stay.
        seen_at: wall time, since when a position without its stop is counted as bare.

    """

    number: int
    leg: Leg
    rests: bool
    stop: Decimal | None = None
    target: Decimal | None = None
    bare: bool = True
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitBegan:
    """All of a position is to go: also what is still to fill of its entry or its adds, and what can't be closed yet."""

    number: int
    leg: Leg
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReached:
    """The mark price reached a level at which nothing rests: the person is told, once a level."""

    number: int
    leg: Leg
    what: str
    level: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleBegan:
    """Something outside keeps the account from opening, or from hearing of itself."""

    kind: Trouble
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleEnded:
    """It is over."""

    kind: Trouble
    at: datetime


Steering = SettingsSeen | SettingsRefused | OverrideSet | OverrideEnded


def after(overrides: tuple[Override, ...], facts: Iterable[object]) -> tuple[Override, ...]:
    """The overrides after these facts; one a field."""
    standing = {override.field: override for override in overrides}
    for fact in facts:
        match fact:
            case OverrideSet():
                standing[fact.field] = Override(
                    field=fact.field, value=fact.value, over=fact.over, by=fact.by, at=fact.at
                )
            case OverrideEnded():
                standing.pop(fact.field, None)
            case _:
                pass
    return tuple(standing.values())
