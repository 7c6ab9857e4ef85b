"""The simulator judged by ccxt's unified methods: orders of every kind, how they are found, how they are refused."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from support.ccxt_client import unified
from support.servers import Served, serving
from tradepods_core.paper.quotes import Depth

BTC = "BTC/USDT:USDT"
D = Decimal
TRIGGER: dict[str, Any] = {"trigger": True}
CLOSES = {"reduceOnly": True}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A market with a book around 100: the best bid at 99.9, the best ask at 100.1."""
    async with serving(depth=Depth()) as found:
        yield found


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Any]:
    """An ordinary person's ccxt."""
    async with unified(served.url) as found:
        yield found


def _at(served: Served, price: str) -> None:
    """The market moves there, and everything acts."""
    served.exchange.market.prices = {**served.exchange.market.prices, BTC: D(price)}
    served.exchange.react()


async def test_a_market_order_is_done_when_it_is_answered(client: Any) -> None:
    """With its average and its fee, under the id that it was given, found by both ids."""
    placed = await client.create_order(BTC, "market", "buy", 1.5, None, {"clientOrderId": "mine-1"})
    by_id = await client.fetch_order(placed["id"], BTC)
    by_client_id = await client.fetch_order(None, BTC, {"clientOrderId": "mine-1"})
    (trade,) = await client.fetch_my_trades(BTC, None, None, {"orderId": placed["id"]})

    for found in (placed, by_id, by_client_id):
        assert (found["id"], found["clientOrderId"], found["status"]) == (placed["id"], "mine-1", "closed")
        assert (found["filled"], found["remaining"], found["average"], found["cost"]) == (1.5, 0, 100.1, 150.15)
    assert (trade["order"], trade["amount"], trade["price"], trade["takerOrMaker"]) == (
        placed["id"],
        1.5,
        100.1,
        "taker",
    )
    assert trade["fee"] == {"currency": "USDT", "cost": 150.15 * 0.0005}


async def test_limit_orders_rest_as_long_as_they_may(client: Any) -> None:
    """Until cancelled, not at all, post-only; what rests is listed, and is no position."""
    rests = await client.create_order(BTC, "limit", "buy", 1, 99)
    passes = await client.create_order(BTC, "limit", "buy", 1, 99, {"timeInForce": "IOC"})
    maker = await client.create_order(BTC, "limit", "buy", 1, 98, {"postOnly": True})
    crosses = await client.create_order(BTC, "limit", "buy", 1, 101)
    listed = await client.fetch_open_orders(BTC)

    assert (rests["status"], passes["status"], crosses["status"]) == ("open", "expired", "closed")
    assert (maker["status"], maker["timeInForce"], maker["postOnly"]) == ("open", "PO", True)
    assert [order["id"] for order in listed] == [rests["id"], maker["id"]]
    with pytest.raises(ccxt.OrderNotFillable):
        await client.create_order(BTC, "limit", "buy", 1, 99, {"timeInForce": "FOK"})
    with pytest.raises(ccxt.OrderNotFillable):
        await client.create_order(BTC, "limit", "buy", 1, 101, {"postOnly": True})


CONDITIONAL: list[tuple[str, float | None, dict[str, Any], str, float | None]] = [
    ("market", None, {"stopLossPrice": 90}, "stop_market", 90),
    ("market", None, {"takeProfitPrice": 110}, "take_profit_market", 110),
    ("market", None, {"triggerPrice": 91, "workingType": "MARK_PRICE"}, "stop_market", 91),
    ("limit", 88, {"stopLossPrice": 90}, "stop", 90),
    ("limit", 111, {"takeProfitPrice": 110}, "take_profit", 110),
    ("limit", 88, {"triggerPrice": 90}, "stop", 90),
    ("market", None, {"trailingPercent": 1}, "trailing_stop_market", None),
    ("market", None, {"trailingPercent": 1, "trailingTriggerPrice": 105}, "trailing_stop_market", None),
    ("STOP_MARKET", None, {"triggerPrice": 90}, "stop_market", 90),
]


@pytest.mark.parametrize("case", CONDITIONAL)
async def test_conditional_orders_have_a_life_of_their_own(
    client: Any, case: tuple[str, float | None, dict[str, Any], str, float | None]
) -> None:
    """Another list and other ids: found, listed and cancelled as such, and nowhere among the plain ones."""
    kind, price, params, known, trigger = case
    await client.create_order(BTC, "market", "buy", 1)
    named = {**params, **CLOSES, "clientOrderId": "stop-1"}
    placed = await client.create_order(BTC, kind, "sell", 1, price, named)
    found = await client.fetch_order(placed["id"], BTC, TRIGGER)
    by_client_id = await client.fetch_order(None, BTC, {**TRIGGER, "clientOrderId": "stop-1"})
    (listed,) = await client.fetch_open_orders(BTC, None, None, TRIGGER)

    for order in (placed, found, by_client_id, listed):
        assert (order["id"], order["status"], order["triggerPrice"]) == (placed["id"], "open", trigger)
        assert order["info"]["orderType"].lower() == known
    assert await client.fetch_open_orders(BTC) == []
    with pytest.raises(ccxt.OrderNotFound):
        await client.fetch_order(placed["id"], BTC)
    await client.cancel_order(placed["id"], BTC, TRIGGER)
    with pytest.raises(ccxt.OrderNotFound):
        await client.cancel_order(placed["id"], BTC, TRIGGER)
    assert (await client.fetch_order(placed["id"], BTC, TRIGGER))["status"] == "canceled"


async def test_a_triggered_stop_leads_to_the_order_that_it_sent_off(client: Any, served: Served) -> None:
    """Finished, with the number of a plain order that is found, and whose trade is there."""
    await client.create_order(BTC, "market", "buy", 1)
    stop = await client.create_order(BTC, "market", "sell", 1, None, {"stopLossPrice": 90, **CLOSES})
    _at(served, "89")
    finished = await client.fetch_order(stop["id"], BTC, TRIGGER)
    child = await client.fetch_order(finished["info"]["actualOrderId"], BTC)
    history = await client.fetch_orders(BTC, None, None, TRIGGER)

    assert (finished["status"], finished["info"]["algoStatus"]) == ("closed", "FINISHED")
    assert (child["status"], child["filled"], child["type"]) == ("closed", 1, "market")
    assert [order["id"] for order in history] == [stop["id"]]
    assert await client.fetch_positions() == []


async def test_a_triggered_stop_limit_rests_and_is_cancelled_as_a_plain_order(client: Any, served: Served) -> None:
    """Then it is finished too, as the venue's documents have it."""
    await client.create_order(BTC, "market", "buy", 1)
    stop = await client.create_order(BTC, "limit", "sell", 1, 89.5, {"triggerPrice": 90, **CLOSES})
    _at(served, "89")
    (child,) = await client.fetch_open_orders(BTC)
    await client.cancel_order(child["id"], BTC)
    finished = await client.fetch_order(stop["id"], BTC, TRIGGER)

    assert (child["type"], child["price"], child["reduceOnly"]) == ("limit", 89.5, True)
    assert finished["info"]["algoStatus"] == "FINISHED"
    assert finished["info"]["actualOrderId"] == child["id"]


async def test_a_stop_that_is_refused_when_it_is_triggered_says_so(client: Any, served: Served) -> None:
    """Rejected, and no plain order came of it."""
    await client.create_order(BTC, "market", "buy", 1)
    stop = await client.create_order(BTC, "market", "sell", 1, None, {"stopLossPrice": 90, **CLOSES})
    await client.create_order(BTC, "market", "sell", 1, None, CLOSES)
    orders = len(await client.fetch_orders(BTC))
    _at(served, "89")
    rejected = await client.fetch_order(stop["id"], BTC, TRIGGER)

    assert (rejected["status"], rejected["info"]["algoStatus"]) == ("rejected", "REJECTED")
    assert rejected["info"]["actualOrderId"] == ""
    assert len(await client.fetch_orders(BTC)) == orders


async def test_a_stop_may_close_whatever_there_is(client: Any, served: Served) -> None:
    """Without a quantity, as large as the position is by then; one in each direction."""
    await client.create_order(BTC, "market", "buy", 1)
    closes = {"stopLossPrice": 90, "closePosition": True}
    await client.create_order(BTC, "market", "sell", None, None, closes)
    await client.create_order(BTC, "market", "buy", 2)
    with pytest.raises(ccxt.ExchangeError, match="-4130"):
        await client.create_order(BTC, "market", "sell", None, None, closes)
    _at(served, "89")

    assert await client.fetch_positions() == []


async def test_orders_are_listed_with_their_past(client: Any) -> None:
    """All of them, from a number on, the latest of them; open, closed and cancelled apart."""
    placed = [await client.create_order(BTC, "limit", "buy", 1, price) for price in (97, 98, 99)]
    await client.cancel_order(placed[0]["id"], BTC)
    done = await client.create_order(BTC, "market", "buy", 1)
    ids = [order["id"] for order in (*placed, done)]

    async def listed(name: str, *arguments: Any) -> list[str]:
        return [order["id"] for order in await getattr(client, name)(BTC, *arguments)]

    assert await listed("fetch_orders") == ids
    assert await listed("fetch_orders", None, 2) == ids[-2:]
    assert await listed("fetch_orders", None, 2, {"orderId": ids[1]}) == ids[1:3]
    assert await listed("fetch_closed_orders") == [done["id"]]
    assert await listed("fetch_canceled_orders") == [placed[0]["id"]]
    assert await listed("fetch_open_orders") == ids[1:3]
    await client.cancel_all_orders(BTC)
    assert await listed("fetch_open_orders") == []


async def test_everything_is_cancelled_at_once_by_two_requests(client: Any) -> None:
    """The plain ones, and the conditional ones."""
    await client.create_order(BTC, "market", "buy", 1)
    await client.create_order(BTC, "limit", "buy", 1, 99)
    await client.create_order(BTC, "market", "sell", 1, None, {"stopLossPrice": 90, **CLOSES})
    await client.cancel_all_orders(BTC)
    assert (await client.fetch_open_orders(BTC), len(await client.fetch_open_orders(BTC, None, None, TRIGGER))) == (
        [],
        1,
    )
    await client.cancel_all_orders(BTC, TRIGGER)
    assert await client.fetch_open_orders(BTC, None, None, TRIGGER) == []


async def test_trades_are_listed_from_a_number_or_a_moment_on(client: Any, served: Served) -> None:
    """Else the latest."""
    for _ in range(3):
        await client.create_order(BTC, "market", "buy", 0.1)
    now = served.exchange.market.now_ms
    every = await client.fetch_my_trades(BTC)
    ids = [trade["id"] for trade in every]

    assert len(ids) == 3
    assert [trade["id"] for trade in await client.fetch_my_trades(BTC, None, 2)] == ids[-2:]
    assert [trade["id"] for trade in await client.fetch_my_trades(BTC, now, 2)] == ids[:2]
    assert [t["id"] for t in await client.fetch_my_trades(BTC, None, 2, {"fromId": ids[1]})] == ids[1:]
    assert await client.fetch_my_trades(BTC, now + 1) == []


async def test_hedge_mode_by_ccxts_own_words(client: Any) -> None:
    """Entries are `hedged`; with `reduceOnly` besides ccxt turns the side around and sends no flag."""
    await client.set_position_mode(True)
    hedged = {"hedged": True}
    await client.create_order(BTC, "market", "buy", 1, None, hedged)
    await client.create_order(BTC, "market", "sell", 2, None, hedged)
    stop = await client.create_order(BTC, "market", "sell", 1, None, {**hedged, **CLOSES, "stopLossPrice": 90})
    both = {position["side"]: position["contracts"] for position in await client.fetch_positions()}
    await client.create_order(BTC, "market", "sell", 1, None, {**hedged, **CLOSES})
    (left,) = await client.fetch_positions()

    assert stop["info"]["positionSide"] == "LONG"
    assert both == {"long": 1, "short": 2}
    assert (left["side"], left["hedged"]) == ("short", True)
    with pytest.raises(ccxt.OperationRejected, match="-4061"):
        await client.create_order(BTC, "market", "buy", 1)
    with pytest.raises(ccxt.BadRequest, match="-1106"):
        await client.create_order(BTC, "market", "buy", 1, None, {"positionSide": "SHORT", "reduceOnly": "true"})
    await client.cancel_all_orders(BTC, TRIGGER)
    with pytest.raises(ccxt.OperationRejected, match="-4068"):
        await client.set_position_mode(False)


REFUSED: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    ((BTC, "market", "buy", 40_000), ccxt.InsufficientFunds, "-2019"),
    ((BTC, "limit", "buy", 10_000, 99), ccxt.InsufficientFunds, "-2019"),
    ((BTC, "market", "buy", 0.04), ccxt.InvalidOrder, "-4164"),
    ((BTC, "market", "buy", 60_000), ccxt.BadRequest, "-4005"),
    ((BTC, "market", "sell", 1, None, CLOSES), ccxt.InvalidOrder, "-2022"),
    ((BTC, "limit", "buy", 1, 106), ccxt.BadRequest, "-4016"),
    ((BTC, "limit", "sell", 1, 94), ccxt.BadRequest, "-4024"),
    ((BTC, "limit", "buy", 1, 10_000_001), ccxt.BadRequest, "-4002"),
    ((BTC, "market", "sell", 1, None, {"triggerPrice": 10_000_001}), ccxt.BadRequest, "-4007"),
    ((BTC, "market", "sell", 1, None, {"stopLossPrice": 101}), ccxt.OrderImmediatelyFillable, "-2021"),
    ((BTC, "market", "buy", 1, None, {"takeProfitPrice": 101}), ccxt.OrderImmediatelyFillable, "-2021"),
    ((BTC, "market", "sell", 1, None, {"trailingPercent": 20}), ccxt.BadRequest, "-1130"),
    ((BTC, "market", "buy", 1, None, {"clientOrderId": "no blanks, please"}), ccxt.BadRequest, "-4015"),
    ((BTC, "market", "buy", 1, None, {"positionSide": "LONG"}), ccxt.OperationRejected, "-4061"),
]


@pytest.mark.parametrize(("arguments", "kind", "code"), REFUSED)
async def test_refused_orders_raise_ccxts_classes(
    client: Any, served: Served, arguments: tuple[Any, ...], kind: type[Exception], code: str
) -> None:
    """Of the real venue's table, and nothing has happened."""
    with pytest.raises(kind, match=code):
        await client.create_order(*arguments)

    (bob,) = served.exchange.books.by_key.values()
    assert (bob.orders, bob.algos, bob.paper.resting, bob.paper.positions) == ({}, {}, {}, {})


async def test_refusals_about_what_there_is_raise_ccxts_classes(client: Any, served: Served) -> None:
    """Orders that there aren't, ids that there are, symbols that close, modes that can't be changed now."""
    for action in (client.fetch_order, client.cancel_order):
        for params in ({}, TRIGGER):
            with pytest.raises(ccxt.OrderNotFound):
                await action("999", BTC, params)
    await client.create_order(BTC, "limit", "buy", 1, 99, {"clientOrderId": "twice"})
    with pytest.raises(ccxt.InvalidOrder, match="-4116"):
        await client.create_order(BTC, "limit", "buy", 1, 99, {"clientOrderId": "twice"})
    with pytest.raises(ccxt.OperationRejected, match="-4067"):
        await client.set_position_mode(True)
    with pytest.raises(ccxt.ExchangeError, match="-4047"):
        await client.set_margin_mode("isolated", BTC)
    served.exchange.market.set_status(BTC, "SETTLING")
    with pytest.raises(ccxt.ExchangeError, match="-4140"):
        await client.create_order(BTC, "market", "buy", 1)
