"""Websocket clients that no venue wants: garbage, floods, thousands of names, and one that never reads."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType

from support.candle_history import exchange
from support.sdk import BTC, BUY, LIMIT, Call
from support.servers import Served, listen, serving
from tradepods_simulator.exchange import streams
from tradepods_simulator.exchange.app import make_app
from tradepods_simulator.exchange.binanceusdm.stream import MOST_MESSAGES, MOST_STREAMS
from tradepods_simulator.exchange.limits import Limits

WITHIN = 10.0  # seconds that a frame may take
UPGRADE = (
    b"GET /ws/!ticker@arr HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ACKED = {"result": None, "id": 1}


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Any:
    """An exception in a handler is an error in the server's log."""
    with caplog.at_level(logging.ERROR):
        yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


@pytest.fixture
async def socket(exchange: Served) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection that listens to nothing yet."""
    async with aiohttp.ClientSession() as session, session.ws_connect(exchange.url + "/ws") as opened:
        yield opened


def _never(constant: str) -> NoReturn:
    pytest.fail(f"an answer holds {constant}")


async def _heard(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads(await socket.receive_str(timeout=WITHIN), parse_constant=_never)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 3),
        ("{", 3),
        ("\0", 3),
        ("[" * 100_000, 3),
        ("9" * 5_000, 3),
        ("[]", 2),
        ('"SUBSCRIBE"', 2),
        ("NaN", 2),
        ('{"method": "SUBSCRIBE", "params": "btcusdt@depth", "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": {"a": 1}, "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": ["btcusdt@depth"], "id": NaN}', 2),
        ('{"method": "SUBSCRIBE", "params": ["btcusdt@depth"], "id": {"a": Infinity}}', 2),
        ('{"method": "SUBSCRIBE", "params": ["btcusdt@depth"], "id": true}', 2),
        ('{"method": ["SUBSCRIBE"], "params": [], "id": 1}', 2),
        ('{"method": "NOTHING", "id": 1}', 2),
        ("{}", 2),
    ],
    ids=range(16),
)
async def test_garbage_is_answered_and_the_connection_goes_on(
    socket: aiohttp.ClientWebSocketResponse, text: str, code: int
) -> None:
    """With the venue's code: 3 for what is no JSON, 2 for what is no command; in JSON that anyone can read."""
    await socket.send_str(text)
    assert (await _heard(socket))["error"]["code"] == code

    await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
    assert await _heard(socket) == {"result": [], "id": 1}


async def test_bytes_are_not_heard(socket: aiohttp.ClientWebSocketResponse) -> None:
    """The next command is."""
    await socket.send_bytes(b"\xff" * 1_000)
    await socket.send_json({"method": "SUBSCRIBE", "params": [], "id": 1})

    assert await _heard(socket) == ACKED


@pytest.mark.parametrize(
    "name", ["nonsense", "BTCUSDT@markPrice", "noneusdt@markPrice", "btcusdt@kline_7q", "btcusdt@depth7", "0" * 64, "é"]
)
async def test_whatever_is_subscribed_to_is_acknowledged(
    socket: aiohttp.ClientWebSocketResponse, exchange: Served, name: str
) -> None:
    """An acknowledgement proves nothing: of a stream that there isn't nothing is heard, of the next one it is."""
    await socket.send_json({"method": "SUBSCRIBE", "params": [name], "id": 1})
    assert await _heard(socket) == ACKED
    await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
    assert await _heard(socket) == {"result": [name], "id": 1}
    exchange.exchange.react()
    await socket.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@markPrice"], "id": 1})

    assert await _heard(socket) == ACKED
    assert (await _heard(socket))["e"] == "markPriceUpdate"


async def test_a_connection_listens_to_so_many_streams(socket: aiohttp.ClientWebSocketResponse) -> None:
    """One more is answered with an error, and is the end of all of them."""
    names = [f"s{number}@markPrice" for number in range(MOST_STREAMS)]
    await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
    assert await _heard(socket) == ACKED
    await socket.send_json({"method": "SUBSCRIBE", "params": names[:5], "id": 1})
    assert await _heard(socket) == ACKED
    await socket.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@markPrice"], "id": 2})

    assert (await _heard(socket))["error"] == {"code": 4, "msg": "Too many subscriptions"}
    closed = await socket.receive(timeout=WITHIN)
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.POLICY_VIOLATION)


async def test_who_says_too_much_in_a_second_is_cut_off() -> None:
    """Where the venue's limits are counted; what it said before is answered."""
    async with (
        serving(limits=Limits(now_ms=lambda: 0)) as served,
        aiohttp.ClientSession() as session,
        session.ws_connect(served.url + "/ws") as socket,
    ):
        for number in range(5 * MOST_MESSAGES):
            await socket.send_json({"method": "SUBSCRIBE", "params": [f"s{number}"], "id": 1})
        answers = 0
        while (message := await socket.receive(timeout=WITHIN)).type is aiohttp.WSMsgType.TEXT:
            answers += 1

    assert MOST_MESSAGES <= answers < 5 * MOST_MESSAGES
    assert message.data == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_nothing_is_kept_of_names_that_nobody_listens_to(
    socket: aiohttp.ClientWebSocketResponse, exchange: Served
) -> None:
    """Taken back by the client, or left behind by one that is gone."""
    for names in (["a", "b"], ["c"]):
        await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
        await _heard(socket)
    await socket.send_json({"method": "UNSUBSCRIBE", "params": ["a", "b", "never"], "id": 1})
    await _heard(socket)
    assert list(exchange.exchange.streams.wanted()) == ["c"]

    await socket.close()
    async with asyncio.timeout(WITHIN):
        while list(exchange.exchange.streams.wanted()):
            await asyncio.sleep(0.01)


async def test_a_client_that_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much it asks for: what waits for it is bounded, and the others are served meanwhile."""
    monkeypatch.setattr(streams, "PATIENCE", 0.1)
    venue = exchange(100.0)
    runner, url = await listen(make_app(venue, participants={"nobody"}, pace=1))
    _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), limit=1)
    writer.write(UPGRADE)
    async with asyncio.timeout(WITHIN):
        while "!ticker@arr" not in venue.streams.wanted():
            await asyncio.sleep(0.01)
        (connection,) = venue.streams._subscribers["!ticker@arr"]
        while list(venue.streams.wanted()):
            for _ in range(1_000):
                venue.streams.broadcast("!ticker@arr", "x" * 1_000)
            assert connection.queue.qsize() <= streams.LONGEST_QUEUE + 1
            await asyncio.sleep(0)
    writer.close()
    await runner.cleanup()

    assert connection.ends


async def test_symbols_with_orders_only_are_among_the_positions(client: Call) -> None:
    """As the newer endpoints have it: with a position of nothing; a stop that waits is no open order."""
    await client("new_order", **LIMIT)
    (risk,) = await client("position_information_v3")
    (row,) = (await client("account_information_v3")).positions
    await client("cancel_all_open_orders", **BTC)

    assert (risk.symbol, risk.position_amt, risk.entry_price, risk.bid_notional) == ("BTCUSDT", "0", "0", "99")
    assert (row.symbol, row.position_amt) == ("BTCUSDT", "0")
    assert await client("position_information_v3") == []


@pytest.mark.parametrize("mode", ["CROSSED", "ISOLATED"])
async def test_funding_is_told_with_the_position_if_that_is_isolated(client: Call, exchange: Served, mode: str) -> None:
    """Its margin has changed; of a cross position only the balance is told. So is money that comes and goes."""
    if mode == "ISOLATED":
        await client("change_margin_type", **BTC, margin_type=mode)
    await client("new_order", **BUY)
    key = (await client("start_user_data_stream")).listen_key
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{exchange.url}/ws/{key}") as socket:
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        await _heard(socket)
        exchange.exchange._settle(
            {next(iter(exchange.exchange.market.ids)): exchange.exchange.market.prices["BTC/USDT:USDT"] / 10**6}
        )
        for amount in ("5", "-3"):
            await session.post(f"{exchange.url}/admin/accounts/bob/transfer", json={"amount": amount})
        funding, into, out = [(await _heard(socket))["a"] for _ in range(3)]

    assert (funding["m"], funding["B"][0]["bc"]) == ("FUNDING_FEE", "-0.01")
    assert [(p["s"], p["mt"], p["iw"]) for p in funding["P"]] == (
        [("BTCUSDT", "isolated", "4.99")] if mode == "ISOLATED" else []
    )
    assert [(a["m"], a["B"][0]["bc"]) for a in (into, out)] == [("DEPOSIT", "5"), ("WITHDRAW", "-3")]


async def test_a_connection_ends_after_its_day() -> None:
    """What it was sent before is read; the end is an ordinary one, and a new connection is taken."""
    async with serving() as served, aiohttp.ClientSession() as session:
        served.exchange.streams.longest = 0.2
        async with session.ws_connect(served.url + "/ws") as old:
            await old.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@markPrice"], "id": 1})
            assert await _heard(old) == ACKED
            async with asyncio.timeout(WITHIN):
                heard = [message async for message in old]
            assert {message.type for message in heard} <= {WSMsgType.TEXT}
            assert old.close_code == WSCloseCode.OK
        async with session.ws_connect(served.url + "/ws") as new:
            await new.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
            assert await _heard(new) == {"result": [], "id": 2}


async def test_a_client_that_does_not_answer_pings_is_dropped() -> None:
    """One that does stays."""
    async with serving() as served, aiohttp.ClientSession() as session:
        served.exchange.streams.pings = 0.2
        async with session.ws_connect(served.url + "/ws", autoping=False) as deaf:
            assert (await deaf.receive(timeout=WITHIN)).type is WSMsgType.PING
            async with asyncio.timeout(WITHIN):
                assert [message.type async for message in deaf if message.type is not WSMsgType.PING] == []
            assert deaf.closed
        async with session.ws_connect(served.url + "/ws", autoping=False) as awake:
            for _ in range(3):
                ping = await awake.receive(timeout=WITHIN)
                assert ping.type is WSMsgType.PING
                await awake.pong(ping.data)
