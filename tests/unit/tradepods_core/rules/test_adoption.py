"""Adopting what a lost ledger has left: the worker goes on protecting it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, orders
from support.build import BTC, ETH, NOON, WALL, later, settings
from support.outside import stranger
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, AccountView, VenueOrder, VenuePosition
from tradepods_core.book.intents import CancelOrder, Leg
from tradepods_core.book.outside import OrderAdopted, PositionAdopted
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.rules.adoption import Adopted, Found, adopted
from tradepods_core.rules.snapshot import Decision

D = Decimal
LONG = Leg(BTC, "long")
STOP, TARGET = "tp" + "s" * 26, "tp" + "t" * 26


def _held(quantity: str = "2", symbol: str = BTC, entry: str = "100") -> VenuePosition:
    return VenuePosition(symbol=symbol, quantity=D(quantity), entry=D(entry))


def _order(identifier: str, kind: Any = "stop_market", *, trigger: str = "97", quantity: str = "2") -> VenueOrder:
    return replace(stranger(identifier), kind=kind, trigger=D(trigger), quantity=D(quantity))


BOTH = (_order(STOP), _order(TARGET, "take_profit_market", trigger="103"))


def _found(*held: VenuePosition, shown: Sequence[VenueOrder] = (), **changes: Any) -> Found:
    view = AccountView(wallet=D(1000), positions=held, orders=tuple(shown))
    values: dict[str, Any] = {"book": Book(), "settings": settings(), "now": NOON, "wall": WALL}
    return Found(view=view, **values | changes)


def _after(found: Found, facts: Sequence[Adopted]) -> tuple[Account, Decision]:
    """A worker that starts with these facts, and its first reading."""
    account = Account()
    account.book = apply(account.book, facts)
    account.wall = later(10)
    return account, account.handle(AccountRead(view=found.view, begun_at=later(10), seen_at=later(10)))


def test_a_position_with_orders_of_our_pattern_is_ours_again_and_they_are_its_stop_and_take_profit() -> None:
    """Average from the venue, terms from the settings, number by time; nothing has to be placed or cancelled."""
    found = _found(_held(), shown=BOTH)
    facts = list(adopted(found))
    account, decision = _after(found, facts)

    position = account.book.positions[LONG]
    assert (position.quantity, position.average, position.number) == (D(2), D(100), int(NOON.timestamp()))
    assert (position.terms.stop_loss_pct, position.terms.take_profit_pct) == (D(3), D(3))
    assert position.naked_since is None
    assert [fact.order.purpose for fact in facts if isinstance(fact, OrderAdopted)] == ["stop", "take_profit"]
    assert (decision.intents, account.book.doubts) == ((), {})


def test_only_symbols_with_an_order_of_our_pattern_are_taken_in_by_themselves() -> None:
    """A position that nothing of ours rests for is somebody else's, until the person names it."""
    found = _found(_held(), _held(symbol=ETH), shown=BOTH)

    assert {fact.leg for fact in adopted(found) if isinstance(fact, PositionAdopted)} == {LONG}
    named = adopted(replace(found, symbols=(ETH,)))
    assert [(fact.leg, fact.quantity) for fact in named if isinstance(fact, PositionAdopted)] == [
        (Leg(ETH, "long"), D(2))
    ]


def test_a_position_that_was_named_and_has_no_orders_gets_its_stop_at_once() -> None:
    """By the settings, under an id that the lost ledger cannot have given out."""
    found = _found(_held("-2"), symbols=(BTC,))
    _, decision = _after(found, list(adopted(found)))

    (stop,) = orders(decision, "stop")
    assert (stop.quantity, stop.trigger, stop.buys) == (D(2), D(103), True)


def test_a_stop_that_is_better_than_the_settings_stays_where_it_is() -> None:
    """A stop only ever moves in the position's favour."""
    found = _found(_held(), shown=[_order(STOP, trigger="101"), BOTH[1]])
    account, decision = _after(found, list(adopted(found)))

    assert account.book.positions[LONG].stop == D(101)
    assert decision.intents == ()


def test_a_stop_of_another_quantity_is_replaced() -> None:
    """The new one first, then the old one goes."""
    found = _found(_held(), shown=[_order(STOP, quantity="1"), BOTH[1]])
    account, decision = _after(found, list(adopted(found)))
    (stop,) = orders(decision, "stop")
    assert stop.quantity == D(2)

    cancels = [intent for intent in account.settle(stop).intents if isinstance(intent, CancelOrder)]
    assert [intent.target for intent in cancels] == [STOP]


def test_of_two_stops_the_one_that_fits_stays() -> None:
    """The other is left over from a replacement, and goes."""
    left = "tp" + "z" * 26
    found = _found(_held(), shown=[_order(left, quantity="1"), *BOTH])
    _, decision = _after(found, list(adopted(found)))

    assert [getattr(intent, "target", "") for intent in decision.intents] == [left]


def test_an_order_of_our_pattern_without_a_position_is_an_orphan() -> None:
    """It is in this ledger from now on, and the venue shows its side flat: then it is cancelled."""
    found = _found(shown=BOTH)
    account, decision = _after(found, list(adopted(found)))

    assert {getattr(intent, "target", "") for intent in decision.intents} == {STOP, TARGET}
    assert account.book.positions == {}


def test_what_the_ledger_holds_is_left_to_readings() -> None:
    """Neither a position that it has, nor one on the other side of its symbol; orders of it are taken in."""
    mine = apply(Book(), adopted(_found(_held(), shown=BOTH)))
    extra = _order("tp" + "x" * 26, quantity="3")

    assert list(adopted(_found(_held("3"), shown=BOTH, book=mine, symbols=(BTC,)))) == []
    assert list(adopted(_found(_held("-1"), shown=BOTH, book=mine, symbols=(BTC,)))) == []
    (taken,) = adopted(_found(_held(), shown=[*BOTH, extra], book=mine))
    assert isinstance(taken, OrderAdopted)
    assert (taken.id, taken.order.revision) == (extra.id, 1)


def test_orders_that_are_not_of_our_pattern_or_protect_nothing_are_left_alone() -> None:
    """A hand's own stop, and an order without a trigger."""
    hand = _order("web_1")
    plain = replace(_order("tp" + "p" * 26), kind=None, trigger=None)

    assert list(adopted(_found(shown=[hand, plain]))) == []


def test_the_ladder_of_an_adopted_position_is_behind_it() -> None:
    """How many steps it has had is not known: more of them could be too many."""
    ladder = settings(dca={"enabled": True, "triggerPct": 1, "stepPcts": [50, 50]})
    facts = list(adopted(_found(_held(), symbols=(BTC,), settings=ladder)))

    assert [fact.step for fact in facts if isinstance(fact, PositionAdopted)] == [2]


def test_a_position_whose_entry_price_the_venue_does_not_name_is_not_guessed() -> None:
    """Its stop would be anywhere."""
    with pytest.raises(Temporary, match="names no entry price of long BTC"):
        list(adopted(_found(_held(entry="0"), symbols=(BTC,))))
