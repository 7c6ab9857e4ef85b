"""Every endpoint under what no sane client sends: refusals, never errors, and books that a refusal leaves alone."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from support.candle_history import BOB, exchange
from support.signed_requests import Client, now, sealed
from tradepods_simulator.exchange.app import AccountEntry, make_app
from tradepods_simulator.exchange.binanceusdm.signing import KEY_HEADER
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE

ALICE = AccountEntry(name="alice", api_key="alice-key", api_secret="alice-secret")
LONGEST = 5.0  # seconds that any answer may take
NASTY = (
    *("", " ", "null", "NaN", "-NaN", "Infinity", "-Infinity", "true", "None", "{}", "[]", "0", "-0", "-1", "+1"),
    *("1e5", "1E+99999999", "0x10", "1_0", "1.", ".5", "1,5", "0.1.1", "9" * 19, "9" * 20, "9" * 40, "9" * 5_000),
    *(
        "0." + "0" * 19 + "1",
        "99999999999999999999.99999999999999999999",
        "btcusdt",
        "BTCUSDT ",
        "NONEUSDT",
        "BTC/USDT",
    ),
    *("٣", "一", "é", "\0", "\n", "a" * 37, "<b>", "' OR 1=1", "%00", "\ud800"),
)
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "99", "timeInForce": "GTC"}
STOP = {"symbol": "BTCUSDT", "algoType": "CONDITIONAL", "side": "SELL", "type": "STOP", "quantity": "1"}
ONE, SPAN = {"symbol": "BTCUSDT"}, {"startTime": "1", "endTime": "2", "limit": "5"}
SIGNED: list[tuple[str, str, dict[str, str]]] = [
    ("POST", "order", {**ORDER, "reduceOnly": "false", "positionSide": "BOTH", "newClientOrderId": "x"}),
    ("POST", "order", {**ORDER, "type": "MARKET", "newOrderRespType": "RESULT", "closePosition": "false"}),
    ("POST", "order/test", ORDER),
    ("GET", "order", {**ONE, "orderId": "1", "origClientOrderId": "x"}),
    ("GET", "openOrder", {**ONE, "orderId": "1"}),
    ("DELETE", "order", {**ONE, "orderId": "999"}),
    ("DELETE", "order", {**ONE, "origClientOrderId": "never"}),
    ("GET", "allOrders", {**ONE, **SPAN, "orderId": "1"}),
    ("GET", "openOrders", ONE),
    ("GET", "userTrades", {**ONE, **SPAN, "fromId": "1", "orderId": "1"}),
    ("POST", "algoOrder", {**STOP, "price": "90", "triggerPrice": "91", "workingType": "MARK_PRICE"}),
    ("POST", "algoOrder", {**STOP, "type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activatePrice": "102"}),
    ("POST", "algoOrder", {**STOP, "type": "STOP_MARKET", "triggerPrice": "91", "clientAlgoId": "y"}),
    ("GET", "algoOrder", {"algoId": "4000000000002", "clientAlgoId": "x"}),
    ("DELETE", "algoOrder", {"algoId": "1", "clientAlgoId": "never"}),
    ("GET", "allAlgoOrders", {**ONE, **SPAN, "algoId": "1"}),
    ("GET", "openAlgoOrders", {**ONE, "algoId": "1"}),
    ("GET", "symbolConfig", ONE),
    ("GET", "accountConfig", {"recvWindow": "5000"}),
    ("GET", "leverageBracket", ONE),
    ("GET", "positionSide/dual", {}),
    ("POST", "positionSide/dual", {"dualSidePosition": "true"}),
    ("GET", "multiAssetsMargin", {}),
    ("POST", "multiAssetsMargin", {"multiAssetsMargin": "false"}),
    ("GET", "feeBurn", {}),
    ("POST", "feeBurn", {"feeBurn": "true"}),
    ("GET", "commissionRate", ONE),
    ("GET", "rateLimit/order", {}),
    ("POST", "leverage", {**ONE, "leverage": "20"}),
    ("POST", "marginType", {**ONE, "marginType": "CROSSED"}),
    ("POST", "positionMargin", {**ONE, "amount": "1", "type": "1", "positionSide": "BOTH"}),
    ("GET", "income", {**ONE, **SPAN, "incomeType": "COMMISSION"}),
    ("GET", "account", {}),
    ("GET", "balance", {}),
    ("GET", "positionRisk", ONE),
]
PUBLIC: list[tuple[str, dict[str, str]]] = [
    ("ping", {}),
    ("time", {}),
    ("exchangeInfo", {}),
    ("klines", {**ONE, **SPAN, "interval": "1m"}),
    ("depth", {**ONE, "limit": "5"}),
    ("trades", {**ONE, "limit": "5"}),
    ("aggTrades", {**ONE, **SPAN, "fromId": "1"}),
    ("premiumIndex", ONE),
    ("ticker/24hr", ONE),
    ("ticker/price", ONE),
    ("ticker/bookTicker", ONE),
    ("fundingRate", {**ONE, **SPAN}),
    ("fundingInfo", ONE),
]


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Any:
    """An exception in a handler is an error in the server's log."""
    with caplog.at_level(logging.ERROR):
        yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


@pytest.fixture
async def venue() -> AsyncIterator[Client]:
    """An exchange with two customers; bob has a position, a stop, and an order that rests."""
    app = make_app(exchange(100.0, entries=[BOB, ALICE]), participants={"nobody"}, pace=1)
    async with TestClient(TestServer(app)) as client:
        await _send(client, "POST", "/fapi/v1/order", {**ORDER, "type": "MARKET"}, without=("price", "timeInForce"))
        await _send(client, "POST", "/fapi/v1/algoOrder", {**STOP, "type": "STOP_MARKET", "triggerPrice": "90"})
        await _send(client, "POST", "/fapi/v1/order", {**ORDER, "price": "97"})
        yield client


def _never(constant: str) -> NoReturn:
    pytest.fail(f"an answer holds {constant}")


def _bob(client: Client) -> Customer:
    return client.app[EXCHANGE].books.by_key["bob-key"]


async def _asked(client: Client, method: str, url: str, *, data: bytes | None = None, key: str = "bob-key") -> int:
    """The answer's status; it is JSON of the venue's, and comes soon."""
    target = URL(f"{client.make_url('/')}{url.removeprefix('/')}", encoded=True)
    form = {"Content-Type": "application/x-www-form-urlencoded"} if data is not None else {}
    async with asyncio.timeout(LONGEST):
        async with client.session.request(method, target, data=data, headers={KEY_HEADER: key, **form}) as answer:
            found = json.loads(await answer.text(), parse_constant=_never)
    assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, (method, url, data, found)
    assert answer.status == HTTPStatus.OK or {"code", "msg"} == set(found), (method, url, data, found)
    return answer.status


async def _send(
    client: Client, method: str, path: str, params: Mapping[str, str], *, without: tuple[str, ...] = ()
) -> int:
    kept = {name: value for name, value in params.items() if name not in without}
    text = sealed(urlencode(now(**kept), errors="surrogatepass"))
    if method == "POST":
        return await _asked(client, method, path, data=text.encode())
    return await _asked(client, method, f"{path}?{text}")


@pytest.mark.parametrize(("method", "name", "params"), SIGNED, ids=[f"{m} {n}" for m, n, _ in SIGNED])
async def test_no_parameter_of_a_customers_brings_the_venue_down(
    venue: Client, method: str, name: str, params: dict[str, str]
) -> None:
    """Each missing, and each as everything that it is not; what is refused has changed nothing."""
    version = {"account": "v3", "balance": "v3", "positionRisk": "v3"}.get(name, "v1")
    path, bob = f"/fapi/{version}/{name}", _bob(venue)
    asked = [{**params, param: value} for param in (*params, "recvWindow", "symbol") for value in NASTY]
    asked += [{other: value for other, value in params.items() if other != param} for param in params]
    for one in asked:
        before, orders = bob.paper, len(bob.orders)
        if await _send(venue, method, path, one) != HTTPStatus.OK:
            assert (bob.paper, len(bob.orders)) == (before, orders), one
        else:
            bob.paper = before  # the next is asked of the same books


@pytest.mark.parametrize(("name", "params"), PUBLIC, ids=[name for name, _ in PUBLIC])
async def test_no_parameter_of_anyones_brings_the_venue_down(venue: Client, name: str, params: dict[str, str]) -> None:
    """Nor holds it up: a start in 1970, a limit with five thousand digits."""
    for param in (*params, "symbol", "startTime"):
        for value in NASTY:
            shown = urlencode({**params, param: value}, errors="surrogatepass")
            await _asked(venue, "GET", f"/fapi/v1/{name}?{shown}")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/fapi/v1/nothing", "/fapi/v9/order", "/fapi/v1/klines", "/fapi/v1/algoOpenOrders"])
async def test_what_the_venue_has_not_is_said_in_its_own_words(venue: Client, method: str, path: str) -> None:
    """A path that there isn't, and a method that a path hasn't."""
    answer = await venue.request(method, path)

    if (method, path) == ("DELETE", "/fapi/v1/algoOpenOrders"):
        assert answer.status == HTTPStatus.UNAUTHORIZED
    elif path != "/fapi/v1/klines" or method not in ("GET", "HEAD"):
        assert answer.status == HTTPStatus.NOT_FOUND
        if method != "HEAD":
            said = {"code": -5000, "msg": f"Path {path}, Method {method} is invalid"}
            assert await answer.json() == said


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"\x00" * 100, b"{", b"=&=&=", b"&" * 1_000, "é=é".encode("latin-1"), b"a=%ff%fe&b=%"]
)
@pytest.mark.parametrize("content", ["application/json", "text/plain; charset=nonsense", "multipart/form-data", "x"])
async def test_a_body_of_any_bytes_is_refused(venue: Client, body: bytes, content: str) -> None:
    """Whatever it says that it is; also where nobody asked for one."""
    before = _bob(venue).paper
    for method, path in (("POST", "/fapi/v1/order"), ("GET", "/fapi/v3/account"), ("PUT", "/fapi/v1/order")):
        answer = await venue.request(method, path, data=body, headers={KEY_HEADER: "bob-key", "Content-Type": content})
        assert answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND), await answer.text()
    assert _bob(venue).paper == before


async def test_bytes_that_are_no_text_are_refused_in_an_address_too(
    venue: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """As a client writes them that knows no encoding; that is no HTTP, and never comes as far as the venue."""
    reader, writer = await asyncio.open_connection(venue.host, venue.port)
    writer.write(b"GET /fapi/v1/openOrders?symbol=\xff\xfe HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: bob-key\r\n\r\n")
    first = await asyncio.wait_for(reader.readline(), LONGEST)
    writer.close()
    caplog.clear()  # the server's library says that it met something that is no HTTP

    assert first.split()[1] == b"400"


async def test_ten_megabytes_are_not_read(venue: Client) -> None:
    """The connection ends, and the next customer is served."""
    answer = await venue.post("/fapi/v1/order", data=io.BytesIO(b"a" * 10_000_000), headers={KEY_HEADER: "bob-key"})

    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert await _send(venue, "GET", "/fapi/v3/account", {}) == HTTPStatus.OK


async def test_the_orders_of_another_account_are_not_there(venue: Client) -> None:
    """Neither to be seen, nor to be cancelled, by any id."""
    before = _bob(venue).paper
    for method, path, ids in (
        ("GET", "/fapi/v1/order", {**ONE, "orderId": "3"}),
        ("DELETE", "/fapi/v1/order", {**ONE, "orderId": "3"}),
        ("DELETE", "/fapi/v1/algoOrder", {"algoId": "4000000000002"}),
        ("GET", "/fapi/v1/algoOrder", {"algoId": "4000000000002"}),
    ):
        text = sealed(urlencode(now(**ids)), secret=ALICE.api_secret)
        assert await _asked(venue, method, f"{path}?{text}", key=ALICE.api_key) == HTTPStatus.BAD_REQUEST
    assert _bob(venue).paper == before


async def test_of_two_that_cancel_at_once_one_does(venue: Client) -> None:
    """And of two that place under one id; nothing is booked twice."""
    cancels = [_send(venue, "DELETE", "/fapi/v1/order", {**ONE, "orderId": "3"}) for _ in range(5)]
    assert sorted(await asyncio.gather(*cancels)) == [200, 400, 400, 400, 400]

    places = [_send(venue, "POST", "/fapi/v1/order", {**ORDER, "newClientOrderId": "one"}) for _ in range(5)]
    assert sorted(await asyncio.gather(*places)) == [200, 400, 400, 400, 400]
    assert [order.id for order in _bob(venue).paper.resting.values() if not order.waits] == ["one"]


@pytest.mark.parametrize("value", ["btcusdt", "BtcUsdt", quote("BTCUSDT")])
async def test_a_symbol_may_be_written_in_letters_of_any_case(venue: Client, value: str) -> None:
    """As the venue has it: the answer names it in capitals."""
    answer = await venue.get("/fapi/v1/premiumIndex", params={"symbol": value})

    assert (answer.status, (await answer.json())["symbol"]) == (HTTPStatus.OK, "BTCUSDT")
