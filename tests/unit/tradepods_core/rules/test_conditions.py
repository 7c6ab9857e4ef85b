"""How an account stands, as conditions: one table a condition."""

from typing import Any

import pytest

from support.account import Account, placed
from support.build import NOON, arrived, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, TradingPaused
from tradepods_core.book.steering import TroubleBegan
from tradepods_core.book.values import Book
from tradepods_core.rules.conditions import Situation, conditions

PERSON = TradingPaused(why="asked for", until=None, at=NOON)
LIMIT = TradingPaused(why="losses", until=None, at=NOON, limit="MaxDrawdown")
HALT = TroubleBegan(kind="Halted", why="an incident", at=NOON)


def _book(*facts: Fact) -> Book:
    return apply(Book(), facts)


def _said(kind: str, *books: Book, **changes: Any) -> tuple[str, str]:
    situation = Situation(**{"settings": settings(), "books": books or (Book(),), **changes})
    found = next(condition for condition in conditions(situation) if condition.type == kind)
    return found.status, found.reason


def test_there_are_five_of_them() -> None:
    """Always the same, in the same order."""
    names = [condition.type for condition in conditions(Situation(settings=settings(), books=[Book()]))]

    assert names == ["CredentialsValid", "SignalsFresh", "Protected", "SettingsApplied", "TradingHalted"]


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("CredentialsValid", {}, ("True", "Paper")),
        ("CredentialsValid", {"refused_keys": "no"}, ("False", "Refused")),
        ("SettingsApplied", {}, ("True", "Applied")),
        ("SettingsApplied", {"refused_settings": "wrong", "at_start": ("logLevel",)}, ("False", "Refused")),
        ("SettingsApplied", {"until_flat": ("hedgeMode waits",)}, ("False", "WaitsForFlat")),
        ("SettingsApplied", {"at_start": ("logLevel",)}, ("False", "WaitsForStart")),
        ("TradingHalted", {"settings": settings(state="Paused")}, ("True", "Paused")),
        ("Protected", {}, ("True", "Flat")),
    ],
)
def test_what_is_known_of_the_account_is_said(kind: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    """What can't apply yet says so; refused keys say so."""
    assert _said(kind, **changes) == expected


@pytest.mark.parametrize(
    ("books", "expected"),
    [
        ((_book(), _book()), ("False", "Trading")),
        ((_book(PERSON), _book()), ("True", "Paused")),
        ((_book(LIMIT), _book()), ("True", "Tripped")),
        ((_book(), _book(LIMIT)), ("False", "Trading")),
        ((_book(), _book(HALT)), ("True", "Halted")),
    ],
)
def test_a_limit_of_the_guarded_book_halts_nothing(books: tuple[Book, ...], expected: tuple[str, str]) -> None:
    """The first book trades; a halt is of the whole account."""
    assert _said("TradingHalted", *books) == expected


def test_protection_is_said_of_every_book() -> None:
    """A stop that rests, one that is missing, and levels that only alert."""
    bare, safe = Account(), Account()
    bare.fill(placed(bare.handle(arrived(signal())), "enter"))
    safe.opened()
    alerting = Account(account_settings=settings(autoExit=False))
    alerting.fill(placed(alerting.handle(arrived(signal())), "enter"))

    assert _said("Protected", safe.book) == ("True", "StopsRest")
    assert _said("Protected", safe.book, bare.book) == ("False", "WithoutStop")
    assert _said("Protected", safe.book, alerting.book) == ("Unknown", "AlertsOnly")


def test_an_unsupported_mode_halts_trading() -> None:
    """Every entry is refused: it must not look as if all were well. A halt of the fleet is said before it."""
    mode = TroubleBegan(kind="UnsupportedMode", why="the account is in multi-assets mode", at=NOON)

    assert _said("TradingHalted", _book(mode)) == ("True", "UnsupportedAccountMode")
    assert _said("TradingHalted", _book(HALT, mode)) == ("True", "Halted")


def test_what_can_only_be_closed_halts_nothing() -> None:
    """Other symbols are traded as ever."""
    closing = TroubleBegan(kind="CloseOnly", why="ETH/USDT:USDT", at=NOON)

    assert _said("TradingHalted", _book(closing)) == ("False", "Trading")
