"""What the venue holds beside the ledger: known by readings, and closed only where a person means it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, orders
from support.build import BTC, ETH, later, settings
from support.outside import shown, stranger
from tradepods_core.book.events import AccountRead, AccountView, CommandGiven, VenueOrder, VenuePosition
from tradepods_core.book.facts import CommandTaken, PositionClosed
from tradepods_core.book.intents import CancelOrder, Leg
from tradepods_core.book.outside import PositionAdopted
from tradepods_core.rules.foreign import foreign
from tradepods_core.rules.snapshot import Decision

D = Decimal
STOP = "tp" + "s" * 26


def _held(quantity: str = "2", symbol: str = BTC, entry: str = "100") -> VenuePosition:
    return VenuePosition(symbol=symbol, quantity=D(quantity), entry=D(entry))


def _read(account: Account, *held: VenuePosition, at: float = 10, orders: Any = (), **changes: Any) -> Decision:
    """A reading that begins and ends then."""
    account.wall = later(at)
    resting = tuple(shown(o.intent) for o in account.book.orders.values() if o.intent.conditional)
    view = AccountView(wallet=D(1000), positions=held, orders=(*resting, *orders), **changes)
    return account.handle(AccountRead(view=view, begun_at=account.wall, seen_at=account.wall))


def _close(account: Account, symbol: str = BTC, *, means: bool = True, identifier: str = "telegram/1") -> Decision:
    return account.handle(CommandGiven(id=identifier, name="close", symbol=symbol, foreign=means, by="Ann"))


def _result(account: Account) -> str:
    return [fact.result for fact in account.facts if isinstance(fact, CommandTaken)][-1]


@pytest.mark.parametrize("quantity", ["2", "-2"])
def test_a_person_closes_what_the_ledger_does_not_know_by_the_venues_own_quantity(quantity: str) -> None:
    """One market order that only reduces, of that leg; its fill ends the position as every other, by a person."""
    account = Account()
    _read(account, _held(quantity))
    (close,) = orders(_close(account), "close")
    account.settle(close)
    account.fill(close, price="103", realized=D(6))

    side: Any = "long" if quantity == "2" else "short"
    assert (close.leg, close.quantity, close.reduce_only, close.cause) == (
        Leg(BTC, side),
        D(2),
        True,
        "asked for by Ann",
    )
    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    assert (closed.by, closed.quantity, closed.average, closed.realized) == ("close", D(2), D(100), D(6))
    assert (account.book.positions, _result(account)) == ({}, "closing 1 at market")


def test_nothing_is_touched_that_was_not_meant() -> None:
    """A close of ours leaves it alone, and so does one of another symbol."""
    account = Account()
    _read(account, _held(), _held("1", ETH))

    assert _close(account, "", means=False).intents == ()
    assert _result(account) == "there is nothing to close"
    assert {order.leg.symbol for order in orders(_close(account, ETH, identifier="telegram/2"), "close")} == {ETH}


def test_a_second_request_closes_nothing_twice() -> None:
    """Neither while the first is under way, nor after it, until a newer reading shows something."""
    account = Account()
    _read(account, _held())
    (close,) = orders(_close(account), "close")
    assert not orders(_close(account, identifier="telegram/2"), "close")
    account.fill(close)
    assert not _close(account, identifier="telegram/3").intents
    assert not foreign(account.book, account.reading)


def test_its_end_asks_for_a_reading_for_the_symbol_is_in_doubt() -> None:
    """What is left there, if anything, is foreign still."""
    account = Account()
    _read(account, _held())
    (close,) = orders(_close(account), "close")
    decision = account.fill(close, ended=False)
    assert decision.strange
    account.end(close, executed=close.quantity)
    _read(account, at=20)

    assert (account.book.doubts, account.book.orders) == ({}, {})


def test_what_a_lost_ledger_has_left_is_closed_and_its_orders_are_cancelled() -> None:
    """The stop is ours again until the position is flat: then it is an orphan like any."""
    account = Account()
    stop = replace(stranger(STOP), quantity=D(2))
    _read(account, _held(), orders=(stop,))
    (close,) = orders(_close(account), "close")
    decision = account.fill(close)

    assert [intent.target for intent in decision.intents if isinstance(intent, CancelOrder)] == [STOP]


def test_orders_of_a_lost_ledger_without_a_position_are_cancelled() -> None:
    """Nothing is closed; the answer says so."""
    account = Account()
    _read(account, orders=(stranger(STOP),))
    decision = _close(account)

    assert [intent.target for intent in decision.intents if isinstance(intent, CancelOrder)] == [STOP]
    assert not orders(decision, "close")
    assert _result(account) == "the orders that a lost ledger has left are cancelled"


def test_an_order_that_is_not_of_our_pattern_stays() -> None:
    """It is the person's own."""
    account = Account()
    other: VenueOrder = stranger("web_1")
    _read(account, _held(), orders=(other,))
    (close,) = orders(_close(account), "close")

    assert not [i for i in account.fill(close).intents if isinstance(i, CancelOrder)]


def test_hedged_the_other_side_of_ours_is_closed_by_itself() -> None:
    """Each side is a position of its own: both are closed, each by its own order."""
    account = Account(account_settings=settings(hedgeMode=True))
    account.venue = replace(account.venue, one_way=False)
    account.opened()
    ours = account.position().quantity
    _read(account, _held(str(ours)), _held("-2"), one_way=False)
    closing = {order.leg.side: order.quantity for order in orders(_close(account), "close")}

    assert closing == {"long": ours, "short": D(2)}


def test_in_one_way_mode_the_excess_over_ours_is_left_alone() -> None:
    """Ours is closed by its own quantity; what is left is foreign then, and asked about by itself."""
    account = Account()
    account.opened()
    ours = account.position().quantity
    _read(account, _held(str(ours + 1)))

    assert not foreign(account.book, account.reading)
    assert [order.quantity for order in orders(_close(account), "close")] == [ours]


def test_a_position_without_an_entry_price_counts_from_its_mark() -> None:
    """It is closed all the same; without a mark there is nothing to count by, and it stays, as the answer says."""
    account = Account(marks={BTC: D(105)})
    _read(account, _held(entry="0"), _held("1", ETH, entry="0"))
    closing = orders(_close(account, ""), "close")

    assert [order.leg.symbol for order in closing] == [BTC]
    (adopted,) = [fact for fact in account.facts if isinstance(fact, PositionAdopted)]
    assert adopted.average == D(105)
    assert _result(account) == (
        f"closing 1 at market; {ETH}: the exchange names no price yet, so it stays open: ask again"
    )


def test_no_stop_of_a_position_without_a_price_is_taken_for_an_orphan() -> None:
    """The position is there: nothing of its symbol is touched, and the person hears why."""
    account = Account(marks={})
    _read(account, _held(entry="0"), orders=(replace(stranger(STOP), quantity=D(2)),))

    assert _close(account).intents == ()
    assert _result(account) == f"{BTC}: the exchange names no price yet, so it stays open: ask again"


def test_a_close_that_the_venue_refuses_goes_out_again() -> None:
    """From the request on it is ours, until it is flat."""
    account = Account()
    _read(account, _held())
    (close,) = orders(_close(account), "close")
    account.reject(close, "other")
    account.wall = later(30)
    again = orders(_read(account, _held(), at=30), "close")

    assert [(order.quantity, order.revision) for order in again] == [(D(2), 1)]
