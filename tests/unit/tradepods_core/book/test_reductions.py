"""What something outside took off a position: by the venue's numbers, or by the mark; late fills count once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, NOON, later, settings
from support.outside import Outside
from tradepods_core.book.events import FillReported
from tradepods_core.book.intents import CancelOrder, Side
from tradepods_core.book.outside import Cause

D = Decimal


def test_a_venue_quantity_below_ours_is_an_external_reduction_and_the_stop_is_re_sized() -> None:
    """Booked with the venue's price, profit and fee; take-profit likewise, once the new stop rests."""
    outside = Outside()
    outside.trade("-2", price="102")
    decision = outside.settled()

    (fact,) = outside.reductions()
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

    closed = outside.closed()
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

    assert outside.closed().by == cause
    assert decision.notices[0].values["by"] == cause


def test_what_no_trade_explains_is_estimated_by_the_mark_price_and_said_to_be() -> None:
    """Trades that are a week old are not told any more."""
    outside = Outside()
    outside.account.marks[BTC] = D(98)
    outside.account.now = later(1, than=NOON)
    outside.trade("-4.925")
    outside.explains = False
    decision = outside.settled()

    closed = outside.closed()
    assert (closed.by, closed.price, closed.estimated) == ("unknown", D(98), True)
    assert (closed.realized, closed.at) == (D("-9.85"), later(1, than=NOON))
    assert decision.notices[0].values["estimated"] == "yes"


def test_what_has_no_mark_price_either_makes_neither_profit_nor_loss() -> None:
    """The symbol is listed no more: it counts at the average, and is said to be estimated."""
    outside = Outside()
    del outside.account.marks[BTC]
    outside.trade("-4.925")
    outside.explains = False
    outside.settled()

    closed = outside.closed()
    assert (closed.price, closed.realized, closed.estimated) == (D(100), D(0), True)


def test_what_trades_explain_in_part_is_estimated_for_the_rest() -> None:
    """Two by a trade at 102, two by the mark of 100."""
    outside = Outside()
    outside.trade("-2", price="102")
    outside.held -= 2
    outside.settled()

    (fact,) = outside.reductions()
    assert (fact.quantity, fact.unproven, fact.price) == (D(4), D(2), D(101))
    assert (fact.realized, fact.estimated) == (D(2), D(0))


def test_a_trade_from_before_a_position_was_opened_explains_nothing_of_it() -> None:
    """A hand may have sold the same symbol a minute earlier."""
    outside = Outside()
    outside.trade("-1", price="110", at=outside.account.now - timedelta(minutes=1))
    outside.settled()

    assert [(fact.unproven, fact.price) for fact in outside.reductions()] == [(D(1), D(100))]


def test_when_it_shrinks_later_the_excess_goes_first() -> None:
    """Only what goes below our quantity is ours, at the price of the last trades."""
    outside = Outside()
    outside.trade("3")
    outside.settled()
    outside.trade("-3", price="110")
    outside.settled()
    assert outside.reductions() == []
    assert outside.account.book.doubts == {}

    outside.trade("-1", price="90")
    outside.settled()
    assert [(fact.quantity, fact.price) for fact in outside.reductions()] == [(D(1), D(90))]


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

    assert [fact.price for fact in outside.reductions()] == [D(101), D(105), D(100)]
    assert [fact.unproven for fact in outside.reductions()] == [D(0), D(0), D(1)]


def test_an_opposite_side_means_that_ours_is_closed_and_what_is_there_is_foreign() -> None:
    """Our orders are cancelled; the short position is left alone."""
    outside = Outside()
    outside.trade("-7.925", price="99")
    decision = outside.settled()

    closed = outside.closed()
    assert (closed.quantity, closed.price, closed.realized) == (D("4.925"), D(99), D("4.925"))
    assert len([intent for intent in decision.intents if isinstance(intent, CancelOrder)]) == len(decision.intents) == 2
    assert outside.account.book.doubts[BTC].why == (
        "ForeignPosition: the account holds 3 short that this ledger did not open"
    )
    assert [notice.kind for notice in decision.notices] == ["exited", "doubted"]


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
    assert outside.closed().by == "stop"


def test_what_was_reduced_by_hand_stays_reduced_when_our_stop_fills() -> None:
    """A trade proves it, at 101: the fill is of the rest, at 97, and the price that of both."""
    outside = Outside()
    outside.trade("-2")
    stop = placed(outside.settled(), "stop")
    outside.account.settle(stop)
    outside.account.fill(stop, price="97")

    assert outside.account.book.positions == {}
    assert outside.closed().quantity == D("4.925")
    assert outside.closed().price == (2 * D(101) + D("2.925") * 97) / D("4.925")


def test_what_was_estimated_and_taken_back_counts_nothing_in_the_price_of_the_exit() -> None:
    """2 gone at the mark of 100 turn out to be our stop's at 97, by -14.8 / 2; the rest goes at 98."""
    outside = Outside()
    outside.held, outside.explains = D("2.925"), False
    outside.settled()
    late = _late(outside, "2")
    outside.account.handle(late)
    outside.account.fill(outside.account.live("stop"), price="98", quantity=D("2.925"), ended=False)

    assert outside.closed().price == (2 * late.price + D("2.925") * 98) / D("4.925")


@pytest.mark.parametrize(("side", "price"), [("long", D(102)), ("short", D(100)), (None, D(102))])
def test_in_hedge_mode_a_trade_explains_its_own_side_only(side: Side | None, price: Decimal) -> None:
    """A sale that opened a short position took nothing off the long one: that is estimated by the mark."""
    outside = Outside()
    outside.trade("-2", price="102", side=side)
    outside.settled()

    assert [fact.price for fact in outside.reductions()] == [price]
