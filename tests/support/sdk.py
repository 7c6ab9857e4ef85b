"""The venue's own client as a judge: its typed models know each answer's fields and their types."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from pydantic import BaseModel

from support.servers import API_KEY, API_SECRET

Call = Callable[..., Any]
BTC: dict[str, Any] = {"symbol": "BTCUSDT"}
BUY: dict[str, Any] = {**BTC, "side": "BUY", "type": "MARKET", "quantity": 1, "new_order_resp_type": "RESULT"}
SELL: dict[str, Any] = {**BUY, "side": "SELL"}
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
CONDITIONAL: dict[str, Any] = {**BTC, "algo_type": "CONDITIONAL", "side": "SELL", "quantity": 1}
LIMIT: dict[str, Any] = {**BTC, "side": "BUY", "type": "LIMIT", "quantity": 1, "price": 99, "time_in_force": "GTC"}
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


def judge(url: str, *, key: str = API_KEY, secret: str = API_SECRET) -> Call:
    """Calls a method of the SDK; what it answers is checked field by field."""
    config = ConfigurationRestAPI(api_key=key, api_secret=secret, base_path=url, timeout=5_000, retries=0)
    api = DerivativesTradingUsdsFutures(config_rest_api=config).rest_api

    async def call(name: str, **arguments: Any) -> Any:
        answer = await asyncio.to_thread(lambda: getattr(api, name)(**arguments).data())
        assert list(strange(answer)) == []
        return answer

    return call


def strange(value: object, path: str = "") -> Iterator[str]:
    """What the model doesn't know, and what it knows and doesn't find."""
    value = getattr(value, "actual_instance", None) or value
    if isinstance(value, list):
        for entry in value:
            yield from strange(entry, f"{path}[]")
    if not isinstance(value, BaseModel):
        return
    unknown = set(getattr(value, "additional_properties", None) or {}) - {"avgPrice", "cumQuote", "cumQty"}
    yield from (f"{path}.{name}: not of this answer" for name in unknown)
    for name in type(value).model_fields:
        found = getattr(value, name)
        if found is None and name not in ELSEWHERE and not path.endswith("filters[]"):
            yield f"{path}.{name}: missing"
        yield from strange(found, f"{path}.{name}")


@contextmanager
def strict(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The SDK warns where an answer's types are not those that it declares, and goes on: here that is an error."""
    with caplog.at_level(logging.WARNING):
        yield
    said = [record.getMessage() for record in caplog.get_records("call")]
    assert [message for message in said if "did not match" in message] == []
