"""The exchange: orders act when the market moves, and everyone hears of it in the venue's order."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from support.build import BTC, NOON
from support.candle_history import BOB, exchange
from tradepods_core.paper.account import PaperOrder
from tradepods_core.paper.modes import with_leverage
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.market_frames import MARKS
from tradepods_simulator.exchange.books import Customer, listen_key
from tradepods_simulator.exchange.streams import Connection
from tradepods_simulator.exchange.venue import Exchange

D = Decimal
ALICE = BOB.model_copy(update={"name": "alice", "api_key": "alice-key"})


def _order(identifier: str = "a", **changes: Any) -> PaperOrder:
    values: Mapping[str, Any] = {"id": identifier, "symbol": BTC, "buys": True, "kind": "market", "quantity": D(1)}
    return PaperOrder(**{**values, "at": NOON, **changes})


def _stop(trigger: str = "90", **changes: Any) -> PaperOrder:
    return _order("stop", buys=False, kind="stop_market", trigger=D(trigger), reduce_only=True, **changes)


def _bob(venue: Exchange) -> Customer:
    return venue.books.by_key["bob-key"]


def _listening(venue: Exchange, customer: Customer) -> Connection:
    connection = Connection(web.WebSocketResponse())
    venue.streams.listen(venue.listen(customer, renews=False), connection)
    return connection


def _heard(connection: Connection) -> list[Any]:
    frames = []
    while not connection.queue.empty():
        frames.append(json.loads(connection.queue.get_nowait() or "null"))
    return frames


def _told(connection: Connection) -> list[str]:
    """Each frame's kind, with the status that it tells of."""
    kinds = {"ORDER_TRADE_UPDATE": "order", "ALGO_UPDATE": "algo", "ACCOUNT_UPDATE": "account"}
    return [f"{kinds[frame['e']]} {frame.get('o', {}).get('X', '')}".strip() for frame in _heard(connection)]


def test_a_market_order_is_filled_and_counted() -> None:
    """At the present price; its number is the venue's."""
    venue = exchange(100)
    number = venue.place(_bob(venue), _order())

    assert number == 1
    assert _bob(venue).paper.positions[BTC].quantity == D(1)
    assert _bob(venue).orders[1].status == "FILLED"


def test_a_repeated_client_id_is_taken_and_counted_as_a_duplicate() -> None:
    """As on the venue, where an id is unique among open orders only."""
    venue = exchange(100)
    for _ in range(2):
        venue.place(_bob(venue), _order("a"))
    venue.place(_bob(venue), _order("b"))

    assert _bob(venue).duplicates() == 1


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (_order(quantity=D("0.0001")), -1111),
        (_order(quantity=D("0.01")), -4164),
        (_order(quantity=D(40_000)), -2019),
        (_order(quantity=D(60_000)), -4005),
        (_order(reduce_only=True), -2022),
        (_stop("100"), -2021),
    ],
)
def test_a_refusal_has_the_venues_code_and_changes_nothing(order: PaperOrder, code: int) -> None:
    """Neither books nor streams."""
    venue = exchange(100)
    connection, before = _listening(venue, _bob(venue)), _bob(venue).paper

    with pytest.raises(VenueError) as caught:
        venue.place(_bob(venue), order)
    assert caught.value.code == code
    assert _bob(venue).paper == before
    assert _heard(connection) == []


async def test_a_resting_order_acts_when_the_market_reaches_it() -> None:
    """Before anyone hears of the new prices."""
    venue = exchange(100, 89)
    venue.place(_bob(venue), _order())
    venue.place(_bob(venue), _stop())
    await venue.show(1)
    assert BTC in _bob(venue).paper.positions

    await venue.show(4)
    assert _bob(venue).paper.positions == {}
    assert _bob(venue).algos[2].status == "FINISHED"


async def test_one_customers_orders_are_no_business_of_anothers() -> None:
    """Neither in the books nor on the stream."""
    venue = exchange(100, entries=[BOB, ALICE])
    alice = venue.books.by_key["alice-key"]
    connection = _listening(venue, alice)
    venue.place(_bob(venue), _order())

    assert alice.paper.positions == {}
    assert _heard(connection) == []


async def test_the_private_stream_tells_of_a_fill_in_the_venues_order() -> None:
    """The order is new, the account has changed, the order is filled."""
    venue = exchange(100)
    connection = _listening(venue, _bob(venue))
    venue.place(_bob(venue), _order())

    assert _told(connection) == ["order NEW", "account", "order FILLED"]


async def test_the_private_stream_tells_of_a_triggered_stop_in_the_venues_order() -> None:
    """The plain order that it sent off is filled before the conditional one is told to have triggered and finished."""
    venue = exchange(100, 89)
    connection = _listening(venue, _bob(venue))
    venue.place(_bob(venue), _order())
    venue.place(_bob(venue), _stop())
    assert _told(connection)[3:] == ["algo NEW"]

    await venue.show(4)
    assert _told(connection) == ["order NEW", "account", "order FILLED", "algo TRIGGERED", "algo FINISHED"]


def test_the_private_stream_tells_of_a_cancelled_stop() -> None:
    """Once, and nothing else."""
    venue = exchange(100)
    venue.place(_bob(venue), _order())
    venue.place(_bob(venue), _stop())
    connection = _listening(venue, _bob(venue))
    venue.cancel(_bob(venue), "stop")

    assert _told(connection) == ["algo CANCELED"]
    assert _bob(venue).paper.resting == {}


def test_an_unknown_order_can_not_be_cancelled() -> None:
    """With the venue's code."""
    venue = exchange(100)

    with pytest.raises(VenueError, match="-2011"):
        venue.cancel(_bob(venue), "nobody")


@pytest.mark.parametrize(("leverage", "allowed"), [(0, False), (1, True), (125, True), (126, False)])
def test_leverage_is_what_the_symbol_offers(leverage: int, allowed: bool) -> None:
    """From one to the first bracket's."""
    venue = exchange(100)
    changed = with_leverage(_bob(venue).paper, BTC, leverage, moment=venue.moment())
    if allowed:
        venue.change(_bob(venue), changed)
        assert _bob(venue).paper.leverage_of(BTC) == leverage
    else:
        with pytest.raises(VenueError, match=f"Leverage {leverage} is not valid"):
            venue.change(_bob(venue), changed)


async def test_marks_say_the_step_once_the_replay_runs() -> None:
    """Before, a client that connects hears where the market stands, and no step."""
    venue = exchange(100, 89)
    assert "step" not in venue.marks()[0]
    connection = Connection(web.WebSocketResponse())
    venue.streams.subscribe(MARKS, connection)
    await venue.show(4)
    ((frame,),) = _heard(connection)

    assert (frame["s"], frame["p"], frame["step"], frame["E"]) == ("BTCUSDT", "89", 4, venue.market.now_ms)


def test_a_listen_key_is_one_of_its_customer() -> None:
    """The same at every asking, another for each, and it does not give the API key away."""
    venue = exchange(100, entries=[BOB, ALICE])
    bob, alice = venue.books.by_key["bob-key"], venue.books.by_key["alice-key"]

    assert listen_key(bob) == listen_key(bob) != listen_key(alice)
    assert "bob-key" not in listen_key(bob)
