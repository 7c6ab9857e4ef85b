"""What only a venue behind a network has: garbage, silence, refusals of the key, and what goes over the wire."""

from datetime import timedelta
from decimal import Decimal

import pytest

from support.build import BTC
from support.scripted import WALL, Scripted, ccxt_venue, order
from support.servers import Served
from tradepods_core.book.intents import Accepted, Outcome, Rejected, Throttled, Unknown
from tradepods_core.errors import Temporary
from tradepods_worker.ports import CredentialsRefused, Wanted

D = Decimal


async def _outcome(scripted: Scripted, exchange: Served) -> Outcome:
    venue = ccxt_venue(scripted.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        return await venue.perform(order(), signed_at=WALL.now())
    finally:
        await venue.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "{}"),
        (200, '{"orderId": 12, "sta'),
        (200, "[]"),
        (200, "null"),
        (200, "<html>busy</html>"),
        (408, '{"code":-1007,"msg":"Timeout waiting for response from backend server."}'),
        (500, "Internal Server Error"),
        (502, "<html>Bad Gateway</html>"),
        (503, "Service Unavailable"),
        (503, '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}'),
        (400, '{"code":-1006,"msg":"An unexpected response was received from the message bus."}'),
    ],
)
async def test_an_answer_that_says_nothing_certain_is_unknown(
    scripted: Scripted, exchange: Served, status: int, body: str
) -> None:
    """Truncated, empty, from a proxy, or the venue's own doubt: the order may have been placed."""
    scripted.status, scripted.body = status, body

    assert isinstance(await _outcome(scripted, exchange), Unknown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, '{"code":-1003,"msg":"Too many requests."}'),
        (418, '{"code":-1003,"msg":"Way too many requests; IP banned."}'),
        (429, ""),
        (400, '{"code":-1015,"msg":"Too many new orders."}'),
        (503, '{"code":-1008,"msg":"Server is currently overloaded with other requests."}'),
    ],
)
async def test_a_rate_limit_is_throttled(scripted: Scripted, exchange: Served, status: int, body: str) -> None:
    """The venue did not look at it: it may be sent again, later."""
    scripted.status, scripted.body = status, body

    assert isinstance(await _outcome(scripted, exchange), Throttled)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (-1021, "too_late"),
        (-1022, "credentials"),
        (-1111, "precision"),
        (-2010, "other"),
        (-2011, "unknown_order"),
        (-2014, "credentials"),
        (-2015, "credentials"),
        (-2019, "insufficient_margin"),
        (-2021, "would_trigger"),
        (-2022, "reduce_only"),
        (-2027, "too_large"),
        (-4003, "too_small"),
        (-4005, "too_large"),
        (-4014, "precision"),
        (-4045, "too_many_orders"),
        (-4116, "duplicate_id"),
        (-4164, "too_small"),
        (-9999, "other"),
    ],
)
async def test_each_code_of_the_venue_has_its_meaning(
    scripted: Scripted, exchange: Served, code: int, meaning: str
) -> None:
    """One table decides; a code that it does not know is a refusal that the person reads."""
    scripted.status, scripted.body = 400, f'{{"code":{code},"msg":"because"}}'
    outcome = await _outcome(scripted, exchange)

    assert outcome == Rejected(code=meaning, message=f"{code} because")  # type: ignore[arg-type]


async def test_a_server_that_is_not_there_leaves_an_order_unknown(exchange: Served) -> None:
    """And a question unanswered for now."""
    venue = ccxt_venue("http://127.0.0.1:1")
    venue._ids = {BTC: "BTCUSDT"}
    try:
        outcome = await venue.perform(order(), signed_at=WALL.now())
        assert isinstance(outcome, Unknown)
        for question in (venue.read(wanted=()), venue.find(Wanted(id="tp", symbol=BTC, conditional=False))):
            with pytest.raises(Temporary):
                await question
    finally:
        await venue.close()
    assert exchange.url


async def test_a_wrong_key_is_said_and_not_shown(exchange: Served) -> None:
    """The message says what to check, and holds neither key nor secret."""
    venue = ccxt_venue(exchange.url, key="wrong-key-42", secret="wrong-secret-42")
    try:
        await venue.prepare(exchange.exchange.market.markets)
        with pytest.raises(CredentialsRefused, match="refuses the API key") as caught:
            await venue.read(wanted=())
        outcome = await venue.perform(order(), signed_at=WALL.now())
    finally:
        await venue.close()

    assert "42" not in str(caught.value)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "credentials"


async def test_an_opening_order_is_refused_by_the_venue_once_its_window_has_closed(exchange: Served) -> None:
    """It is signed with the moment of its commit: a delayed one can't open any more."""
    venue = ccxt_venue(exchange.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        outcome = await venue.perform(order(), signed_at=WALL.now() - timedelta(seconds=3))
    finally:
        await venue.close()

    assert isinstance(outcome, Rejected)
    assert outcome.code == "too_late"


async def test_an_entry_goes_over_the_wire_as_our_rules_made_it(scripted: Scripted, exchange: Served) -> None:
    """Exact numbers, our id, the signing moment, the window."""
    scripted.body = '{"orderId": 7, "status": "FILLED", "executedQty": "1.5"}'
    committed = WALL.now() - timedelta(milliseconds=700)
    venue = ccxt_venue(scripted.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        outcome = await venue.perform(order(), signed_at=committed)
    finally:
        await venue.close()
    (asked,) = scripted.asked

    assert outcome == Accepted(executed=D("1.5"), ended=True)
    assert {name: asked[name] for name in ("path", "symbol", "side", "type", "quantity", "recvWindow")} == {
        "path": "/fapi/v1/order",
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "MARKET",
        "quantity": "1.5",
        "recvWindow": "2500",
    }
    assert asked["newClientOrderId"] == order().id
    assert abs(int(asked["timestamp"]) - int(committed.timestamp() * 1000)) < 500
    assert "reduceOnly" not in asked


async def test_a_stop_goes_over_the_wire_on_the_mark_price_and_only_reduces(
    scripted: Scripted, exchange: Served
) -> None:
    """By the Algo Order API, with quantity and never closePosition: a second one could not rest beside it."""
    scripted.body = '{"algoId": 7, "algoStatus": "NEW"}'
    stop = order(purpose="stop", kind="stop_market", trigger=D("97.10"))
    venue = ccxt_venue(scripted.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        outcome = await venue.perform(stop, signed_at=WALL.now())
    finally:
        await venue.close()
    (asked,) = scripted.asked

    assert outcome == Accepted()
    wanted = {
        "path": "/fapi/v1/algoOrder",
        "algoType": "CONDITIONAL",
        "type": "STOP_MARKET",
        "side": "SELL",
        "quantity": "1.5",
        "triggerPrice": "97.1",
        "workingType": "MARK_PRICE",
        "reduceOnly": "true",
        "clientAlgoId": stop.id,
    }
    assert {name: asked.get(name) for name in wanted} == wanted
    assert "closePosition" not in asked
