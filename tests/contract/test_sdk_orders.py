"""The simulator judged by the venue's own client: orders of every kind, and how an account is set."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from binance_common.errors import BadRequestError

from support.sdk import BTC, BUY, CONDITIONAL, LIMIT, SELL, STOP, Call, judge, strict
from support.servers import START_MS, serving
from tradepods_core.paper.quotes import Depth


@pytest.fixture(autouse=True)
def types_are_strict(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """For every answer."""
    with strict(caplog):
        yield


async def test_an_orders_life(client: Call) -> None:
    """Leverage, entry, stop, look-ups, cancels: under the client's own ids."""
    leverage = await client("change_initial_leverage", **BTC, leverage=7)
    entry = await client("new_order", **BUY, new_client_order_id="entry-1")
    stop = await client("new_algo_order", **STOP, client_algo_id="stop-1")
    found = await client("query_order", **BTC, orig_client_order_id="entry-1")
    resting = await client("query_algo_order", client_algo_id="stop-1")
    cancelled = await client("cancel_algo_order", client_algo_id="stop-1")
    gone = await client("query_algo_order", algo_id=stop.algo_id)

    assert (leverage.leverage, entry.status, found.executed_qty) == (7, "FILLED", "1")
    assert found.order_id == entry.order_id
    assert (resting.algo_status, gone.algo_status) == ("NEW", "CANCELED")
    assert (resting.algo_id, cancelled.algo_id) == (stop.algo_id, stop.algo_id)


async def test_all_of_a_symbols_orders_can_be_cancelled_at_once(client: Call) -> None:
    """Plain ones and conditional ones, each by its own endpoint."""
    await client("new_order", **BUY)
    await client("new_order", **LIMIT)
    await client("new_algo_order", **STOP)
    await client("cancel_all_open_orders", **BTC)
    plain = await client("current_all_open_orders")
    before = await client("current_all_algo_open_orders")
    await client("cancel_all_algo_open_orders", **BTC)

    assert (plain, len(before)) == ([], 1)
    assert await client("current_all_algo_open_orders") == []


async def test_a_listen_key_is_given_kept_and_closed(client: Call) -> None:
    """By the key alone."""
    given = await client("start_user_data_stream")
    kept = await client("keepalive_user_data_stream")

    assert given.listen_key == kept.listen_key != ""


@pytest.mark.parametrize("force", ["GTC", "GTX", "IOC", "FOK"])
async def test_limit_orders_of_every_force(client: Call, force: str) -> None:
    """What can rest rests, and is found and cancelled under either id; what can't is over at once."""
    if force == "FOK":
        with pytest.raises(BadRequestError) as caught:
            await client("new_order", **{**LIMIT, "time_in_force": force})
        assert caught.value.args[0] == -5021
        return
    placed = await client("new_order", **{**LIMIT, "time_in_force": force}, new_order_resp_type="RESULT")
    resting = await client("current_all_open_orders")
    assert placed.status == ("EXPIRED" if force == "IOC" else "NEW")
    assert [order.order_id for order in resting] == ([] if force == "IOC" else [placed.order_id])
    if force != "IOC":
        found = await client("query_current_open_order", **BTC, order_id=placed.order_id)
        gone = await client("cancel_order", **BTC, orig_client_order_id=found.client_order_id)
        assert gone.status == "CANCELED"


async def test_an_acknowledgement_says_nothing_of_fills(client: Call) -> None:
    """The default answer to a market order shows it as new: what came of it is found by a look-up or on the stream."""
    placed = await client("new_order", **{**BUY, "new_order_resp_type": "ACK"})
    found = await client("query_order", **BTC, order_id=placed.order_id)

    assert (placed.status, placed.executed_qty, found.status, found.executed_qty) == ("NEW", "0", "FILLED", "1")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("STOP", {"trigger_price": 97, "price": 96}),
        ("TAKE_PROFIT", {"trigger_price": 103, "price": 104}),
        ("TAKE_PROFIT_MARKET", {"trigger_price": 103}),
        ("TRAILING_STOP_MARKET", {"callback_rate": 1}),
        ("TRAILING_STOP_MARKET", {"callback_rate": 0.5, "activate_price": 102}),
    ],
)
async def test_conditional_orders_of_every_kind(client: Call, kind: str, more: dict[str, Any]) -> None:
    """Placed, found, listed."""
    await client("new_order", **BUY)
    placed = await client("new_algo_order", **{**CONDITIONAL, "type": kind, "reduce_only": "true", **more})
    found = await client("query_algo_order", algo_id=placed.algo_id)
    (listed,) = await client("current_all_algo_open_orders", **BTC)

    assert (placed.order_type, found.order_type, listed.algo_status) == (kind, kind, "NEW")


async def test_a_position_in_hedge_mode_is_two(client: Call) -> None:
    """Long and short beside each other, each closed by its own side."""
    await client("change_position_mode", dual_side_position="true")
    await client("new_order", **BUY, position_side="LONG")
    await client("new_order", **SELL, position_side="SHORT")
    both = await client("position_information_v3")
    rows = await client("account_information_v2")
    older = await client("position_information_v2", **BTC)
    await client("new_order", **SELL, position_side="LONG")
    left = await client("position_information_v3")

    assert sorted((p.position_side, p.position_amt) for p in both) == [("LONG", "1"), ("SHORT", "-1")]
    assert {p.position_side for p in rows.positions} == {"LONG", "SHORT"}
    assert len(older) == 3
    assert [p.position_side for p in left] == ["SHORT"]


async def test_an_isolated_position_has_its_own_margin(client: Call) -> None:
    """To which some can be added; the answer says where it is liquidated."""
    await client("change_margin_type", **BTC, margin_type="ISOLATED")
    await client("new_order", **BUY)
    before = (await client("position_information_v3"))[0]
    await client("modify_isolated_position_margin", **BTC, amount=10.0, type=1)
    after = (await client("position_information_v3"))[0]
    config = await client("symbol_configuration", **BTC)

    assert (before.isolated_wallet, after.isolated_wallet) == ("5", "15")
    assert 0 < Decimal(after.liquidation_price) < Decimal(before.liquidation_price) < 100
    assert config[0].margin_type == "ISOLATED"


async def test_modes_can_be_set_and_read(client: Call) -> None:
    """Assets mode and commissions in BNB."""
    await client("change_multi_assets_mode", multi_assets_margin="true")
    await client("toggle_bnb_burn_on_futures_trade", fee_burn="true")

    assert (await client("get_current_multi_assets_mode")).multi_assets_margin is True
    assert (await client("get_bnb_burn_status")).fee_burn is True


async def test_funding_is_income() -> None:
    """Beside profit and commission, with its own kind and amount."""
    async with serving(funding={"BTCUSDT": {START_MS + 8 * 3_600_000: Decimal("0.0001")}}) as served:
        client = judge(served.url)
        await client("new_order", **BUY)
        await served.exchange.show(8 * 60 * 4)
        (paid,) = await client("get_income_history", income_type="FUNDING_FEE")

    assert (paid.income, paid.asset, paid.symbol) == ("-0.01", "USDT", "BTCUSDT")


async def test_a_market_order_fills_level_by_level() -> None:
    """Each level is a trade of its own; the average is what they cost."""
    async with serving(depth=Depth(notional=Decimal(100), spread=Decimal("0.002"), gap=Decimal("0.001"))) as served:
        client = judge(served.url)
        book = await client("order_book", **BTC, limit=5)
        placed = await client("new_order", **{**BUY, "quantity": 3})
        trades = await client("account_trade_list", **BTC)

    assert [trade.price for trade in trades] == [price for price, _ in book.asks[: len(trades)]]
    assert len(trades) == 3
    assert sum(Decimal(trade.qty) for trade in trades) == Decimal(placed.executed_qty) == 3
