"""Who wants a position closed wants all of it closed: also what is still to fill, and what can't be closed yet."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, orders, placed
from support.build import BTC, ETH, arrived, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import CommandGiven, MarksMoved
from tradepods_core.book.facts import SymbolDoubted, SymbolTrusted
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.book.steering import ExitBegan
from tradepods_core.rules.snapshot import Decision

D = Decimal
LADDER: dict[str, Any] = {"dca": {"enabled": True, "triggerPct": 1, "stepPcts": [50, 50]}}
FLATTENS: dict[str, Any] = {
    "entryPct": 100,
    "leverage": 1,
    "protections": {"maxDrawdownPct": 2, "flattenOnBreach": True},
}


def _close(account: Account, symbol: str = BTC) -> Decision:
    return account.handle(CommandGiven(id=f"telegram/{len(account.facts)}", name="close", symbol=symbol, by="ann"))


def _mark(account: Account, price: str) -> Decision:
    account.marks = {BTC: D(price), ETH: D(100)}
    return account.handle(MarksMoved(at=account.now, marks=account.marks))


def _adding(**changes: Any) -> tuple[Account, PlaceOrder]:
    """A position whose ladder's first step is on its way."""
    account = Account(account_settings=settings(**LADDER | changes))
    account.opened()
    return account, placed(_mark(account, "98.9"), "add")


@pytest.mark.parametrize("first", ["the add", "the close"])
def test_an_add_that_fills_after_a_person_has_closed_is_closed_too(first: str) -> None:
    """Whichever of both the venue has filled first; nothing rests for it meanwhile, and the account ends flat."""
    account, add = _adding()
    close = placed(_close(account), "close")
    for order in (add, close) if first == "the add" else (close, add):
        account.fill(order, price="98.9")
    again = account.live("close")
    assert (again.quantity, again.cause) == (add.quantity, "asked for by ann")
    account.fill(again, price="98.9")

    assert account.book.positions == {}
    for order in [order.intent for order in account.book.orders.values()]:
        account.end(order, executed=D(0), status="CANCELED")
    assert account.book.leaving == {}


def test_an_entry_that_is_under_way_is_closed_as_it_fills() -> None:
    """Nothing is open yet: the person is told that it will be."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    said = _close(account, "")
    closed = placed(account.fill(entry, quantity=D(2), ended=False), "close")

    assert [notice.values["result"] for notice in said.notices] == ["closing at market what is still to fill"]
    assert (closed.quantity, closed.cause) == (D(2), "asked for by ann")
    account.fill(closed)
    account.fill(entry, quantity=entry.quantity - 2)
    assert account.live("close").quantity == entry.quantity - 2


def test_a_close_says_what_is_still_to_fill() -> None:
    """And names it once, however often it is asked for."""
    account, _ = _adding()
    (said,) = [notice.values["result"] for notice in _close(account).notices if notice.kind == "answered"]
    assert said == "closing 1 at market, and what is still to fill"

    _close(account)
    assert len([fact for fact in account.facts if isinstance(fact, ExitBegan)]) == 1


def test_another_symbols_entry_is_left_alone() -> None:
    """A person has named one."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    _close(account, ETH)

    assert orders(account.fill(entry), "close") == []


def test_a_limit_flattens_what_an_add_brings_after_it() -> None:
    """A falling price is what makes both come at once."""
    account = Account(account_settings=settings(**FLATTENS | LADDER | {"leverage": 2, "entryPct": 40}))
    _mark(account, "100")
    account.opened()
    add = placed(_mark(account, "98.9"), "add")
    close = placed(_mark(account, "97.4"), "close")
    account.fill(close, price="97.4")
    account.fill(add, price="97.4")
    again = account.live("close")

    assert (again.quantity, again.cause) == (add.quantity, close.cause)


def test_a_limit_flattens_what_could_not_be_closed_then_once_it_can_be() -> None:
    """Until then its stop rests."""
    account = Account(account_settings=settings(**FLATTENS))
    account.opened()
    _mark(account, "100")
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: 1", quantity=True, seen_at=account.wall)
    account.book = apply(account.book, (doubt,))
    assert orders(_mark(account, "97.5"), "close") == []
    account.book = apply(account.book, (SymbolTrusted(symbol=BTC, seen_at=account.wall),))

    placed(_mark(account, "97.6"), "close")


def test_where_nothing_rests_for_a_position_what_is_to_go_goes_too() -> None:
    """Its levels only alert."""
    account, add = _adding()
    position = account.position()
    account.settings = settings(**LADDER, autoExit=False)
    account.book = replace(account.book, positions={position.leg: replace(position, alerts=True)})
    close = placed(_close(account), "close")
    account.fill(close, price="98.9")

    account.fill(add, price="98.9")
    assert account.live("close").quantity == add.quantity
