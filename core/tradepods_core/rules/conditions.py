"""How an account stands, as conditions: what a person, a table and a cluster are shown of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradepods_core.book.values import Book
from tradepods_core.money import ZERO
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.parts import State
from tradepods_core.wire.fleet import Condition

LONGEST = 300  # characters of a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the conditions are made of.

    Attributes:
        books: every open book of the account, the one that trades first.
        refused_keys: what the venue says of the account's keys; "" where it takes them.
        refused_settings: why the newest manifest can't be used; "" where it is in force.
        at_start: fields that wait for the worker's next start. until_flat: sentences about those that wait for flat.

    """

    settings: AccountSpec
    books: Sequence[Book]
    refused_keys: str = ""
    refused_settings: str = ""
    at_start: Sequence[str] = ()
    until_flat: Sequence[str] = ()


def conditions(situation: Situation) -> tuple[Condition, ...]:
    """The five of them, always in this order."""
    return (
        _keys(situation),
        _signals(situation),
        _protected(situation),
        _applied(situation),
        _halted(situation),
    )


def _keys(situation: Situation) -> Condition:
    if situation.refused_keys:
        return _said("CredentialsValid", "False", "Refused", situation.refused_keys)
    return _said("CredentialsValid", "True", "Paper" if situation.settings.dry_run else "Accepted")


def _signals(situation: Situation) -> Condition:
    for book in situation.books:
        for kind in ("SignalsGone", "StaleData"):
            if kind in book.troubles:
                return _said("SignalsFresh", "False", kind, book.troubles[kind].why)
    return _said("SignalsFresh", "True", "Fresh")


def _protected(situation: Situation) -> Condition:
    held = [p for book in situation.books for p in book.positions.values() if p.quantity > ZERO]
    bare = [str(position.leg) for position in held if position.naked_since is not None]
    alerting = [str(position.leg) for position in held if position.alerts]
    if bare:
        return _said("Protected", "False", "WithoutStop", ", ".join(bare))
    if alerting:
        return _said("Protected", "Unknown", "AlertsOnly", f"nothing rests for {', '.join(alerting)}")
    return _said("Protected", "True", "StopsRest" if held else "Flat")


def _applied(situation: Situation) -> Condition:
    if situation.refused_settings:
        return _said("SettingsApplied", "False", "Refused", situation.refused_settings)
    if situation.until_flat:
        return _said("SettingsApplied", "False", "WaitsForFlat", "; ".join(situation.until_flat))
    if situation.at_start:
        return _said("SettingsApplied", "False", "WaitsForStart", ", ".join(situation.at_start))
    return _said("SettingsApplied", "True", "Applied")


def _halted(situation: Situation) -> Condition:
    for reason, why in _reasons(situation):
        return _said("TradingHalted", "True", reason, why)
    return _said("TradingHalted", "False", "Trading")


def _reasons(situation: Situation) -> Iterator[tuple[str, str]]:
    for book in situation.books:
        if "Halted" in book.troubles:
            yield "Halted", book.troubles["Halted"].why
        if "UnsupportedMode" in book.troubles:
            yield "UnsupportedAccountMode", book.troubles["UnsupportedMode"].why
        if book.pause is not None and book is situation.books[0]:
            yield "Paused" if book.pause.by_person else "Tripped", book.pause.why
    if situation.settings.state is not State.RUNNING:
        yield situation.settings.state.value, f"the manifest says {situation.settings.state}"


def _said(kind: str, status: str, reason: str, message: str = "") -> Condition:
    return Condition.model_validate({"type": kind, "status": status, "reason": reason, "message": message[:LONGEST]})
