"""The simulator judged by the venue's own client: what is refused, with which code."""

from collections.abc import Iterator
from typing import Any

import pytest
from binance_common.errors import BadRequestError

from support.sdk import BTC, BUY, CONDITIONAL, LIMIT, SELL, STOP, Call, strict
from support.servers import Served

TRAIL: dict[str, Any] = {**CONDITIONAL, "type": "TRAILING_STOP_MARKET"}


@pytest.fixture(autouse=True)
def types_are_strict(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """For every answer."""
    with strict(caplog):
        yield


HEDGED = {"dual_side_position": "true"}
REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("query_order", {**BTC, "orig_client_order_id": "never"}, -2013),
    ("query_current_open_order", {**BTC, "order_id": 1}, -2013),
    ("cancel_order", {**BTC, "order_id": 1}, -2011),
    ("cancel_algo_order", {"client_algo_id": "never"}, -2011),
    ("new_order", {**BUY, "quantity": 0.04}, -4164),
    ("new_order", {**BUY, "quantity": 0.0004}, -1111),
    ("new_order", {**BUY, "quantity": 60_000}, -4005),
    ("new_order", {**BUY, "quantity": 40_000}, -2019),
    ("new_order", {**SELL, "reduce_only": "true"}, -2022),
    ("new_order", {**BTC, "side": "BUY", "type": "STOP_MARKET", "quantity": 1}, -4120),
    ("new_order", {**BUY, "symbol": "NONEUSDT"}, -1121),
    ("new_order", {**BUY, "position_side": "LONG"}, -4061),
    ("new_order", {**BUY, "price": 100}, -1106),
    ("new_order", {**BUY, "time_in_force": "GTC"}, -1106),
    ("new_order", {**LIMIT, "price": 99.95}, -4014),
    ("new_order", {**LIMIT, "price": 106}, -4016),
    ("new_order", {**LIMIT, "side": "SELL", "price": 94}, -4024),
    ("new_order", {**LIMIT, "side": "SELL", "time_in_force": "GTX"}, -5022),
    ("new_algo_order", {**STOP, "trigger_price": 100}, -2021),
    ("new_algo_order", {**TRAIL, "callback_rate": 1, "activate_price": 99}, -4135),
    ("new_algo_order", {**STOP, "close_position": "true"}, -1106),
    ("change_initial_leverage", {**BTC, "leverage": 126}, -4028),
    ("change_margin_type", {**BTC, "margin_type": "CROSSED"}, -4046),
    ("change_position_mode", {"dual_side_position": "false"}, -4059),
    ("change_multi_assets_mode", {"multi_assets_margin": "false"}, -4171),
    ("modify_isolated_position_margin", {**BTC, "amount": 1.0, "type": 1}, -4054),
    ("order_book", {**BTC, "limit": 7}, -4021),
]


@pytest.mark.parametrize(("name", "arguments", "code"), REFUSED)
async def test_refusals_arrive_with_the_venues_codes(
    client: Call, name: str, arguments: dict[str, Any], code: int
) -> None:
    """As the SDK reads them."""
    with pytest.raises(BadRequestError) as caught:
        await client(name, **arguments)

    assert caught.value.args[0] == code


OPEN: list[tuple[str, dict[str, Any], int]] = [
    ("change_margin_type", {**BTC, "margin_type": "ISOLATED"}, -4047),
    ("change_position_mode", HEDGED, -4067),
    ("change_multi_assets_mode", {"multi_assets_margin": "true"}, -4170),
    ("new_order", {**LIMIT, "new_client_order_id": "rests"}, -4116),
]
HELD: list[tuple[str, dict[str, Any], int]] = [
    ("change_margin_type", {**BTC, "margin_type": "ISOLATED"}, -4048),
    ("change_position_mode", HEDGED, -4068),
    ("modify_isolated_position_margin", {**BTC, "amount": 1.0, "type": 1}, -4049),
]
ISOLATED: list[tuple[str, dict[str, Any], int]] = [
    ("change_multi_assets_mode", {"multi_assets_margin": "true"}, -4167),
    ("change_initial_leverage", {**BTC, "leverage": 19}, -4161),
]


@pytest.mark.parametrize(("name", "arguments", "code"), OPEN)
async def test_an_open_order_stands_in_the_way(client: Call, name: str, arguments: dict[str, Any], code: int) -> None:
    """Of modes, and of its own id."""
    await client("new_order", **LIMIT, new_client_order_id="rests")
    await test_refusals_arrive_with_the_venues_codes(client, name, arguments, code)


@pytest.mark.parametrize(("name", "arguments", "code"), HELD)
async def test_a_position_stands_in_the_way(client: Call, name: str, arguments: dict[str, Any], code: int) -> None:
    """Of modes."""
    await client("new_order", **BUY)
    await test_refusals_arrive_with_the_venues_codes(client, name, arguments, code)


@pytest.mark.parametrize(("name", "arguments", "code"), ISOLATED)
async def test_isolated_margin_stands_in_the_way(client: Call, name: str, arguments: dict[str, Any], code: int) -> None:
    """Of other margin, and of less leverage."""
    await client("change_margin_type", **BTC, margin_type="ISOLATED")
    await client("new_order", **BUY)
    await test_refusals_arrive_with_the_venues_codes(client, name, arguments, code)


async def test_multi_assets_mode_knows_no_isolated_margin(client: Call) -> None:
    """The other way round."""
    await client("change_multi_assets_mode", multi_assets_margin="true")
    await test_refusals_arrive_with_the_venues_codes(
        client, "change_margin_type", {**BTC, "margin_type": "ISOLATED"}, -4168
    )


async def test_hedge_mode_takes_no_reduce_only(client: Call) -> None:
    """The position side says what closes."""
    await client("change_position_mode", **HEDGED)
    await client("new_order", **BUY, position_side="LONG")
    arguments = {**SELL, "position_side": "LONG", "reduce_only": "true"}
    await test_refusals_arrive_with_the_venues_codes(client, "new_order", arguments, -1106)
    await test_refusals_arrive_with_the_venues_codes(client, "new_order", BUY, -4061)


async def test_only_so_many_stops_may_wait(client: Call) -> None:
    """Two hundred of an account."""
    await client("new_order", **BUY)
    for _ in range(200):
        await client("new_algo_order", **STOP)

    await test_refusals_arrive_with_the_venues_codes(client, "new_algo_order", STOP, -4045)


async def test_a_second_stop_that_closes_the_position_is_refused(client: Call) -> None:
    """New before old is impossible with them."""
    stop = {key: value for key, value in STOP.items() if key not in ("quantity", "reduce_only")}
    await client("new_order", **BUY)
    await client("new_algo_order", **stop, close_position="true")
    await test_refusals_arrive_with_the_venues_codes(
        client, "new_algo_order", {**stop, "close_position": "true"}, -4130
    )


@pytest.mark.parametrize(("status", "opens", "closes"), [("SETTLING", -4140, None), ("CLOSE", -4141, -4141)])
async def test_a_symbol_that_is_delisted(
    client: Call, exchange: Served, status: Any, opens: int, closes: int | None
) -> None:
    """First it can only be closed; then everything is settled, and it is gone from the list."""
    await client("new_order", **BUY)
    market = exchange.exchange.market
    if status == "CLOSE":
        exchange.exchange.delist(next(iter(market.ids)))
    market.set_status(next(iter(market.ids)), status)
    info = await client("exchange_information")

    assert ("BTCUSDT" in {symbol.symbol for symbol in info.symbols}) is (status == "SETTLING")
    await test_refusals_arrive_with_the_venues_codes(client, "new_order", BUY, opens)
    if closes is None:
        await client("new_order", **SELL, reduce_only="true")
    else:
        await test_refusals_arrive_with_the_venues_codes(client, "new_order", {**SELL, "reduce_only": "true"}, closes)
    assert await client("position_information_v3") == []


async def test_unfilled_orders_are_forgotten_after_three_days(client: Call, exchange: Served) -> None:
    """Filled ones are still found."""
    filled = await client("new_order", **BUY)
    gone = await client("new_order", **LIMIT)
    await client("cancel_order", **BTC, order_id=gone.order_id)
    market = exchange.exchange.market
    for order in exchange.exchange.books.by_key["bob-key-0123456789"].orders.values():
        order.created_ms -= 3 * 86_400_000 + 1
    assert market.step == 0

    assert (await client("query_order", **BTC, order_id=filled.order_id)).status == "FILLED"
    await test_refusals_arrive_with_the_venues_codes(client, "query_order", {**BTC, "order_id": gone.order_id}, -2013)
