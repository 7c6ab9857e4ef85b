"""The simulator judged by the venue's own client: what anyone may ask, and what a customer may ask about itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.sdk import BTC, BUY, STOP, Call, strict


@pytest.fixture(autouse=True)
def types_are_strict(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """For every answer."""
    with strict(caplog):
        yield


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
    ("symbol_order_book_ticker", BTC),
    ("symbol_order_book_ticker", {}),
    ("order_book", {**BTC, "limit": 5}),
    ("compressed_aggregate_trades_list", BTC),
    ("recent_trades_list", BTC),
    ("get_funding_rate_history", BTC),
    ("get_funding_rate_info", {}),
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
    ("get_bnb_burn_status", {}),
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
    await client("new_order", **BUY)
    await client("new_algo_order", **STOP)
    answer = await client(name, **arguments)

    assert answer is not None
