"""Conditional orders of every kind: which price wakes them, and what they send off."""

from decimal import Decimal

import pytest

from support.build import BTC
from support.paper import RICH, ends, limit, moment, moved, names, order, placed, refusal, richer, trades
from tradepods_core.paper.account import PaperAccount, PaperKind
from tradepods_core.paper.quotes import Moment, Quote

D = Decimal


def _long(quantity: str = "1") -> PaperAccount:
    return placed(RICH, order(quantity, id="open")).account


@pytest.mark.parametrize(
    ("kind", "trigger", "price", "acts"), [("stop", "97", "96.5", "97"), ("take_profit", "103", "102.5", "103")]
)
def test_a_triggered_limit_order_is_a_limit_order(kind: PaperKind, trigger: str, price: str, acts: str) -> None:
    """It takes what is at its price or better, and rests where nothing is."""
    wanted = order(buys=False, kind=kind, trigger=D(trigger), limit=D(price), reduce_only=True)
    waiting = placed(_long(), wanted).account
    filled = moved(waiting, acts)

    assert names(filled.happened) == ["Triggered", "Placed", "Traded", "Ended"]
    assert trades(filled) == [(D(acts), D(1))]


def test_a_triggered_limit_order_that_the_price_has_passed_rests() -> None:
    """And fills at its own price once the market comes back to it: a stop with a limit can miss."""
    wanted = order(buys=False, kind="stop", trigger=D(97), limit=D("96.5"), reduce_only=True)
    resting = moved(placed(_long(), wanted).account, "95")
    back = moved(resting.account, "96.5")

    assert names(resting.happened) == ["Triggered", "Placed"]
    assert resting.account.held(BTC) == D(1)
    assert trades(back) == [(D("96.5"), D(1))]


def test_a_trailing_stop_follows_the_best_price() -> None:
    """And acts when it has come back by the callback rate."""
    trailing = order(buys=False, kind="trailing_stop_market", callback=D(1), reduce_only=True)
    account = placed(_long(), trailing).account
    for price in ("101", "104", "103.5", "105"):
        step = moved(account, price)
        assert step.happened == ()
        account = step.account
    done = moved(account, "103.9")

    assert account.resting["a"].extreme == D(105)
    assert trades(done) == [(D("103.9"), D(1))]


def test_a_trailing_stop_sleeps_until_its_activation_price() -> None:
    """Falling before that wakes nothing."""
    trailing = order(buys=False, kind="trailing_stop_market", callback=D(1), trigger=D(102), reduce_only=True)
    asleep = moved(placed(_long(), trailing).account, "95")
    awake = moved(asleep.account, "102")

    assert asleep.happened == ()
    assert asleep.account.resting["a"].extreme is None
    assert awake.account.resting["a"].extreme == D(102)
    assert trades(moved(awake.account, "100.9")) == [(D("100.9"), D(1))]


@pytest.mark.parametrize(("by_last", "acts"), [(True, True), (False, False)])
def test_the_working_type_says_which_price_triggers(by_last: bool, acts: bool) -> None:
    """The last price, or the mark."""
    stop = order(buys=False, kind="stop_market", trigger=D(97), by_last=by_last, reduce_only=True)
    at = moment("100")
    apart = Moment(prices=at.prices, markets=at.markets, at=at.at, quotes={BTC: Quote(mark=D(100), last=D(96))})

    assert bool(moved(placed(_long(), stop).account, apart).happened) is acts


def test_an_order_that_closes_the_position_takes_all_of_it() -> None:
    """However large it is by then."""
    stop = order("0", buys=False, kind="stop_market", trigger=D(97), closes=True)
    waiting = placed(_long(), stop).account
    larger = placed(waiting, order("2", id="more")).account

    assert trades(moved(larger, "97")) == [(D(97), D(3))]


def test_a_second_order_that_closes_in_the_same_direction_is_refused() -> None:
    """One stop and one take-profit may."""
    stop = order("0", buys=False, kind="stop_market", trigger=D(97), closes=True)
    target = order("0", buys=False, kind="take_profit_market", trigger=D(103), closes=True, id="target")
    both = placed(placed(_long(), stop).account, target).account

    assert refusal(both, order("0", buys=False, kind="stop_market", trigger=D(96), closes=True, id="b")) == (
        "closes_already"
    )


def test_an_order_that_closes_goes_with_its_position() -> None:
    """Whoever closed it."""
    stop = order("0", buys=False, kind="stop_market", trigger=D(97), closes=True)
    flat = placed(placed(_long(), stop).account, order("1", buys=False, id="close"))

    assert ends(flat) == ["close filled", "a expired"]


def test_a_triggered_order_without_margin_is_over() -> None:
    """It was taken without margin, and needs it when it acts."""
    entry = order("50", kind="stop_market", trigger=D(103))
    poor = richer(RICH, wallet=D(100))

    assert ends(moved(placed(poor, entry).account, "103")) == ["a expired"]


def test_hedge_mode_keeps_long_and_short_apart() -> None:
    """Each with its own average; an order that closes one doesn't touch the other."""
    hedge = richer(RICH, hedge=True)
    long = placed(hedge, order("2", side="long")).account
    both = placed(long, order("1", buys=False, side="short", id="b"), moment("101")).account
    closed = placed(both, order("2", buys=False, side="long", id="c"), moment("102"))

    assert (both.held(BTC, "long"), both.held(BTC, "short")) == (D(2), D(-1))
    assert closed.account.held(BTC, "long") == D(0)
    assert closed.account.held(BTC, "short") == D(-1)


def test_hedge_mode_never_turns_a_position_around() -> None:
    """Selling more of a long than there is closes it; with nothing there it is refused."""
    long = placed(richer(RICH, hedge=True), order("2", side="long")).account
    over = placed(long, order("5", buys=False, side="long", id="b"))

    assert trades(over) == [(D(100), D(2))]
    assert refusal(over.account, order("1", buys=False, side="long", id="c")) == "reduce_only"


@pytest.mark.parametrize(("hedge", "side"), [(True, "both"), (False, "long")])
def test_an_order_is_of_the_accounts_mode(hedge: bool, side: str) -> None:
    """Or it is refused."""
    assert refusal(richer(RICH, hedge=hedge), order(side=side)) == "position_side"


def test_a_symbol_that_only_closes_opens_nothing() -> None:
    """Neither now nor by a trigger; what reduces is taken."""
    at = moment()
    closing = {BTC: at.markets[BTC].model_copy(update={"trading": False})}
    only = Moment(prices=at.prices, markets=closing, at=at.at)

    assert refusal(RICH, order(), only) == "close_only"
    assert refusal(RICH, limit(), only) == "close_only"
    assert refusal(RICH, order(kind="stop_market", trigger=D(103)), only) == "close_only"
    assert trades(placed(_long(), order(buys=False, id="b"), only)) == [(D(100), D(1))]
