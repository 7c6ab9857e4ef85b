"""How an account is set, and when the venue refuses to set it otherwise; what it does by itself."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from support.build import BTC, market
from support.paper import RICH, limit, moment, moved, order, placed, richer
from support.worked_examples import LIQUIDATIONS, Liquidation
from tradepods_core.market import Bracket
from tradepods_core.paper.account import Paid, PaperAccount, PaperPosition
from tradepods_core.paper.funding import funded
from tradepods_core.paper.liquidation import reduced
from tradepods_core.paper.margin import liquidation_price
from tradepods_core.paper.modes import with_hedge, with_isolated, with_leverage, with_margin, with_multi
from tradepods_core.paper.refusals import Refusal

D = Decimal
HELD = placed(RICH, order("10")).account
ORDERED = placed(RICH, limit()).account
ISOLATED = richer(RICH, isolated=frozenset({BTC}))
APART = placed(ISOLATED, order("10")).account
Change = Callable[[PaperAccount], PaperAccount | Refusal]


def _leverage(leverage: int) -> Change:
    return lambda account: with_leverage(account, BTC, leverage, moment=moment())


def _margin(amount: str) -> Change:
    return lambda account: with_margin(account, BTC, D(amount), moment=moment())


@pytest.mark.parametrize(
    ("account", "change", "why"),
    [
        (RICH, _leverage(0), "leverage"),
        (RICH, _leverage(126), "leverage"),
        (richer(HELD, wallet=D(150)), _leverage(1), "leverage_margin"),
        (APART, _leverage(9), "isolated_leverage"),
        (RICH, lambda a: with_isolated(a, BTC, isolated=False), "margin_type_same"),
        (ORDERED, lambda a: with_isolated(a, BTC, isolated=True), "margin_type_orders"),
        (HELD, lambda a: with_isolated(a, BTC, isolated=True), "margin_type_position"),
        (richer(RICH, multi=True), lambda a: with_isolated(a, BTC, isolated=True), "margin_type_multi"),
        (RICH, lambda a: with_hedge(a, hedge=False), "mode_same"),
        (ORDERED, lambda a: with_hedge(a, hedge=True), "mode_orders"),
        (HELD, lambda a: with_hedge(a, hedge=True), "mode_position"),
        (RICH, lambda a: with_multi(a, multi=False, moment=moment()), "multi_same"),
        (ISOLATED, lambda a: with_multi(a, multi=True, moment=moment()), "multi_isolated"),
        (ORDERED, lambda a: with_multi(a, multi=True, moment=moment()), "multi_orders"),
        (RICH, _margin("1"), "no_position"),
        (HELD, _margin("1"), "isolated_margin"),
        (APART, _margin("10000"), "cross_margin"),
        (APART, _margin("-1"), "isolated_balance"),
    ],
)
def test_what_the_venue_refuses_to_change(account: PaperAccount, change: Change, why: str) -> None:
    """And why."""
    found = change(account)

    assert isinstance(found, Refusal)
    assert found.why == why


@pytest.mark.parametrize(
    "change",
    [
        _leverage(125),
        lambda a: with_isolated(a, BTC, isolated=True),
        lambda a: with_hedge(a, hedge=True),
        lambda a: with_multi(a, multi=True, moment=moment()),
    ],
)
def test_what_it_changes_while_nothing_is_open(change: Change) -> None:
    """All of it."""
    assert isinstance(change(RICH), PaperAccount)


def test_margin_can_be_added_and_taken_back() -> None:
    """The cross wallet pays, and gets it back."""
    more = with_margin(APART, BTC, D(50), moment=moment())
    assert isinstance(more, PaperAccount)
    back = with_margin(more, BTC, D(-50), moment=moment())

    assert (more.positions[BTC].margin, more.cross_wallet) == (D(150), APART.cross_wallet - 50)
    assert back == APART


def test_other_assets_are_margin_with_a_haircut_in_multi_assets_mode_only() -> None:
    """A BNB of 600 lets a poor account open what it couldn't."""
    poor = richer(RICH, wallet=D(10), bnb=D(1))
    assert placed(richer(poor, multi=True), order("50")).account.held(BTC) == D(50)
    with pytest.raises(AssertionError, match="margin"):
        placed(poor, order("50"))


def test_an_isolated_position_is_liquidated_alone() -> None:
    """It costs its own margin and no more."""
    done = moved(APART, "90").account

    assert done.positions == {}
    assert done.wallet >= APART.cross_wallet
    assert moved(HELD, "90").account.positions != {}


def test_liquidation_never_leaves_a_debt() -> None:
    """A gap through the price: the insurance fund pays what is missing."""
    held = placed(richer(RICH, wallet=D(200)), order("10")).account
    step = moved(held, "60")

    assert step.account.wallet == D(0)
    assert [h.amount > 0 for h in step.happened if isinstance(h, Paid)] == [True]


def test_liquidation_takes_resting_orders_first() -> None:
    """Limit orders are cancelled before a position is touched."""
    held = placed(richer(RICH, wallet=D(220)), order("10")).account
    resting = placed(held, limit("1", "95.5")).account
    step = moved(resting, "80")

    assert step.account.resting == {}


def test_deleveraging_closes_at_the_mark_without_a_fee() -> None:
    """As much as is asked for."""
    step = reduced(HELD, BTC, D(4), moment=moment("103"))

    assert step.account.held(BTC) == D(6)
    assert step.account.wallet == HELD.wallet + D(12)


@pytest.mark.parametrize(("rate", "paid"), [("0.0001", "-0.1"), ("-0.0002", "0.2")])
def test_long_pays_short_where_the_rate_is_above_zero(rate: str, paid: str) -> None:
    """And the other way round; of an isolated position its own margin pays."""
    step = funded(HELD, {BTC: D(rate)}, moment=moment())
    apart = funded(APART, {BTC: D(rate)}, moment=moment()).account

    assert step.account.wallet == HELD.wallet + D(paid)
    assert apart.positions[BTC].margin == D(100) + D(paid)
    assert apart.cross_wallet == APART.cross_wallet


@pytest.mark.parametrize("example", LIQUIDATIONS, ids=lambda example: example.name)
def test_liquidation_prices_are_those_that_the_venue_printed(example: Liquidation) -> None:
    """Of the worked examples, with the bracket that each names."""
    held = example.held
    deducted, rate = D(float(held.amount)), D(float(held.ratio)).quantize(D("0.0001"))
    floor = deducted / rate  # one tier below, so that the bracket's own deduction comes out
    tiers = (Bracket(cap=floor, max_leverage=100, maintenance=D(0)),) if deducted else ()
    one = market(brackets=(*tiers, Bracket(cap=D(10**12), max_leverage=50, maintenance=rate)))
    quantity, entry = (D(str(float(value))) for value in (held.quantity, held.entry))
    position = PaperPosition(symbol=BTC, quantity=quantity, average=entry)
    account = PaperAccount(wallet=D(str(float(example.wallet + example.others))), positions={BTC: position})
    found = liquidation_price(account, BTC, {BTC: D(str(float(held.mark)))}, {BTC: one})

    assert found is not None
    assert example.expected.agrees(type(example.wallet)(found))
