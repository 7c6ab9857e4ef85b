"""Accounts at their limits: no margin left, other assets as margin, triggers in bad moments, what the venue closes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.build import BTC, ETH
from support.paper import MARKETS, RICH, book, ends, limit, moment, moved, names, order, placed, refusal, richer, trades
from tradepods_core.market import Bracket
from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, PaperAccount, PaperPosition, Traded
from tradepods_core.paper.liquidation import liquidated
from tradepods_core.paper.margin import available, liquidation_price
from tradepods_core.paper.modes import with_leverage, with_margin, with_multi
from tradepods_core.paper.quotes import Depth, Moment
from tradepods_core.paper.refusals import Refusal

D = Decimal
HELD = placed(RICH, order("10", id="open")).account
BOUND = richer(HELD, wallet=D(100))  # 100 of margin for 1,000 at ten times: nothing is left
HEDGED = richer(RICH, hedge=True)
PRICES = {BTC: D(100)}


def test_what_closes_needs_no_margin() -> None:
    """Also without a flag that says so; one more than the position opens, and needs it."""
    assert available(BOUND, PRICES) == D(0)
    assert placed(BOUND, order("10", buys=False)).account.positions == {}
    assert placed(BOUND, limit("10", "101", buys=False)).account.resting
    assert refusal(BOUND, order("10.1", buys=False)) == "margin"


def test_a_triggered_order_keeps_its_terms() -> None:
    """Post-only takes nothing, fill-or-kill no part: where they can't be kept the order is over."""
    stop = order("5", kind="stop", trigger=D(101), limit=D(102), id="stop")
    at = moment("101", book("100.9x5", "101.1x1 101.5x1", mark="101"))
    maker = moved(placed(RICH, replace(stop, force="gtx")).account, at)
    whole = moved(placed(RICH, replace(stop, force="fok")).account, at)
    part = moved(placed(RICH, replace(stop, force="ioc")).account, at)

    assert (trades(maker), ends(maker)) == ([], ["stop expired"])
    assert (trades(whole), ends(whole)) == ([], ["stop expired"])
    assert (trades(part), ends(part)) == ([(D("101.1"), D(1)), (D("101.5"), D(1))], ["stop expired"])


def test_a_triggered_order_that_is_refused_never_reaches_the_book() -> None:
    """It ends with the reason, and no plain order is made of it."""
    stop = order("1", buys=False, kind="stop_market", trigger=D(97), reduce_only=True, id="stop")
    waiting = placed(HELD, stop).account
    step = moved(placed(waiting, order("10", buys=False, id="close")).account, "96")
    (end,) = [happened for happened in step.happened if isinstance(happened, Ended)]

    assert names(step.happened) == ["Triggered", "Ended"]
    assert (end.status, end.why) == ("expired", "ReduceOnly Order is rejected.")


def test_a_stop_that_opens_while_the_account_is_liquidated_is_refused() -> None:
    """It is triggered by the same gap, and there is no margin for it any more."""
    short = order("50", buys=False, kind="stop_market", trigger=D(95), id="short")
    poor = placed(richer(HELD, wallet=D(120)), short).account
    step = moved(poor, "80")

    assert step.account.positions == {}
    assert step.account.resting == {}
    assert step.account.wallet == D(0)


def test_a_stop_that_opens_is_refused_once_the_symbol_only_closes() -> None:
    """It was taken before; one that closes still acts."""
    waiting = placed(RICH, order("1", kind="stop_market", trigger=D(105), id="opens")).account
    closing = placed(HELD, order("1", buys=False, kind="take_profit_market", trigger=D(105), id="closes")).account
    closed = {BTC: MARKETS[BTC].model_copy(update={"trading": False})}
    at = replace(moment("105"), markets=closed)

    assert ends(moved(waiting, at)) == ["opens expired"]
    assert ends(moved(closing, at)) == ["closes filled"]


def test_orders_that_rest_go_when_cross_positions_do_also_beside_an_isolated_one() -> None:
    """Both are liquidated by the same move."""
    apart = replace(richer(RICH, isolated=frozenset({ETH})), wallet=D(150), leverage={BTC: 10, ETH: 10})
    both = Moment(prices={BTC: D(100), ETH: D(100)}, markets=MARKETS, at=moment().at)
    account = placed(apart, order("1", symbol=ETH, id="eth"), both).account
    account = placed(account, order("8", id="btc"), both).account
    account = placed(account, limit("1", "60"), both).account
    step = liquidated(account, replace(both, prices={BTC: D(50), ETH: D(50)}))

    assert step.account.positions == {}
    assert step.account.resting == {}
    assert step.account.wallet >= D(0)


def test_margin_that_an_isolated_position_has_lost_can_not_be_taken_out() -> None:
    """Else the next move would liquidate it, and the fund would pay what was taken."""
    account = placed(richer(RICH, isolated=frozenset({BTC})), order("10")).account
    more = with_margin(account, BTC, D(60), moment=moment())
    assert isinstance(more, PaperAccount)
    refused = with_margin(more, BTC, D(-60), moment=moment("95"))
    allowed = with_margin(more, BTC, D(-10), moment=moment("95"))

    assert isinstance(refused, Refusal)
    assert refused.why == "isolated_balance"
    assert isinstance(allowed, PaperAccount)
    assert moved(allowed, "95").happened == ()


def test_a_leverage_must_be_backed_by_orders_that_rest_too() -> None:
    """A lower one binds more for them, a higher one allows less of them."""
    tiers = (
        Bracket(cap=D(500), max_leverage=50, maintenance=D("0.01")),
        Bracket(cap=D(5_000), max_leverage=10, maintenance=D("0.02")),
    )
    at = replace(moment(), markets={BTC: MARKETS[BTC].model_copy(update={"brackets": tiers})})
    rested = placed(richer(RICH, wallet=D(200)), limit("10", "99"), at).account
    found = {leverage: with_leverage(rested, BTC, leverage, moment=at) for leverage in (1, 9, 11)}

    assert isinstance(found[9], PaperAccount)
    assert [refused.why for refused in (found[1], found[11]) if isinstance(refused, Refusal)] == [
        "leverage_margin",
        "position_limit",
    ]


RICH_IN_BNB = PaperAccount(wallet=D(1), bnb=D(10), multi=True, leverage={BTC: 10})  # BNB at 600


def test_what_other_assets_back_is_not_liquidated() -> None:
    """They count with their haircut, until they don't suffice; then the wallet owes what they are worth."""
    held = placed(RICH_IN_BNB, order("100")).account
    still = moved(held, "60")
    gone = moved(held, "40")
    price = liquidation_price(held, BTC, PRICES, MARKETS, bnb=D(600))

    assert held.wallet < D(0)
    assert still.happened == ()
    assert gone.account.positions == {}
    assert gone.account.wallet + gone.account.bnb * 600 * D("0.95") >= D(0)
    assert price is not None
    assert D(40) < price < D(60)


def test_a_liquidation_leaves_nothing_owed_that_its_own_fee_cost() -> None:
    """Paid in BNB, the fee takes from what backed the loss: the insurance fund pays that too."""
    held = placed(replace(RICH_IN_BNB, burns=True), order("100")).account
    gone = moved(held, "40").account

    assert gone.bnb < held.bnb < RICH_IN_BNB.bnb
    assert gone.wallet + gone.bnb * 600 * D("0.95") == D(0)


def test_other_assets_stop_counting_only_where_the_settle_asset_suffices() -> None:
    """Else the account would be liquidated by a change of its mode."""
    held = placed(RICH_IN_BNB, order("100")).account
    refused = with_multi(held, multi=False, moment=moment())

    assert isinstance(refused, Refusal)
    assert refused.why == "multi_margin"
    assert isinstance(with_multi(RICH_IN_BNB, multi=False, moment=moment()), PaperAccount)


def test_deleveraging_takes_the_orders_of_the_position_along() -> None:
    """Those that only close it, once it is gone; not before."""
    resting = placed(HELD, limit("10", "110", buys=False, reduce_only=True)).account
    part = engine.deleveraged(resting, BTC, D(4), moment=moment())
    whole = engine.deleveraged(resting, BTC, D(10), moment=moment())

    assert list(part.account.resting) == ["limit"]
    assert whole.account.resting == {}
    assert ends(whole) == ["adl_autoclose filled", "limit expired"]


@pytest.mark.parametrize(("side", "buys"), [("long", True), ("short", False)])
def test_what_closes_a_hedged_position_is_of_the_other_direction(side: str, buys: bool) -> None:
    """In its own direction it could only open, and opens nothing."""
    stop = order("0", buys=buys, kind="take_profit_market", side=side, closes=True, trigger=D(90 if buys else 110))

    assert refusal(HEDGED, stop) == "reduce_only"


def test_each_fill_knows_the_cross_wallet_after_it() -> None:
    """Not the one after the last of them: wallet and cross wallet of a cross account are one."""
    step = placed(RICH, order("3"), moment("100", book("99x9", "100x1 101x1 102x1")))
    fills = [happened for happened in step.happened if isinstance(happened, Traded)]

    assert [fill.cross for fill in fills] == [fill.wallet for fill in fills]
    assert len({fill.wallet for fill in fills}) == 3


def test_a_book_has_one_level_a_price() -> None:
    """Also where the tick is coarser than the model's gaps; nothing of its depth is lost."""
    fine, coarse = MARKETS[BTC], MARKETS[BTC].model_copy(update={"tick": D(1)})
    for market in (fine, coarse):
        quote = Depth().quote(D(100), market)
        for side in (quote.bids, quote.asks):
            assert side is not None
            assert len({level.price for level in side}) == len(side)
    wide = Depth().quote(D(100), coarse).bids
    assert wide is not None
    assert sum(level.quantity for level in wide) > D(19_000)


def test_a_position_knows_its_average_and_an_order_its_quantity() -> None:
    """After partial closes, a turn, and a reduce-only order larger than what is left."""
    account = placed(HELD, limit("10", "110", buys=False, reduce_only=True)).account
    account = placed(account, order("7", buys=False, id="part")).account
    turned = placed(account, order("5", buys=False, id="turn")).account
    step = moved(account, "110")

    assert trades(step) == [(D(110), D(3))]
    assert step.account.positions == {}
    assert turned.positions[BTC] == PaperPosition(symbol=BTC, quantity=D(-2), average=D(100))
    assert all(one.quantity > 0 for one in turned.resting.values())
