"""A venue of two hundred symbols that tells candles as fast as they are read: `python -m benchmarks.stream_process`.

It answers what a signal service asks at its start. A connection that subscribes to candles gets all of the frames,
which were made before: what is measured is the one who reads them. Prints its port.
"""

import asyncio
import contextlib
import json
import time
from typing import Any

from aiohttp import web

SYMBOLS = 200
COUNT = 120_000  # frames of candles to each connection that asks for them
MINUTE_MS = 60_000
CLOSED = 60  # of so many frames one is of a closed candle
routes = web.RouteTableDef()


def names() -> list[str]:
    """The venue's symbols."""
    return [f"C{number:03}USDT" for number in range(SYMBOLS)]


def frame(number: int) -> bytes:
    """A candle as the venue tells it, of one symbol after the other."""
    opened = number // SYMBOLS * MINUTE_MS
    name = f"C{number % SYMBOLS:03}USDT"
    body: dict[str, Any] = {
        "t": opened,
        "T": opened + MINUTE_MS - 1,
        "s": name,
        "i": "1m",
        "f": 5_000_000_000,
        "L": 5_000_000_900,
    }
    body |= {"o": "104201.10", "c": "104188.40", "h": "104233.00", "l": "104180.00", "v": "118.274", "n": 901}
    body |= {
        "x": number // SYMBOLS % CLOSED == CLOSED - 1,
        "q": "12324511.06221",
        "V": "52.119",
        "Q": "5430915.4",
        "B": "0",
    }
    text = json.dumps({"e": "kline", "E": opened + 250, "s": name, "k": body}, separators=(",", ":")).encode()
    return b"\x81\x7e" + len(text).to_bytes(2, "big") + text  # a text frame of more than 125 bytes


@routes.get("/fapi/v1/exchangeInfo")
async def exchange_info(_: web.Request) -> web.Response:
    """As much of it as a service reads."""
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.10", "minPrice": "0.10", "maxPrice": "4529764"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
        {"filterType": "MARKET_LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "120"},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
    ]
    common: dict[str, Any] = {
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "contractType": "PERPETUAL",
        "status": "TRADING",
    }
    common |= {"pricePrecision": 2, "quantityPrecision": 3, "deliveryDate": 4133404800000, "onboardDate": 1569398400000}
    found = [{"symbol": name, "pair": name, "baseAsset": name[:4], "filters": filters, **common} for name in names()]
    return web.json_response({"symbols": found, "rateLimits": []})


@routes.get("/fapi/v1/klines")
async def klines(request: web.Request) -> web.Response:
    """As many as are asked for, from then on."""
    length = {"1m": 1, "5m": 5, "15m": 15, "1h": 60}[request.query["interval"]] * MINUTE_MS
    begin, count = int(request.query["startTime"]), int(request.query.get("limit", "500"))
    rows = [
        [begin + n * length, "100.1", "101.2", "99.3", "100.4", "11.5", 0, "0", 0, "0", "0", "0"] for n in range(count)
    ]
    return web.json_response(rows)


@routes.get("/{kind:market|public|private}/ws/{names:.+}")
async def stream(request: web.Request) -> web.WebSocketResponse:
    """Marks each second, or candles all at once."""
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    async for message in socket:
        command: dict[str, Any] = json.loads(message.data)
        await socket.send_json({"result": None, "id": command["id"]})
        with contextlib.suppress(ConnectionError):
            await (_flood(request) if any("kline" in name for name in command["params"]) else _marks(socket))
    return socket


async def _flood(request: web.Request) -> None:
    frames: list[bytes] = request.app[FRAMES]
    transport = request.transport
    assert transport is not None  # noqa: S101 - it has just answered
    for start in range(0, len(frames), 200):
        transport.write(b"".join(frames[start : start + 200]))
        while transport.get_write_buffer_size() > 2**18 and not transport.is_closing():  # noqa: ASYNC110 - a pump
            await asyncio.sleep(0)
        if transport.is_closing():
            return


async def _marks(socket: web.WebSocketResponse) -> None:
    while not socket.closed:
        now = time.time_ns() // 1_000_000
        shown = {"e": "markPriceUpdate", "E": now, "p": "100", "i": "100", "P": "100", "ap": "100", "r": "0", "T": now}
        await socket.send_json([{**shown, "s": name} for name in names()])
        await asyncio.sleep(1)


FRAMES = web.AppKey("frames", list)


async def main() -> None:
    """Serve until it is killed."""
    app = web.Application()
    app[FRAMES] = [frame(number) for number in range(COUNT)]
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
