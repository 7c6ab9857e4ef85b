"""The venue's own liquidation price against the stop, after every reading of the account."""

from decimal import Decimal

import pytest

from support.account import Account, orders
from support.build import BTC, WALL, settings
from tradepods_core.book.events import AccountRead, AccountView, MarksMoved, VenuePosition
from tradepods_core.book.facts import LiquidationNear
from tradepods_core.book.intents import Side

D = Decimal


def _read(account: Account, liquidation: str | None) -> None:
    price = None if liquidation is None else D(liquidation)
    positions = tuple(
        VenuePosition(symbol=leg.symbol, quantity=held.quantity * leg.sign, liquidation=price)
        for leg, held in account.book.positions.items()
    )
    view = AccountView(wallet=account.book.wallet or D(0), positions=positions)
    account.handle(AccountRead(view=view, begun_at=WALL, seen_at=WALL))


def _found(account: Account) -> list[Decimal]:
    return [fact.price for fact in account.facts if isinstance(fact, LiquidationNear)]


@pytest.mark.parametrize(
    ("side", "liquidation", "near"),
    [
        ("long", "96.25", False),  # the stop at 97 takes 3 of 3.75: a fifth is left
        ("long", "96.3", True),
        ("long", "98", True),
        ("long", None, False),
        ("long", "104", False),  # a hedged account's, where a rise liquidates the larger short
        ("short", "103.75", False),
        ("short", "103.7", True),
    ],
)
def test_a_stop_must_leave_a_fifth_of_the_way_to_the_venues_own_liquidation_price(
    side: Side, liquidation: str | None, near: bool
) -> None:
    """The estimate let the position in; the venue knows what else the account holds."""
    account = Account()
    account.opened(side=side)
    _read(account, liquidation)

    assert bool(_found(account)) is near


def test_a_stop_that_was_moved_counts_where_it_is() -> None:
    """At break-even nothing is risked any more."""
    account = Account(account_settings=settings(breakEven={"triggerPct": 1}))
    account.opened()
    account.marks = {**account.marks, BTC: D(102)}
    account.handle(MarksMoved(at=account.now, marks={BTC: D(102)}))
    _read(account, "98")

    assert _found(account) == []


def test_a_near_liquidation_is_told_once_a_position() -> None:
    """With both prices."""
    account = Account()
    account.opened()
    _read(account, "98")
    _read(account, "98.5")

    told = [notice for notice in account.notices if notice.kind == "liquidation_near"]
    assert [notice.values for notice in told] == [{"liquidation": "98", "stop": "97"}]


@pytest.mark.parametrize(("liquidation", "adds"), [("98", 0), ("90", 1)])
def test_nothing_is_added_to_a_position_that_is_near_liquidation(liquidation: str, adds: int) -> None:
    """An add would bring it nearer still."""
    account = Account(account_settings=settings(dca={"enabled": True, "triggerPct": 1, "stepPcts": [30]}))
    account.opened()
    _read(account, liquidation)
    account.marks = {**account.marks, BTC: D("98.5")}
    decision = account.handle(MarksMoved(at=account.now, marks={BTC: D("98.5")}))

    assert len(orders(decision, "add")) == adds
