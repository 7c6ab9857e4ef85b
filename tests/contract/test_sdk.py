"""The simulator judged by the venue's own client: its typed models know each answer's fields and their types."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from pydantic import BaseModel

from support.servers import API_KEY, API_SECRET, Served

BTC: dict[str, Any] = {"symbol": "BTCUSDT"}
STOP: dict[str, Any] = {
    **BTC,
    "algo_type": "CONDITIONAL",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": 1,
    "trigger_price": 97,
    "working_type": "MARK_PRICE",
    "reduce_only": "true",
}
Call = Callable[..., Any]
# Fields of other kinds of orders, of other venues of the same house, and of parts of a list with many shapes.
ELSEWHERE = {
    "activate_price",
    "base_qty",
    "callback_rate",
    "cum_base",
    "cum_qty",
    "iceberg_quantity",
    "margin_asset",
    "pair",
    "price_rate",
    "settle_plan",
}


@pytest.fixture
def client(exchange: Served) -> Call:
    """Calls a method of the SDK; what it answers is checked field by field."""
    config = ConfigurationRestAPI(
        api_key=API_KEY, api_secret=API_SECRET, base_path=exchange.url, timeout=5_000, retries=0
    )
    api = DerivativesTradingUsdsFutures(config_rest_api=config).rest_api

    async def call(name: str, **arguments: Any) -> Any:
        answer = await asyncio.to_thread(lambda: getattr(api, name)(**arguments).data())
        assert list(_strange(answer)) == []
        return answer

    return call


def _strange(value: object, path: str = "") -> Iterator[str]:
    """What the model doesn't know, and what it knows and doesn't find."""
    value = getattr(value, "actual_instance", None) or value
    if isinstance(value, list):
        for entry in value:
            yield from _strange(entry, f"{path}[]")
    if not isinstance(value, BaseModel):
        return
    unknown = set(getattr(value, "additional_properties", None) or {}) - {"avgPrice", "cumQuote", "cumQty"}
    yield from (f"{path}.{name}: not of this answer" for name in unknown)
    for name in type(value).model_fields:
        found = getattr(value, name)
        if found is None and name not in ELSEWHERE and not path.endswith("filters[]"):
            yield f"{path}.{name}: missing"
        yield from _strange(found, f"{path}.{name}")


@pytest.fixture(autouse=True)
def types_are_strict(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The SDK warns where an answer's types are not those that it declares, and goes on."""
    with caplog.at_level(logging.WARNING):
        yield
    said = [record.getMessage() for record in caplog.get_records("call")]
    assert [message for message in said if "did not match" in message] == []


PUBLIC = [
    ("test_connectivity", {}),
    ("check_server_time", {}),
    ("exchange_information", {}),
    ("kline_candlestick_data", {**BTC, "interval": "1m"}),
    ("mark_price", BTC),
    ("mark_price", {}),
    ("ticker24hr_price_change_statistics", BTC),
    ("ticker24hr_price_change_statistics", {}),
    ("symbol_price_ticker", BTC),
    ("symbol_price_ticker_v2", {}),
]


@pytest.mark.parametrize(("name", "arguments"), PUBLIC)
async def test_what_anyone_may_ask(client: Call, name: str, arguments: dict[str, Any]) -> None:
    """Without a key, and with one symbol or all."""
    await client(name, **arguments)


ACCOUNT = [
    ("account_information_v2", {}),
    ("account_information_v3", {}),
    ("futures_account_balance_v2", {}),
    ("futures_account_balance_v3", {}),
    ("futures_account_configuration", {}),
    ("symbol_configuration", {}),
    ("notional_and_leverage_brackets", {}),
    ("user_commission_rate", BTC),
    ("get_current_position_mode", {}),
    ("get_current_multi_assets_mode", {}),
    ("query_user_rate_limit", {}),
    ("position_information_v2", {}),
    ("position_information_v3", BTC),
    ("get_income_history", {}),
    ("account_trade_list", BTC),
    ("all_orders", BTC),
    ("current_all_open_orders", {}),
    ("current_all_algo_open_orders", {}),
    ("query_all_algo_orders", BTC),
]


@pytest.mark.parametrize(("name", "arguments"), ACCOUNT)
async def test_what_a_customer_may_ask_with_a_position_and_its_stop(
    client: Call, name: str, arguments: dict[str, Any]
) -> None:
    """Signed by the SDK, which puts an order's parameters where ccxt does not."""
    await client("new_order", **BTC, side="BUY", type="MARKET", quantity=1, new_order_resp_type="RESULT")
    await client("new_algo_order", **STOP)
    answer = await client(name, **arguments)

    assert answer is not None


async def test_an_orders_life(client: Call) -> None:
    """Leverage, entry, stop, look-ups, cancels: under the client's own ids."""
    leverage = await client("change_initial_leverage", **BTC, leverage=7)
    buy = {**BTC, "side": "BUY", "type": "MARKET", "quantity": 1, "new_order_resp_type": "RESULT"}
    entry = await client("new_order", **buy, new_client_order_id="entry-1")
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
    await client("new_order", **BTC, side="BUY", type="MARKET", quantity=1)
    await client("new_algo_order", **STOP)
    await client("cancel_all_open_orders", **BTC)
    before = await client("current_all_algo_open_orders")
    await client("cancel_all_algo_open_orders", **BTC)

    assert len(before) == 1
    assert await client("current_all_algo_open_orders") == []


async def test_a_listen_key_is_given_kept_and_closed(client: Call) -> None:
    """By the key alone."""
    given = await client("start_user_data_stream")
    kept = await client("keepalive_user_data_stream")

    assert given.listen_key == kept.listen_key != ""


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("query_order", {**BTC, "orig_client_order_id": "never"}, -2013),
        ("cancel_algo_order", {"client_algo_id": "never"}, -2011),
        ("new_order", {**BTC, "side": "BUY", "type": "MARKET", "quantity": 0.04}, -4164),
        ("new_order", {**BTC, "side": "SELL", "type": "MARKET", "quantity": 1, "reduce_only": "true"}, -2022),
        ("new_order", {**BTC, "side": "BUY", "type": "STOP_MARKET", "quantity": 1}, -4120),
        ("new_order", {"symbol": "NONEUSDT", "side": "BUY", "type": "MARKET", "quantity": 1}, -1121),
    ],
)
async def test_refusals_arrive_with_the_venues_codes(
    client: Call, name: str, arguments: dict[str, Any], code: int
) -> None:
    """As the SDK reads them."""
    with pytest.raises(BadRequestError) as caught:
        await client(name, **arguments)

    assert caught.value.args[0] == code
