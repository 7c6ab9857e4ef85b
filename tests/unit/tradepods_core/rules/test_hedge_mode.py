"""Hedge mode: long and short of one symbol are two positions, for every guard that counts or waits."""

from datetime import timedelta

import pytest

from support.account import Account, orders, placed
from support.build import BTC, NOON, arrived, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.intents import Leg, SetPositionMode
from tradepods_core.rules.snapshot import VenueState


@pytest.mark.parametrize(
    ("hedge_mode", "one_way", "expected"),
    [
        (True, False, []),
        (True, True, ["OppositePosition"]),
        (False, False, ["OppositePosition"]),
        (False, True, ["OppositePosition"]),
    ],
)
def test_both_sides_are_held_at_once_where_setting_and_venue_are_in_hedge_mode(
    hedge_mode: bool, one_way: bool, expected: list[str]
) -> None:
    """Each side is a position of its own; the setting alone, or the venue's mode alone, is not enough."""
    account = Account(account_settings=settings(hedgeMode=hedge_mode), venue=VenueState(one_way=one_way))
    account.opened()
    account.handle(arrived(signal(side="short")))

    assert account.refusals() == expected


def test_in_hedge_mode_an_entry_waits_for_the_orders_of_its_own_side_only() -> None:
    """What protects the other side stays where it is."""
    hedged = settings(hedgeMode=True, exitCooldownHours=0)
    account = Account(account_settings=hedged, venue=VenueState(one_way=False))
    account.opened()
    account.fill(account.live("stop"), price="97")
    at = NOON + timedelta(minutes=5)
    account.now = account.marks_at = at
    decision = account.handle(arrived(signal(close=at), signal(side="short", close=at), close=at))

    assert account.refusals() == ["ProtectionResting"]
    assert placed(decision, "enter").leg == Leg(BTC, "short")


def test_max_positions_counts_both_sides_of_a_symbol() -> None:
    """Two positions are two slots."""
    account = Account(account_settings=settings(hedgeMode=True, maxPositions=1), venue=VenueState(one_way=False))
    account.opened()
    account.handle(arrived(signal(side="short")))

    assert account.refusals() == ["MaxPositions"]


def test_in_hedge_mode_the_close_of_one_side_cools_down_both() -> None:
    """The other side goes on, and nothing is opened beside it for two hours."""
    account = Account(account_settings=settings(hedgeMode=True), venue=VenueState(one_way=False))
    _, stop, _ = account.opened()
    account.opened(side="short")
    account.fill(stop, price="97")
    for intent in tuple(account.book.unsettled.values()):
        account.settle(intent)
    at = NOON + timedelta(minutes=5)
    account.now = account.marks_at = at
    account.handle(arrived(signal(close=at), close=at))

    assert account.refusals() == ["ExitCooldown"]
    assert set(account.book.positions) == {Leg(BTC, "short")}


def test_nothing_is_entered_while_the_position_mode_changes() -> None:
    """An order that is made for the mode before would be refused, and its signal lost unheard."""
    account = Account()
    account.book = apply(account.book, [SetPositionMode(id="mode", hedge=True)])

    account.handle(arrived(signal()))

    assert account.refusals() == ["UnsupportedAccountMode"]


def test_an_older_fill_that_is_heard_later_sets_no_cooldown_back() -> None:
    """Both sides were entered and closed; of the long one, whose fills came first, they are heard last."""
    account = Account(account_settings=settings(hedgeMode=True), venue=VenueState(one_way=False))
    decision = account.handle(arrived(signal(), signal(side="short")))
    long, short = orders(decision, "enter")
    account.fill(short, at=NOON + timedelta(minutes=2))
    account.fill(long, at=NOON + timedelta(minutes=1))
    entered = dict(account.book.entered_at)
    stops = {order.intent.leg.side: order.intent for order in account.book.orders.values()}
    account.fill(stops["short"], price="103", at=NOON + timedelta(minutes=60))
    account.fill(stops["long"], price="97", at=NOON + timedelta(minutes=30))

    assert entered == {BTC: NOON + timedelta(minutes=2)}
    assert account.book.positions == {}
    assert account.book.closed_at == {BTC: NOON + timedelta(minutes=60)}
