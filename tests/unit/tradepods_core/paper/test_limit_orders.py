"""Limit orders and order books: what is taken, what rests, what is refused."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.build import BTC, market
from support.paper import (
    RICH,
    book,
    ends,
    limit,
    moment,
    moved,
    names,
    order,
    place,
    placed,
    refusal,
    richer,
    trades,
)
from tradepods_core.money import ZERO
from tradepods_core.paper import engine
from tradepods_core.paper.account import PaperOrder, Step, Traded
from tradepods_core.paper.margin import available
from tradepods_core.paper.quotes import Depth

D = Decimal
THIN = moment(quote=book("99.9x1 99.8x2", "100.1x1 100.2x2 100.3x5"))


def test_a_market_order_takes_level_after_level() -> None:
    """Each at its own price, best first; its average is what it paid."""
    step = placed(RICH, order("4"), THIN)
    ended = step.happened[-1]

    assert trades(step) == [(D("100.1"), D(1)), (D("100.2"), D(2)), (D("100.3"), D(1))]
    assert ended.order.average == D("100.2")  # type: ignore[union-attr]  # the end knows its order
    assert step.account.held(BTC) == D(4)


def test_what_the_book_does_not_have_expires() -> None:
    """Of a market order; what was executed stays."""
    step = placed(RICH, order("9"), THIN)

    assert ends(step) == ["a expired"]
    assert step.account.held(BTC) == D(8)


def test_what_an_account_has_taken_is_gone_until_the_market_moves() -> None:
    """Its second order meets what the first has left; other accounts are not disturbed."""
    first = placed(RICH, order("2"), THIN)
    second = placed(first.account, order("2", id="b"), THIN)
    after = placed(moved(second.account, THIN).account, order("1", id="c"), THIN)

    assert trades(second) == [(D("100.2"), D(1)), (D("100.3"), D(1))]
    assert trades(after) == [(D("100.1"), D(1))]
    assert trades(placed(RICH, order("1"), THIN)) == [(D("100.1"), D(1))]


def test_a_market_order_far_from_the_mark_is_refused() -> None:
    """Nothing is offered within five percent."""
    assert refusal(RICH, order("1"), moment(quote=book("90x1", "105.1x1"))) == "market_band"


@pytest.mark.parametrize(("price", "buys"), [("99", True), ("101", False)])
def test_a_limit_order_rests_until_the_price_comes_to_it(price: str, buys: bool) -> None:
    """Then it fills at its own price, for the maker's fee."""
    step = placed(RICH, limit("1", price, buys=buys))
    before = moved(step.account, "100")
    done = moved(step.account, price)
    (trade,) = [h for h in done.happened if isinstance(h, Traded)]

    assert names(step.happened) == ["Placed"]
    assert before.happened == ()
    assert (trade.price, trade.maker, trade.fee) == (D(price), True, D(price) * D("0.0002"))
    assert done.account.resting == {}


def test_a_limit_order_that_crosses_takes_and_rests_with_the_rest() -> None:
    """What it takes costs the taker's fee and the book's prices."""
    step = placed(RICH, limit("4", "100.2"), THIN)

    assert trades(step) == [(D("100.1"), D(1)), (D("100.2"), D(2))]
    assert step.account.resting["limit"].left == D(1)
    assert ends(step) == []


def test_a_resting_order_fills_in_parts_as_far_as_the_book_goes() -> None:
    """And is over with the last of them."""
    resting = placed(RICH, limit("3", "99")).account
    some = moved(resting, moment("99", book("98.9x1", "98.9x1 99x1 99.1x9", mark="99")))
    rest = moved(some.account, moment("99", book("98.9x1", "99x9", mark="99")))

    assert (trades(some), ends(some)) == ([(D(99), D(2))], [])
    assert some.account.resting["limit"].executed == D(2)
    assert (trades(rest), ends(rest)) == ([(D(99), D(1))], ["limit filled"])


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (limit("4", "100.2", force="fok"), "unfillable"),
        (limit("1", "100.1", force="gtx"), "would_take"),
        (limit("1", "99.95"), "tick"),
        (limit("1", "99.951"), "decimals"),
        (limit("1", "105.1"), "price_above"),
        (limit("1", "94.9", buys=False), "price_below"),
        (limit("0.04", "100"), "min_notional"),
        (limit("1", "99", reduce_only=True), "reduce_only"),
    ],
)
def test_what_a_limit_order_may_not_ask_for(wanted: PaperOrder, why: str) -> None:
    """In the venue's order of checks."""
    assert refusal(RICH, wanted, THIN) == why


def test_ioc_takes_what_is_there_and_ends() -> None:
    """The rest expires."""
    step = placed(RICH, limit("4", "100.2", force="ioc"), THIN)

    assert (step.account.held(BTC), ends(step), step.account.resting) == (D(3), ["limit expired"], {})


def test_fok_takes_all_or_nothing() -> None:
    """All, where the book has it within the limit."""
    step = placed(RICH, limit("3", "100.2", force="fok"), THIN)

    assert (step.account.held(BTC), ends(step)) == (D(3), ["limit filled"])


def test_post_only_rests() -> None:
    """Where it takes nothing."""
    step = placed(RICH, limit("1", "100", force="gtx"), THIN)

    assert (names(step.happened), step.account.resting["limit"].force) == (["Placed"], "gtx")


def test_a_resting_order_binds_margin() -> None:
    """At its own price; cancelled, it gives it back."""
    resting = placed(RICH, limit("10", "99")).account
    gone = engine.cancel(resting, "limit", at=THIN.at)

    assert available(RICH, {BTC: D(100)}) - available(resting, {BTC: D(100)}) == D(99)
    assert isinstance(gone, Step)
    assert gone.account.resting == {}
    assert ends(gone) == ["limit cancelled"]


def test_an_order_that_only_reduces_goes_with_its_position() -> None:
    """It has lost its point; a waiting stop stays, as on the venue."""
    held = placed(RICH, order("2")).account
    target = placed(held, limit("2", "104", buys=False, reduce_only=True)).account
    stop = order("2", buys=False, kind="stop_market", id="stop", trigger=D(97), reduce_only=True)
    both = placed(target, stop).account
    flat = placed(both, order("2", buys=False, id="close"))

    assert ends(flat) == ["close filled", "limit expired"]
    assert list(flat.account.resting) == ["stop"]


def test_an_order_that_only_reduces_is_as_large_as_the_position() -> None:
    """By the time it trades."""
    held = placed(RICH, order("2")).account
    resting = placed(held, limit("2", "104", buys=False, reduce_only=True)).account
    smaller = placed(resting, order("1.5", buys=False, id="part")).account
    done = moved(smaller, "104")

    assert trades(done) == [(D(104), D("0.5"))]
    assert done.account.positions == {}


def test_fees_are_paid_in_bnb_where_there_is_enough() -> None:
    """A tenth less of them; the wallet pays when BNB runs out."""
    burning = richer(RICH, burns=True, bnb=D("0.0001"))
    step = placed(burning, order("1"))
    (trade,) = [h for h in step.happened if isinstance(h, Traded)]
    poor = placed(step.account, order("1", id="b"))

    assert (trade.fee, trade.fee_asset) == (D("0.000075"), "BNB")
    assert (step.account.wallet, step.account.bnb) == (RICH.wallet, D("0.000025"))
    assert (poor.account.wallet, poor.account.bnb) == (RICH.wallet - D("0.05"), D("0.000025"))


@pytest.mark.parametrize("why", ["too_many_orders", "too_many_conditionals"])
def test_only_so_many_orders_may_rest(why: str) -> None:
    """Two hundred: of plain ones in a symbol, of conditional ones in the account; they are counted apart."""
    conditional = why == "too_many_conditionals"
    one = order(buys=False, kind="stop_market", trigger=D(97)) if conditional else limit("0.1", "99")
    resting = {str(i): replace(one, id=str(i), number=i) for i in range(200)}
    account = richer(RICH, resting=resting)

    assert refusal(account, one) == why
    assert isinstance(place(richer(RICH, resting=dict(list(resting.items())[1:])), one), Step)


def test_a_position_is_no_larger_than_its_leverage_allows() -> None:
    """By the symbol's brackets, resting orders included."""
    account = richer(RICH, wallet=D(10_000_000))
    most = D(1_000_000) / 100
    large = market(max_quantity=D(20_000))
    at = moment()
    at = type(at)(prices=at.prices, markets={BTC: large}, at=at.at)

    assert refusal(account, order(str(most + 1)), at) == "position_limit"
    assert isinstance(place(account, order(str(most)), at), Step)


def test_a_depth_model_offers_more_at_worse_prices() -> None:
    """At ticks and steps, best first, on both sides of the price."""
    quote = Depth(spread=D("0.002"), levels=5, gap=D("0.001")).quote(D(100), market())
    bids, asks = quote.bids or (), quote.asks or ()

    assert [level.price for level in asks] == sorted(level.price for level in asks)
    assert [level.price for level in bids] == sorted((level.price for level in bids), reverse=True)
    assert bids[0].price == D("99.9")
    assert asks[0].price == D("100.1")
    assert all(level.quantity % market().step == ZERO for level in (*bids, *asks))
