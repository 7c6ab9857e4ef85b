"""What the venue holds against what the ledger holds: when something outside is booked, and when it is only shown."""

from decimal import Decimal

import pytest

from support.account import Account, orders, placed
from support.build import BTC, ETH, NOON, arrived, later, settings, signal
from support.outside import Outside, shown, stranger
from tradepods_core.book.events import CommandGiven, FillReported, VenuePosition
from tradepods_core.book.facts import PositionClosed, WalletSeen
from tradepods_core.book.intents import CancelOrder
from tradepods_core.book.outside import Cause, ExternallyReduced

D = Decimal


def _closed(account: Account) -> PositionClosed:
    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    return closed


def _reductions(account: Account) -> list[ExternallyReduced]:
    return [fact for fact in account.facts if isinstance(fact, ExternallyReduced)]


def test_a_venue_quantity_below_ours_is_an_external_reduction_and_the_stop_is_re_sized() -> None:
    """Booked with the venue's price, profit and fee; take-profit likewise, once the new stop rests."""
    outside = Outside()
    outside.trade("-2", price="102")
    decision = outside.settled()

    (fact,) = _reductions(outside.account)
    assert (fact.quantity, fact.price, fact.realized, fact.fee) == (D(2), D(102), D(2), D("0.1"))
    assert (fact.why, fact.unproven) == ("by_hand", D(0))
    assert outside.account.position().quantity == D("2.925")
    stop = placed(decision, "stop")
    assert (stop.quantity, stop.trigger) == (D("2.925"), D(97))
    assert placed(outside.account.settle(stop), "take_profit").quantity == D("2.925")
    assert [notice.kind for notice in decision.notices] == ["reduced_outside"]


def test_a_position_that_the_venue_does_not_hold_any_more_is_closed_and_its_orders_are_cancelled() -> None:
    """With the true numbers; the cooldown starts at the venue's time."""
    outside = Outside(Account(account_settings=settings(exitCooldownHours=2)))
    outside.trade("-4.925", price="104", at=later(60, than=NOON))
    decision = outside.settled()

    closed = _closed(outside.account)
    assert (closed.by, closed.price, closed.realized, closed.fees) == ("by_hand", D(104), D("4.925"), D("0.1"))
    assert (closed.at, closed.estimated) == (later(60, than=NOON), False)
    assert outside.account.book.closed_at[BTC] == later(60, than=NOON)
    assert outside.account.book.positions == {}
    targets = {intent.target for intent in decision.intents if isinstance(intent, CancelOrder)}
    assert targets == {outside.stop.id, outside.target.id}
    assert [notice.kind for notice in decision.notices] == ["exited"]


@pytest.mark.parametrize("cause", ["liquidation", "adl", "settlement"])
def test_what_the_exchange_closes_by_itself_is_told_as_such(cause: Cause) -> None:
    """A liquidation is no hand of anybody's."""
    outside = Outside()
    outside.trade("-4.925", price="60", cause=cause)
    decision = outside.settled()

    assert _closed(outside.account).by == cause
    assert decision.notices[0].values["by"] == cause


def test_what_no_trade_explains_is_estimated_by_the_mark_price_and_said_to_be() -> None:
    """Trades that are a week old are not told any more."""
    outside = Outside()
    outside.account.marks[BTC] = D(98)
    outside.account.now = later(1, than=NOON)
    outside.trade("-4.925")
    outside.explains = False
    decision = outside.settled()

    closed = _closed(outside.account)
    assert (closed.by, closed.price, closed.estimated) == ("unknown", D(98), True)
    assert (closed.realized, closed.at) == (D("-9.85"), later(1, than=NOON))
    assert decision.notices[0].values["estimated"] == "yes"


def test_what_trades_explain_in_part_is_estimated_for_the_rest() -> None:
    """Two by a trade at 102, two by the mark of 100."""
    outside = Outside()
    outside.trade("-2", price="102")
    outside.held -= 2
    outside.settled()

    (fact,) = _reductions(outside.account)
    assert (fact.quantity, fact.unproven, fact.price) == (D(4), D(2), D(101))
    assert (fact.realized, fact.estimated) == (D(2), D(0))


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


def test_when_it_shrinks_later_the_excess_goes_first() -> None:
    """Only what goes below our quantity is ours, at the price of the last trades."""
    outside = Outside()
    outside.trade("3")
    outside.settled()
    outside.trade("-3", price="110")
    outside.settled()
    assert _reductions(outside.account) == []
    assert outside.account.book.doubts == {}

    outside.trade("-1", price="90")
    outside.settled()
    assert [(fact.quantity, fact.price) for fact in _reductions(outside.account)] == [(D(1), D(90))]


def test_a_trade_explains_one_reduction_only() -> None:
    """The second is explained by the second trade; the third by none."""
    outside = Outside()
    outside.trade("-1", price="101")
    outside.settled()
    outside.answered()
    outside.trade("-1", price="105")
    outside.settled()

    outside.answered()
    outside.held -= 1
    outside.settled()

    assert [fact.price for fact in _reductions(outside.account)] == [D(101), D(105), D(100)]
    assert [fact.unproven for fact in _reductions(outside.account)] == [D(0), D(0), D(1)]


def test_an_opposite_side_means_that_ours_is_closed_and_what_is_there_is_foreign() -> None:
    """Our orders are cancelled; the short position is left alone."""
    outside = Outside()
    outside.trade("-7.925", price="99")
    decision = outside.settled()

    closed = _closed(outside.account)
    assert (closed.quantity, closed.price, closed.realized) == (D("4.925"), D(99), D("4.925"))
    assert len([intent for intent in decision.intents if isinstance(intent, CancelOrder)]) == len(decision.intents) == 2
    assert outside.account.book.doubts[BTC].why == (
        "ForeignPosition: the account holds 3 short that this ledger did not open"
    )
    assert [notice.kind for notice in decision.notices] == ["exited", "doubted"]


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

    assert _reductions(outside.account) == []
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

    assert len(_reductions(outside.account)) == booked


def test_a_disagreement_that_changes_begins_anew() -> None:
    """The same in two readings, or nothing is certain."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    outside.trade("-1")
    outside.read()
    assert _reductions(outside.account) == []

    outside.read()
    assert [fact.quantity for fact in _reductions(outside.account)] == [D(3)]


def test_a_disagreement_that_was_a_late_message_is_never_told() -> None:
    """The second reading agrees again."""
    outside = Outside()
    held, outside.held = outside.held, D(0)
    outside.read()
    outside.held = held
    decision = outside.read()

    assert outside.account.book.doubts == {}
    assert (decision.notices, _reductions(outside.account)) == ((), [])


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

    assert _reductions(outside.account) == []


def test_nothing_is_concluded_from_a_reading_older_than_what_was_heard() -> None:
    """It began before an answer about the symbol came."""
    outside = Outside()
    outside.trade("-2")
    outside.read()
    outside.account.wall = later(20)
    outside.account.end(outside.target, executed=D(0), status="CANCELED")
    outside.account.settle(outside.account.live("take_profit"))
    outside.read(after=10, begun=19)
    assert _reductions(outside.account) == []

    outside.read()
    assert len(_reductions(outside.account)) == 1


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


def _late(outside: Outside, quantity: str = "4.925") -> FillReported:
    return FillReported(
        order=outside.stop.id,
        trade="late",
        symbol=BTC,
        quantity=D(quantity),
        price=D(97),
        fee=D("0.2"),
        fee_asset="USDT",
        realized=D("-14.8"),
        at=NOON,
        seen_at=later(60),
    )


def test_a_late_fill_of_ours_counts_once_after_it_was_booked_as_an_external_close() -> None:
    """The venue told of no trade: it was our stop, whose fill is heard after the position was booked as closed."""
    outside = Outside()
    outside.held, outside.explains = D(0), False
    outside.wallet = D(985)
    outside.settled()
    outside.account.handle(_late(outside))

    assert outside.account.book.positions == {}
    assert outside.account.book.wallet == D(985)
    assert (outside.account.tally().realized_pnl, outside.account.tally().fees) == (D("-14.8"), D("0.2"))


def test_a_late_fill_of_ours_counts_once_after_a_part_was_booked_as_gone() -> None:
    """The quantity stays what the venue shows."""
    outside = Outside()
    outside.held, outside.explains = D("2.925"), False
    outside.settled()
    outside.account.handle(_late(outside, "2"))

    assert outside.account.position().quantity == D("2.925")
    assert outside.account.position().realized == D("-14.8")


def test_a_later_fill_of_ours_is_a_fill_of_its_own() -> None:
    """What happened after the reading is not what the reading had found missing."""
    outside = Outside()
    outside.held, outside.explains = D("2.925"), False
    decision = outside.settled()
    stop = placed(decision, "stop")
    outside.account.settle(stop)
    outside.account.now = later(60, than=NOON)
    outside.account.fill(stop, price="97")

    assert outside.account.book.positions == {}
    assert _closed(outside.account).by == "stop"


def test_what_was_reduced_by_hand_stays_reduced_when_our_stop_fills() -> None:
    """A trade proves it: the fill is of the rest."""
    outside = Outside()
    outside.trade("-2")
    stop = placed(outside.settled(), "stop")
    outside.account.settle(stop)
    outside.account.fill(stop, price="97")

    assert outside.account.book.positions == {}
    assert _closed(outside.account).quantity == D("4.925")


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
