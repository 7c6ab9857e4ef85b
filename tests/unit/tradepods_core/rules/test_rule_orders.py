"""Orders of management rules that are lost, refused or given up: what was done counts, and what was not does not."""

from decimal import Decimal
from typing import Any

import pytest

from support.account import orders
from support.build import later
from support.managed import Managed, placed, rule
from tradepods_core.book.absorb import ended
from tradepods_core.book.book import apply
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.managed import taken_back
from tradepods_core.book.values import Order

D = Decimal
ADD = rule("add", 30)


def test_an_order_that_never_reached_the_venue_does_not_count() -> None:
    """Once a reading confirms that it isn't there: the rule may act again in a later cycle, under another id."""
    managed = Managed(ADD)
    account = managed.account
    first = placed(managed.candle("101"), "add")
    account.reject(first, "not_placed")
    assert account.position().rules["a_add"].times == 1  # it may turn up yet
    assert orders(managed.again(), "add") == []

    lost = ended(first, executed=D(0), status="lost", seen_at=account.wall)
    account.book = apply(account.book, [lost])
    assert account.position().rules["a_add"].times == 0
    assert orders(managed.again(), "add") == []
    second = placed(managed.candle("101"), "add")
    assert second.id != first.id


def test_a_close_that_never_reached_the_venue_is_sent_again_by_its_rule_alone() -> None:
    """The market has moved: hours may lie between, and whether the rule still holds is said by the next cycle."""
    managed = Managed(rule("close"))
    account = managed.account
    close = placed(managed.candle("101"), "close")
    account.reject(close, "not_placed")
    lost = ended(close, executed=D(0), status="lost", seen_at=account.wall)
    account.book = apply(account.book, [lost])
    account.wall = later(60)

    assert orders(account.handle(AlarmRang(at=account.wall)), "close") == []
    assert orders(managed.candle("100.5"), "close") == []
    assert len(orders(managed.candle("101"), "close")) == 1


@pytest.mark.parametrize(("code", "times"), [("too_late", 0), ("throttled", 0), ("insufficient_margin", 1)])
def test_what_was_never_sent_may_be_asked_for_again_and_what_was_refused_may_not(code: Any, times: int) -> None:
    """The person is told of either."""
    managed = Managed(ADD)
    refused = managed.account.reject(placed(managed.candle("101"), "add"), code)

    assert managed.account.position().rules["a_add"].times == times
    assert [notice.kind for notice in refused.notices] == ["refused"]
    assert len(orders(managed.candle("101"), "add")) == 1 - times


def test_each_refusal_of_a_rule_is_told() -> None:
    """They are no tries of one thing: each has another cycle's reason."""
    managed = Managed({**ADD, "maxTimes": 9})
    told = []
    for _ in range(5):
        refused = managed.account.reject(placed(managed.candle("101"), "add"), "insufficient_margin")
        told.append([notice.kind for notice in refused.notices])
        managed.candle("100")

    assert told == [["refused"]] * 5


def test_an_order_that_the_venue_took_and_gave_up_has_acted() -> None:
    """It is not asked for again, and an earlier one that is found lost late takes nothing back."""
    managed = Managed({**ADD, "maxTimes": 2})
    account = managed.account
    first = placed(managed.candle("101"), "add")
    account.settle(first)
    account.end(first, executed=D(0), status="EXPIRED")
    assert account.position().rules["a_add"].times == 1

    managed.candle("100")
    second = placed(managed.candle("101"), "add")
    before = account.book
    account.book = taken_back(before, Order(intent=first))
    assert account.book == before
    assert account.position().rules["a_add"].order == second.id


def test_a_lost_order_that_turns_up_has_acted() -> None:
    """It fills after all: nothing is added a second time."""
    managed = Managed({**ADD, "maxTimes": 2})
    order = placed(managed.candle("101"), "add")
    managed.account.reject(order, "not_placed")
    managed.done(order, "101")

    assert managed.account.position().rules["a_add"].times == 1
    assert orders(managed.candle("101"), "add") == []
