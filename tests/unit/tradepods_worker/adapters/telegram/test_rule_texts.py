"""What people read of management rules: the rule, its numbers, what was done; and by /why what has been done so far."""

from typing import Any

import pytest

from support.build import BTC, ETH, market, settings
from support.chatting import view_of
from support.managed import RSI, Managed, rule
from tradepods_core.book.events import MarksMoved
from tradepods_worker.adapters.telegram.answers import answer
from tradepods_worker.adapters.telegram.phrasing import Language
from tradepods_worker.adapters.telegram.render import render
from tradepods_worker.ports.ledger import Undelivered

HOT = {"rsi(period=14)": 75.25}


def _said(managed: Managed, language: Language = "en") -> list[str]:
    """The latest message."""
    told = Undelivered(number=1, notice=managed.account.notices[-1], attempts=0, book="paper")
    return render(told, account="bob", language=language).splitlines()


@pytest.mark.parametrize(
    ("kind", "pct", "price", "done"),
    [
        ("add", 30, "100", "adding 1.477 at market"),
        ("reduce", 50, "100", "closing 2.462 of it at market"),
        ("close", None, "100", "closing all of it at market"),
        ("move_stop", "-1", "100", "its stop goes to 99.0"),
        ("break_even", "0.5", "101", "its stop goes to break-even: 100.5"),
        ("trail_stop", "1.5", "100", "from now on its stop follows the best price, 1.5 % behind"),
    ],
)
def test_a_rule_is_told_with_its_numbers_and_what_it_did(kind: str, pct: Any, price: str, done: str) -> None:
    """In one message."""
    managed = Managed(rule(kind, pct, RSI, type="too_hot"))
    before = len(managed.account.notices)
    managed.candle(price, told=HOT)

    assert len(managed.account.notices) == before + 1
    head, reasons, action = _said(managed)
    assert head == "[bob] (dry run) rule too_hot of default.swing@abc holds for long BTC/USDT:USDT"
    assert reasons == "rsi(period=14) 75.25 > 70"
    assert action.replace("99.0", "99") == done.replace("99.0", "99")


def test_an_alert_says_no_more_than_that_it_holds() -> None:
    """Nothing was to be done."""
    managed = Managed(rule("alert", None, RSI))
    managed.candle(told=HOT)

    assert len(_said(managed)) == len(["head", "reasons"])


def test_what_was_only_told_says_so() -> None:
    """Nobody believes that something was done."""
    managed = Managed(rule("close", None, RSI))
    account = managed.account
    account.settings = settings(autoExit=False)
    account.handle(MarksMoved(at=account.now, marks=account.marks))
    managed.candle(told=HOT)

    assert _said(managed)[-1] == "Nothing was done (close): autoExit is off."


@pytest.mark.parametrize(
    ("language", "why"), [("en", "the most that one order can close"), ("ko", "최대 수량 6을 넘게")]
)
def test_what_was_skipped_says_why(language: Language, why: str) -> None:
    """In either language."""
    managed = Managed(rule("add", 30, RSI))
    managed.account.markets = {BTC: market(max_quantity=6), ETH: market(ETH)}
    managed.candle("100", told=HOT)

    assert why in _said(managed, language)[-1]


def test_why_tells_which_rules_manage_a_position_and_what_they_did() -> None:
    """By the strategy as it is in force now."""
    managed = Managed(rule("break_even", None, RSI, maxTimes=2), rule("close"))
    managed.candle("100.5", told=HOT)
    lines = answer("why", view_of(managed.account, symbol=BTC)).splitlines()

    assert lines[-2:] == [
        "managed by default.swing@abc: a_break_even, a_close",
        "rule a_break_even acted 1 of at most 2 times, last in cycle 5m@2025-06-02T12:05:00Z",
    ]


def test_why_tells_why_no_rule_acts() -> None:
    """A strategy that is gone manages nothing."""
    managed = Managed()
    managed.account.strategies = {}

    assert answer("why", view_of(managed.account, symbol=BTC)).splitlines()[-1] == (
        "no management rule acts on it: default.swing is not in force. Its stop and take-profit go on."
    )
