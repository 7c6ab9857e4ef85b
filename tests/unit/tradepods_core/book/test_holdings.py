"""What the venue holds against what the ledger holds: what is certain, what is foreign, and what is asked again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.account import orders, placed
from support.build import BTC, ETH, arrived, later, signal
from support.outside import Outside, shown, stranger
from tradepods_core.book.events import CommandGiven, VenuePosition
from tradepods_core.book.facts import WalletSeen
from tradepods_core.book.holdings import undecided

D = Decimal


def test_more_than_ours_is_foreign_and_our_position_stays_managed_with_our_quantity() -> None:
    """The excess is shown, outside our stop; no entries on that symbol."""
    outside = Outside()
    outside.trade("3")
    first, second = outside.read(), outside.read()
    outside.account.handle(arrived(signal(strategy="other")))

    doubt = outside.account.book.doubts[BTC]
    assert doubt.why == "ForeignPosition: the account holds 3 long more than ours, outside of our stop"
    assert not doubt.quantity
    assert outside.account.position().quantity == D("4.925")
    assert (first.intents, second.intents) == ((), ())
    assert [notice.kind for notice in (*first.notices, *second.notices)] == ["doubted"]
    assert outside.account.refusals() == ["ForeignPosition"]


def test_an_order_of_our_pattern_that_this_ledger_does_not_know_is_never_cancelled() -> None:
    """The symbol is unreconciled, whatever else is on it."""
    outside = Outside()
    outside.orders.append(stranger("tp" + "a" * 26))
    outside.trade("3")
    decision = outside.settled()
    outside.account.handle(arrived(signal(strategy="other")))

    assert decision.intents == ()
    assert outside.account.book.doubts[BTC].why.startswith("Unreconciled: order tpaaa")
    assert outside.account.refusals() == ["Unreconciled"]


def test_a_foreign_order_is_refused_on_top_of_and_never_touched() -> None:
    """On its symbol only; and once it is gone, entries are free again."""
    outside = Outside()
    outside.orders.append(stranger("web_1", ETH))
    decision = outside.settled()
    outside.account.handle(arrived(signal(ETH)))
    assert decision.intents == ()
    assert outside.account.refusals() == ["ForeignPosition"]

    outside.orders.clear()
    assert [notice.kind for notice in outside.read().notices] == ["trusted"]


def test_foreign_orders_that_change_are_told_of_once() -> None:
    """A grid of another program, in which every fill brings a new order."""
    outside = Outside()
    kinds = []
    for number in range(3):
        outside.orders = [stranger(f"grid_{number}", ETH)]
        kinds += [notice.kind for notice in outside.read().notices]

    assert kinds == ["doubted"]
    assert outside.account.book.doubts[ETH].why == "ForeignPosition: order grid_2 is not ours"


def test_one_reading_alone_concludes_nothing() -> None:
    """Nothing is booked, nothing is told; entries stay away, and nothing is closed by itself."""
    outside = Outside()
    outside.trade("-2")
    decision = outside.read()

    assert outside.reductions() == []
    assert (decision.intents, decision.notices) == ((), ())
    assert outside.account.book.doubts[BTC].quantity
    assert outside.account.position().quantity == D("4.925")


@pytest.mark.parametrize(("after", "booked"), [(1.9, 0), (2.0, 1)])
def test_the_second_reading_comes_two_seconds_of_wall_time_after_the_first(after: float, booked: int) -> None:
    """A late message of the private stream comes within that."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    outside.read(after=after)

    assert len(outside.reductions()) == booked


def test_nothing_is_booked_by_a_reading_that_has_not_asked_what_happened() -> None:
    """It may have begun before the disagreement was known; the next one asks for the symbol's trades."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    blind = outside.reading(*outside.positions())
    outside.account.handle(replace(blind, view=replace(blind.view, pasts={})))
    assert outside.reductions() == []

    outside.read()
    assert [fact.quantity for fact in outside.reductions()] == [D(2)]


def test_a_disagreement_that_changes_begins_anew() -> None:
    """The same in two readings, or nothing is certain."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    outside.trade("-1")
    outside.read()
    assert outside.reductions() == []

    outside.read()
    assert [fact.quantity for fact in outside.reductions()] == [D(3)]


def test_a_disagreement_that_was_a_late_message_is_never_told() -> None:
    """The second reading agrees again."""
    outside = Outside()
    held, outside.held = outside.held, D(0)
    outside.read()
    outside.held = held
    decision = outside.read()

    assert outside.account.book.doubts == {}
    assert (decision.notices, outside.reductions()) == ((), [])


def test_the_second_reading_is_asked_for_by_itself() -> None:
    """The alarm rings when it may decide, and what is missing is overdue from then on."""
    outside = Outside()
    outside.trade("-2")
    decision = outside.read()
    assert decision.alarm == later(outside.seconds + 2)

    outside.account.wall = later(outside.seconds + 2)
    assert outside.account.handle(arrived(signal(ETH, strategy="none"))).overdue


def test_nothing_is_concluded_while_an_order_of_ours_is_under_way() -> None:
    """What it does is not known yet."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    outside.account.handle(CommandGiven(id="telegram/1", name="close", symbol=BTC, by="1001"))
    outside.read()

    assert outside.reductions() == []


@pytest.mark.parametrize(("signed", "asks"), [("-2", True), ("2", True), ("0", False)])
def test_a_difference_that_can_not_be_judged_is_asked_about_again(signed: str, *, asks: bool) -> None:
    """Where an order of ours is under way; without a difference nothing is asked."""
    outside = Outside()
    outside.account.handle(CommandGiven(id="telegram/1", name="close", symbol=BTC, by="1001"))
    outside.held += D(signed)
    event = outside.reading(*outside.positions())
    book = outside.account.book

    assert undecided(book, book, event) is asks
    assert undecided(replace(book, orders={}), replace(book, orders={}), event) is False


def test_nothing_is_concluded_from_a_reading_older_than_what_was_heard() -> None:
    """It began before an answer about the symbol came."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    outside.account.wall = later(20)
    outside.account.end(outside.target, executed=D(0), status="CANCELED")
    outside.account.settle(outside.account.live("take_profit"))
    outside.read(after=10, begun=19)
    assert outside.reductions() == []

    outside.read()
    assert len(outside.reductions()) == 1


def test_the_wallet_is_taken_together_with_the_position_that_it_belongs_to() -> None:
    """Else equity would count a loss twice for two seconds, and a limit of losses act on it."""
    outside = Outside()
    outside.trade("-4.925", price="60")
    outside.wallet = D(800)
    outside.read()
    assert outside.account.book.wallet == D(1000)

    outside.read()
    assert outside.account.book.wallet == D(800)
    assert [fact.balance for fact in outside.account.facts if isinstance(fact, WalletSeen)] == [D(800)]
    assert outside.account.tally().realized_pnl == D("4.925")


def test_in_hedge_mode_each_side_is_compared_for_itself() -> None:
    """A short position beside our long one is foreign, and takes nothing off ours."""
    outside = Outside()
    short = VenuePosition(symbol=BTC, quantity=D(-3))
    long = VenuePosition(symbol=BTC, quantity=outside.held)
    outside.read_as(long, short)

    assert outside.account.position().quantity == D("4.925")
    assert outside.account.book.doubts[BTC].why == (
        "ForeignPosition: the account holds 3 short that this ledger did not open"
    )


def test_a_missing_stop_is_placed_after_a_reading() -> None:
    """It was cancelled by hand while nobody listened."""
    outside = Outside()
    gone = shown(outside.stop, ended=True)
    outside.orders.append(gone)
    decision = outside.read()

    assert placed(decision, "stop").quantity == D("4.925")


def test_a_missing_take_profit_is_placed_after_a_reading() -> None:
    """Likewise."""
    outside = Outside()
    outside.orders.append(shown(outside.target, ended=True))
    decision = outside.read()

    assert placed(decision, "take_profit").quantity == D("4.925")
    assert orders(decision, "stop") == []
