"""The venue's own form of trades that are not ours."""

from decimal import Decimal
from typing import Any

import pytest

from support.build import WALL
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.foreign import LOOKED_UP, cause_of, orders_of, past

D = Decimal
MARK = {"symbol": "BTCUSDT", "markPrice": "99.5", "time": 1_700_000_000_500}


def _trade(**changes: Any) -> dict[str, Any]:
    """GET /fapi/v1/userTrades as the venue's documents show it."""
    trade = {
        "symbol": "BTCUSDT",
        "id": 698759,
        "orderId": 25851813,
        "side": "SELL",
        "price": "100",
        "qty": "0.002",
        "realizedPnl": "-0.9",
        "commission": "0.07",
        "commissionAsset": "USDT",
        "time": 1_700_000_000_000,
        "positionSide": "SHORT",
        "maker": False,
        "buyer": False,
    }
    return trade | changes


@pytest.mark.parametrize(
    ("sender", "cause"),
    [
        ("autoclose-1700000000000123", "liquidation"),
        ("adl_autoclose", "adl"),
        ("settlement_autoclose-1", "settlement"),
        ("web_abc", "by_hand"),
        ("x-cvBPrNm9abc", "by_hand"),
        ("", "unknown"),
    ],
)
def test_who_stands_behind_an_order_is_in_its_client_id(sender: str, cause: str) -> None:
    """The venue's own orders begin with a word of theirs; of a forgotten order nobody knows."""
    assert cause_of(sender) == cause


def test_a_trade_is_read_with_its_side_and_its_fee() -> None:
    """In hedge mode it says which position it was for; a fee in another asset leaves our wallet alone."""
    told = past([_trade(), _trade(id=698760, commissionAsset="BNB")], {"25851813": "web_1"}, mark=MARK, now=WALL)
    first, second = told.trades

    assert (first.trade, first.side, first.buys, first.quantity, first.price) == (
        "698759",
        "short",
        False,
        D("0.002"),
        D(100),
    )
    assert (first.realized, first.fee, second.fee) == (D("-0.9"), D("0.07"), D(0))
    assert (told.mark, told.at) == (D("99.5"), from_ms(1_700_000_000_500))


def test_our_own_trades_and_those_of_orders_that_were_not_looked_up_are_left_out() -> None:
    """They would explain what they did not do."""
    ours = {"1": "tp" + "a" * 26, "2": "web_1"}
    trades = [_trade(id=n, orderId=n) for n in (1, 2, 3)]

    assert [trade.trade for trade in past(trades, ours, mark=MARK, now=WALL).trades] == ["2"]


def test_of_a_symbol_without_a_mark_price_the_rest_is_told() -> None:
    """It is listed no more: what was traded is told all the same."""
    told = past([_trade()], {"25851813": "web_1"}, mark=None, now=WALL)

    assert (len(told.trades), told.mark, told.at) == (1, None, WALL)


def test_only_the_newest_orders_are_looked_up_each_once() -> None:
    """A busy hand on our symbol must not cost the whole limit."""
    trades = [_trade(id=n, orderId=n // 2, time=1_700_000_000_000 + n) for n in range(100)]

    assert orders_of(trades) == [str(n) for n in range(49, 49 - LOOKED_UP, -1)]


@pytest.mark.parametrize("broken", [{"qty": "0"}, {"price": "NaN"}, {"realizedPnl": ""}])
def test_what_can_not_be_read_is_never_booked(broken: dict[str, str]) -> None:
    """It raises what the door translates."""
    with pytest.raises((ValueError, ArithmeticError)):
        past([_trade(**broken)], {"25851813": "web_1"}, mark=MARK, now=WALL)
