"""What is told of the orders that guard a position: that they rest, that one is gone, that one was filled in part."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, orders, placed
from support.build import BTC, NOON, WALL, arrived, later, settings, signal
from tradepods_core.book.events import AccountRead, AccountView, FillReported, MarksMoved, VenueOrder, VenuePosition
from tradepods_core.book.intents import Leg, PlaceOrder
from tradepods_core.rules.notices import started
from tradepods_core.rules.snapshot import Notice

D = Decimal


def _kinds(account: Account) -> list[str]:
    return [notice.kind for notice in account.notices]


def _entered() -> tuple[Account, PlaceOrder]:
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    return account, placed(account.fill(entry), "stop")


def test_protection_is_told_once_both_orders_rest() -> None:
    """Not while one of them is only on its way."""
    account, stop = _entered()
    target = placed(account.settle(stop), "take_profit")
    assert _kinds(account) == ["entered"]

    (told,) = account.settle(target).notices
    assert told == Notice(kind="protected", at=NOON, leg=Leg(BTC, "long"), values={"stop": "97", "take_profit": "103"})


def test_answers_that_come_together_are_told_once() -> None:
    """A reading brings both of them."""
    account, stop = _entered()
    target = placed(account.settle(stop), "take_profit")
    resting = tuple(_shown(order) for order in (stop, target))
    view = AccountView(wallet=D(1000), positions=(VenuePosition(symbol=BTC, quantity=D("4.925")),), orders=resting)
    account.handle(AccountRead(view=view, begun_at=WALL, seen_at=WALL))

    assert _kinds(account).count("protected") == 1


def test_a_stop_that_is_moved_or_resized_is_no_news() -> None:
    """The move has its own message."""
    account = Account(account_settings=settings(breakEven={"triggerPct": 1, "offsetPct": 0}))
    account.opened()
    account.marks = {BTC: D(102)}
    moved = placed(account.handle(MarksMoved(at=NOON, marks=account.marks)), "stop")
    account.settle(moved)

    assert _kinds(account) == ["entered", "protected", "stop_moved"]


def test_a_stop_that_vanishes_is_told_and_so_is_the_next_one() -> None:
    """Somebody cancelled it at the exchange: the position is bare until another rests."""
    account = Account()
    _, stop, _ = account.opened()
    gone = account.end(stop, executed=D(0), status="CANCELED")
    again = placed(gone, "stop")
    account.settle(again)

    assert _kinds(account) == ["entered", "protected", "stop_gone", "protected"]
    assert gone.notices[0].values == {"status": "CANCELED"}


def test_a_stop_that_acts_is_not_gone() -> None:
    """Also where its end is heard before its fill."""
    account = Account()
    _, stop, _ = account.opened()
    account.end(stop, executed=stop.quantity)
    account.fill(stop, price="97", realized=D("-14.775"), ended=False)

    assert _kinds(account) == ["entered", "protected", "exited"]


def test_a_stop_that_never_rested_is_not_gone() -> None:
    """It was refused, or ended before the venue had said that it has it: that has its own message."""
    account, stop = _entered()
    account.end(stop, executed=D(0), status="EXPIRED")

    assert "stop_gone" not in _kinds(account)


def test_an_exit_that_is_filled_in_part_is_told_when_it_is_over() -> None:
    """What went, what is left, what it has brought; once, however many fills there were."""
    account = Account()
    _, _, target = account.opened()
    for _ in range(2):
        account.fill(target, price="103", quantity=D(1), realized=D(3), fee=D("0.1"), ended=False)
    assert "reduced" not in _kinds(account)

    account.end(target, executed=D(2), status="EXPIRED")
    (told,) = [notice for notice in account.notices if notice.kind == "reduced"]
    assert told.values == {"by": "take_profit", "quantity": "2", "left": "2.925", "realized": "6", "fees": "0.2"}


def test_an_exit_whose_last_fill_comes_after_its_end_is_told_once() -> None:
    """With all of its fills."""
    account = Account()
    _, _, target = account.opened()
    account.fill(target, price="103", quantity=D(1), ended=False)
    account.end(target, executed=D(2), status="EXPIRED")
    assert "reduced" not in _kinds(account)

    account.fill(target, price="103", quantity=D(1), ended=False)
    (told,) = [notice for notice in account.notices if notice.kind == "reduced"]
    assert (told.values["quantity"], told.values["left"]) == ("2", "2.925")


def test_an_exit_whose_fill_and_end_are_read_together_is_told_once() -> None:
    """A reading brings both after the private stream was down."""
    account = Account()
    _, _, target = account.opened()
    fill = FillReported(
        order=target.id,
        trade="t",
        symbol=BTC,
        quantity=D(1),
        price=D(103),
        fee=D(0),
        fee_asset="USDT",
        realized=D(3),
        at=NOON,
        seen_at=WALL,
    )
    over = replace(_shown(target), ended=True, executed=D(1), status="EXPIRED")
    position = VenuePosition(symbol=BTC, quantity=D("3.925"))
    view = AccountView(wallet=D(1003), positions=(position,), orders=(over,), fills=(fill,))
    account.handle(AccountRead(view=view, begun_at=later(10), seen_at=later(10)))

    assert _kinds(account).count("reduced") == 1


def test_a_start_names_what_it_holds_and_what_it_did() -> None:
    """A stop that is missing is placed, an orphan cancelled."""
    account = Account()
    account.opened()
    _, stop, _ = account.opened(symbol="ETH/USDT:USDT", strategy="b")
    account.wall = later(60)
    gone = account.end(stop, executed=D(0), status="CANCELED")
    told = started(account.snapshot(MarksMoved(at=NOON, marks=account.marks)), gone.facts)

    assert told.values["held"].splitlines() == [
        f"long {BTC} quantity=4.925 average=100",
        f"long ETH/USDT:USDT quantity={account.position('ETH/USDT:USDT').quantity} average=100",
    ]
    assert told.values["placed"] == "long ETH/USDT:USDT purpose=stop"
    assert told.values["cancelled"] == ""


def _shown(order: PlaceOrder) -> VenueOrder:
    return VenueOrder(
        id=order.id,
        symbol=order.leg.symbol,
        buys=False,
        kind=order.kind,
        quantity=order.quantity,
        trigger=order.trigger,
        ended=False,
        executed=D(0),
        status="NEW",
    )


@pytest.mark.parametrize(
    ("changes", "mark", "by"),
    [
        ({"breakEven": {"triggerPct": 1, "offsetPct": 0}}, "102", "break_even"),
        ({"trailing": {"activatePct": 1, "callbackPct": 0.5}}, "102", "trailing"),
        ({}, "102", "stop"),
    ],
)
def test_a_stop_that_was_moved_is_told_by_what_has_moved_it(changes: dict[str, Any], mark: str, by: str) -> None:
    """It is no stop-loss any more; where a part of it fills, and where the position ends by it."""
    account = Account(account_settings=settings(**changes))
    account.opened()
    account.marks = {BTC: D(mark)}
    for stop in orders(account.handle(MarksMoved(at=NOON, marks=account.marks)), "stop"):
        account.settle(stop)
    stop = account.live("stop")
    account.fill(stop, quantity=D(1), ended=False)
    account.end(stop, executed=D(1), status="CANCELED")
    account.fill(account.live("stop"), quantity=account.position().quantity)

    told = [(notice.kind, notice.values["by"]) for notice in account.notices if "by" in notice.values]
    assert told == [("reduced", by), ("exited", by)]


def test_a_stop_that_rests_still_where_the_entry_put_it_is_a_stop_loss() -> None:
    """The better one is on its way when the first acts."""
    account = Account(account_settings=settings(breakEven={"triggerPct": 1, "offsetPct": 0}))
    _, first, _ = account.opened()
    account.marks = {BTC: D(102)}
    account.handle(MarksMoved(at=NOON, marks=account.marks))
    account.fill(first, price="97")

    assert account.notices[-1].values["by"] == "stop"
