"""The paper engine: orders against prices, and an account whose money always adds up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, ETH, NOON, market
from tradepods_core.money import booked
from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, PaperAccount, PaperKind, PaperOrder, Placed, Refusal, Step, Traded
from tradepods_core.paper.margin import available, unrealized
from tradepods_core.paper.quotes import Moment

D = Decimal
MARKETS = {BTC: market(), ETH: market(ETH)}


def _order(quantity: str = "1", *, buys: bool = True, kind: PaperKind = "market", **changes: object) -> PaperOrder:
    values = {"id": "a", "symbol": BTC, "buys": buys, "kind": kind, "quantity": D(quantity), "at": NOON}
    return PaperOrder(**values | changes)  # type: ignore[arg-type]


def _moment(price: str) -> Moment:
    return Moment(prices={BTC: D(price)}, markets=MARKETS, at=NOON)


def _place(account: PaperAccount, order: PaperOrder, price: str = "100") -> Step | Refusal:
    return engine.place(account, order, moment=_moment(price))


def _done(account: PaperAccount, order: PaperOrder, price: str = "100") -> PaperAccount:
    step = _place(account, order, price)
    assert isinstance(step, Step)
    return step.account


def _advance(account: PaperAccount, price: str) -> Step:
    return engine.advance(account, moment=_moment(price))


RICH = PaperAccount(wallet=D(10_000), leverage={BTC: 10})


def test_a_market_order_fills_at_once_at_the_present_price() -> None:
    """One trade and the end, with the taker's fee."""
    step = _place(RICH, _order())
    assert isinstance(step, Step)
    placed, trade, end = step.happened

    assert isinstance(placed, Placed)
    assert isinstance(trade, Traded)
    assert (trade.price, trade.quantity, trade.fee, trade.realized) == (D(100), D(1), D("0.05"), D(0))
    assert isinstance(end, Ended)
    assert end.status == "filled"
    assert step.account.wallet == D("9999.95")


@pytest.mark.parametrize(
    ("kind", "buys", "trigger", "rests", "acts"),
    [
        ("stop_market", False, "97", "97.1", "97"),
        ("stop_market", True, "103", "102.9", "103"),
        ("take_profit_market", False, "103", "102.9", "103"),
        ("take_profit_market", True, "97", "97.1", "97"),
    ],
)
def test_a_conditional_order_acts_when_the_mark_reaches_its_trigger(
    kind: PaperKind,
    buys: bool,
    trigger: str,
    rests: str,
    acts: str,
) -> None:
    """Touching is enough; it fills at the price of that moment, with a gap at a worse or better one."""
    held = _done(RICH, _order(buys=not buys, id="open"))
    resting = _done(held, _order(buys=buys, kind=kind, trigger=D(trigger), reduce_only=True))

    assert _advance(resting, rests).happened == ()
    assert [type(h).__name__ for h in _advance(resting, acts).happened] == ["Triggered", "Placed", "Traded", "Ended"]
    assert _advance(resting, acts).account.positions == {}


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (_order(buys=False, kind="stop_market", trigger=D(100)), "would_trigger"),
        (_order(buys=False, kind="take_profit_market", trigger=D(99)), "would_trigger"),
        (_order("0.0005"), "precision"),
        (_order(kind="stop_market", buys=False, trigger=D("97.05")), "precision"),
        (_order("0"), "too_small"),
        (_order("0.049"), "too_small"),
        (_order("121"), "too_large"),
        (_order("1", reduce_only=True), "reduce_only"),
        (_order("1", reduce_only=True, buys=False), "reduce_only"),
    ],
)
def test_what_the_venue_would_refuse_is_refused(order: PaperOrder, code: str) -> None:
    """With the reason that its code stands for, and nothing has happened."""
    refusal = _place(RICH, order)

    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_an_opening_order_needs_margin_and_fee() -> None:
    """1,000 of notional at 10x: 100 of margin and 0.5 of fee."""
    assert isinstance(_place(PaperAccount(wallet=D("100.5"), leverage={BTC: 10}), _order("10")), Step)
    poor = _place(PaperAccount(wallet=D("100.49"), leverage={BTC: 10}), _order("10"))

    assert isinstance(poor, Refusal)
    assert poor.code == "insufficient_margin"


def test_an_id_is_unique_among_open_orders_only() -> None:
    """As on the venue: a second resting one is refused, after the first is gone it may come again."""
    order = _order(buys=False, kind="stop_market", trigger=D(97), reduce_only=True)
    resting = _done(_done(RICH, _order(id="open")), order)
    again = _place(resting, order)
    gone = engine.cancel(resting, "a", at=NOON)

    assert isinstance(again, Refusal)
    assert again.code == "duplicate_id"
    assert isinstance(gone, Step)
    assert isinstance(_place(gone.account, order), Step)


def test_reducing_never_opens() -> None:
    """A reduce-only order larger than the position takes what there is; a triggered one with nothing left expires."""
    held = _done(RICH, _order("1", id="open"))
    step = _place(held, _order("5", buys=False, reduce_only=True))
    assert isinstance(step, Step)
    resting = _done(held, _order("1", buys=False, kind="stop_market", trigger=D(97), reduce_only=True))
    flat = _done(resting, _order("1", buys=False, id="close"))

    assert step.account.positions == {}
    (end,) = [h for h in _advance(flat, "96").happened if isinstance(h, Ended)]
    assert (end.status, end.executed) == ("expired", D(0))


def test_an_unknown_order_can_not_be_cancelled() -> None:
    """With the venue's reason."""
    refusal = engine.cancel(RICH, "nobody", at=NOON)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "unknown_order"


def test_adding_averages_and_reversing_starts_anew() -> None:
    """Long 1 at 100 and 1 at 110 is 2 at 105; selling 3 at 120 leaves 1 short at 120."""
    two = _done(_done(RICH, _order(id="1")), _order(id="2"), "110")
    short = _done(two, _order("3", buys=False, id="3"), "120")

    assert (two.positions[BTC].quantity, two.positions[BTC].average) == (D(2), D(105))
    assert (short.positions[BTC].quantity, short.positions[BTC].average) == (D(-1), D(120))


TRADES = st.lists(
    st.tuples(st.booleans(), st.integers(1, 5000), st.integers(500, 2000), st.booleans()), min_size=1, max_size=30
)


@given(trades=TRADES)
def test_money_adds_up(trades: list[tuple[bool, int, int, bool]]) -> None:
    """Equity is what was there, plus what sales brought, less what buys cost, less fees, plus what is held.

    An account book in plain cash, which knows nothing of averages and realised profit, must come to the same.
    """
    account = PaperAccount(wallet=D(1_000_000), leverage={BTC: 20})
    cash, held, price = account.wallet, D(0), D(100)
    for number, (buys, thousandths, tenths, reduce_only) in enumerate(trades):
        price = D(tenths) / 10
        order = _order(str(D(thousandths) / 1000), buys=buys, id=str(number), reduce_only=reduce_only)
        step = _place(account, order, str(price))
        if isinstance(step, Refusal):
            continue
        account = step.account
        for happening in step.happened:
            if isinstance(happening, Traded):
                signed = happening.quantity if buys else -happening.quantity
                held += signed
                cash -= signed * price + booked(happening.quantity * price * D("0.0005"))

    equity = account.wallet + unrealized(account, {BTC: price})
    assert account.held(BTC) == held
    assert abs(equity - (cash + held * price)) <= D("0.00000001") * len(trades)


@given(trades=TRADES)
def test_available_is_never_negative_and_never_more_than_equity(trades: list[tuple[bool, int, int, bool]]) -> None:
    """Whatever is held."""
    account = PaperAccount(wallet=D(5_000), leverage={BTC: 20})
    price = D(100)
    for number, (buys, thousandths, tenths, _) in enumerate(trades):
        price = D(tenths) / 10
        step = _place(account, _order(str(D(thousandths) / 1000), buys=buys, id=str(number)), str(price))
        account = step.account if isinstance(step, Step) else account

    free = available(account, {BTC: price})
    assert 0 <= free <= max(account.wallet + unrealized(account, {BTC: price}), D(0))


def test_orders_act_oldest_first() -> None:
    """Two stops on one position: the older one closes it, the younger finds nothing to reduce."""
    held = _done(RICH, _order(id="open"))
    one = _done(held, _order(buys=False, kind="stop_market", trigger=D(97), reduce_only=True, id="one"))
    two = _done(one, _order(buys=False, kind="stop_market", trigger=D(98), reduce_only=True, id="two"))
    ends = [h for h in _advance(two, "96").happened if isinstance(h, Ended)]

    assert [(end.order.id, end.status) for end in ends] == [("one", "filled"), ("two", "expired")]
