"""What a person asks for: pause, resume, close; each once, recorded with who asked and what came of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import pytest

from support.account import Account, orders, placed
from support.build import BTC, ETH, arrived, settings, signal
from tradepods_core.book.events import CommandGiven, TroublesSeen
from tradepods_core.book.facts import CommandTaken, SymbolDoubted, TradingPaused, TradingResumed
from tradepods_core.book.recorded import unique_key
from tradepods_core.book.steering import OverrideEnded, OverrideSet, after
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _ask(account: Account, name: Literal["pause", "resume", "close"], *, number: int = 1, symbol: str = "") -> Decision:
    return account.handle(CommandGiven(id=f"telegram/{number}", name=name, symbol=symbol, by="1001"))


def _taken(decision: Decision) -> list[str]:
    return [fact.result for fact in decision.facts if isinstance(fact, CommandTaken)]


def test_a_pause_lasts_until_resumed() -> None:
    """Nothing is opened meanwhile."""
    account = Account()
    paused = _ask(account, "pause")
    refused = account.handle(arrived(signal()))
    resumed = _ask(account, "resume", number=2)

    assert _taken(paused) == ["paused: nothing is opened, what is open stays protected"]
    assert account.refusals() == ["Paused"]
    assert orders(refused, "enter") == []
    assert [type(fact).__name__ for fact in resumed.facts] == ["CommandTaken", "TradingResumed"]
    assert account.book.pause is None


@pytest.mark.parametrize("name", ["pause", "close"])
def test_a_request_that_is_delivered_twice_counts_once(name: Literal["pause", "close"]) -> None:
    """By its id; a ledger would refuse it a second time too."""
    account = Account()
    account.opened()
    first, again = _ask(account, name), _ask(account, name)
    (taken,) = [fact for fact in first.facts if isinstance(fact, CommandTaken)]

    assert (again.facts, again.intents, again.notices) == ((), (), ())
    assert unique_key(taken) == "command/telegram/1"


def test_what_changes_nothing_says_so() -> None:
    """A second pause, a resume of nothing, a close of nothing."""
    account = Account()
    _ask(account, "pause")

    assert _taken(_ask(account, "pause", number=2)) == ["it was paused already"]
    _ask(account, "resume", number=3)
    assert _taken(_ask(account, "resume", number=4)) == ["it was not paused"]
    assert _taken(_ask(account, "close", number=5)) == ["there is nothing to close"]


@pytest.mark.parametrize(("symbol", "closes"), [("", 2), (BTC, 1)])
def test_a_person_closes_one_symbol_or_all(symbol: str, closes: int) -> None:
    """At market, reduce-only; the answer says how many."""
    account = Account()
    decision = account.handle(arrived(signal(BTC), signal(ETH)))
    for entry in orders(decision, "enter"):
        account.settle(placed(account.fill(entry), "stop"))
    asked = _ask(account, "close", symbol=symbol)

    assert len(orders(asked, "close")) == closes
    assert all(order.cause == "asked for by 1001" for order in orders(asked, "close"))
    assert _taken(asked) == [f"closing {closes} at market"]


def test_a_person_may_close_what_ledger_and_exchange_disagree_about() -> None:
    """Nobody else may."""
    account = Account()
    account.opened()
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: test", seen_at=account.wall)
    account.book = replace(account.book, doubts={BTC: doubt})

    assert placed(_ask(account, "close"), "close").leg.symbol == BTC


def test_the_person_is_answered() -> None:
    """And everyone in the chat hears who asked."""
    account = Account()
    told = _ask(account, "pause").notices

    assert [notice.kind for notice in told] == ["answered", "paused"]
    assert told[0].values["by"] == "1001"
    assert any(isinstance(fact, TradingPaused | TradingResumed) for fact in account.facts)


STATE = "the account is Paused: write state: Running in its manifest, or take its annotation away"
HALTED = "trading is halted (maintenance): `tradepods fleet resume` ends it"
DOWN = "the private stream is down: trading goes on by itself once that is over"


@pytest.mark.parametrize("first", ["pause", "resume"])
@pytest.mark.parametrize(
    ("changes", "halted", "connected", "still"),
    [
        ({"state": "Paused"}, False, True, [STATE]),
        ({}, True, True, [HALTED]),
        ({"state": "Paused"}, True, False, [STATE, HALTED, DOWN]),
        ({}, False, True, []),
    ],
)
def test_a_resume_names_what_else_keeps_the_account_from_opening(
    first: Literal["pause", "resume"], changes: dict[str, Any], halted: bool, connected: bool, still: list[str]
) -> None:
    """And how that ends; trading goes on only where nothing does. It was paused before, or it was not."""
    account = Account(account_settings=settings(**changes))
    account.connected = connected
    if halted:
        account.handle(TroublesSeen(troubles={"Halted": "maintenance"}))
    _ask(account, first)
    told = [notice for notice in _ask(account, "resume", number=2).notices if notice.kind in ("answered", "resumed")]
    account.handle(arrived(signal()))

    went_on = "the pause has ended" if still else "trading goes on"
    assert told[0].values["result"] == (went_on if first == "pause" else "it was not paused")
    assert [notice.values["still"].splitlines() for notice in told] == [still] * (2 if first == "pause" else 1)
    assert (account.refusals() != []) is bool(still)


def test_a_value_that_the_manifest_has_ends_the_override_instead_of_setting_another() -> None:
    """Else it would stand beside the manifest, and outlast it for ever."""
    account = Account(account_settings=settings(telegram={"secretRef": {"name": "bot"}, "chatIds": ["1"]}))
    account.handle(arrived())  # the day begins
    found = []
    for number, value in enumerate(("2", "5", "5")):
        asked = CommandGiven(id=f"telegram/{number}", name="set", field="entryPct", value=value, by="1001")
        decision = account.handle(asked)
        account.overrides = after(account.overrides, decision.facts)
        found.append(([type(fact) for fact in decision.facts], _taken(decision)))

    assert found == [
        ([CommandTaken, OverrideSet], ["entryPct is 2 from now on; the manifest says 5"]),
        ([CommandTaken, OverrideEnded], ["entryPct is 5 from now on, as the manifest says"]),
        ([CommandTaken], ["entryPct stays 5"]),
    ]
    assert account.overrides == ()
