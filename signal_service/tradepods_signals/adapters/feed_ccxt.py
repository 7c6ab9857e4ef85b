"""The reference venue's public data through ccxt; its exceptions end here."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import ccxt.pro as ccxt
import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.market import Market
from tradepods_core.money import floor_to
from tradepods_core.shapes import Symbol
from tradepods_core.times import Now, Timeframe, from_ms, to_ms
from tradepods_signals.ports import Ban, Candle, MarksSeen, Sleep

Answer = TypeVar("Answer")
PERPETUAL = "PERPETUAL"
RETRY_AFTER = 2.0  # seconds before the stream of marks is opened again
LIMITED_FOR: Mapping[int, int] = {429: 60, 418: 120}  # seconds by HTTP status, where the venue does not say how long
LONGEST_BAN = timedelta(days=3)
BANNED_UNTIL = re.compile(r"banned until (\d{13})\b")  # in words, where no header tells it: unix milliseconds
RETRY_AFTER_HEADER = re.compile(r"\d{1,9}")  # seconds
log = structlog.get_logger()


class CcxtFeed:
    """Candles by request, mark prices by websocket. While the venue refuses our address nothing is requested.

    Args:
        url: of a simulator or proxy that speaks the venue's protocol; "" for the venue itself.
        paced: whether requests keep the venue's rate limit. A replay runs ahead of the wall clock, and is not paced.
        ban: what is known of the venue's refusing our address, and whom to tell.

    """

    def __init__(self, *, exchange: str, url: str, paced: bool, sleep: Sleep, now: Now, ban: Ban) -> None:
        self._ccxt = _make(exchange, url=url, paced=paced)
        self._ccxt.on_rest_response = self._hear
        self._sleep, self._now, self._ban = sleep, now, ban

    async def markets(self) -> Mapping[Symbol, Market]:
        """Every perpetual contract that is settled in USDT, as the venue has them now."""
        self._check()
        found = await _asked(self._ccxt.load_markets(True))  # noqa: FBT003 - ccxt's way to say: not from its memory
        return {
            symbol: _market(market)
            for symbol, market in found.items()
            if market["swap"] and market["settle"] == "USDT" and market["info"].get("contractType") == PERPETUAL
        }

    async def candles(self, symbol: Symbol, timeframe: Timeframe, *, since: datetime, count: int) -> Sequence[Candle]:
        """Candles from `since` on, the forming one perhaps among them."""
        self._check()
        rows = await _asked(self._ccxt.fetch_ohlcv(symbol, str(timeframe), to_ms(since), count))
        return [Candle(int(row[0]), *(float(value) for value in row[1:6])) for row in rows]

    def _check(self) -> None:
        """Raise Temporary while the venue refuses our address: a request would make it longer."""
        until = self._ban.until()
        if until is not None:
            raise Temporary("the exchange's rate limit", after=(until - self._now()).total_seconds())

    def _hear(self, *answer: Any) -> str:
        """What ccxt calls with each answer, and takes the text from."""
        status, _, _, _, headers, text, *_ = answer
        if status in LIMITED_FOR:
            until = _limited_until(status, headers, str(text), now=self._now())
            log.warning("venue_refuses", status=status, until=until.isoformat())
            self._ban.report(until)
        return str(text).strip()

    async def marks(self) -> AsyncIterator[MarksSeen]:
        """Mark prices as they come; a broken connection is opened again.

        ccxt drops a frame that comes while nobody awaits one, so the next is awaited before this one is handed out.
        """
        awaited = await self._await_marks()
        while True:
            try:
                tickers = await _asked(awaited)
            except Temporary as error:
                log.warning("marks_interrupted", error=str(error))
                await self._sleep(RETRY_AFTER)
                tickers = {}
            awaited = await self._await_marks()
            if tickers:
                yield _marks(tickers)

    async def _await_marks(self) -> "asyncio.Task[Any]":
        task = asyncio.create_task(self._ccxt.watch_mark_prices())
        await asyncio.sleep(0)  # let it register with ccxt
        return task

    async def close(self) -> None:
        """Close sockets."""
        await self._ccxt.close()


def _make(exchange: str, *, url: str, paced: bool) -> Any:
    if exchange != "binanceusdm":
        raise Permanent(f"exchange {exchange} is not supported: there is binanceusdm")
    urls: dict[str, Any] = {}
    if url:
        websocket = "ws" + url.removeprefix("http")
        rest = {f"fapiPublic{version}": f"{url}/fapi/v{number}" for version, number in (("", 1), ("V2", 2), ("V3", 3))}
        urls = {"urls": {"api": {**rest, "ws": {"linear": f"{websocket}/ws"}}}}
    options = {"fetchMarkets": {"types": ["linear"]}, "fetchCurrencies": False}
    return ccxt.binanceusdm({"enableRateLimit": paced, "newUpdates": True, "options": options, **urls})


def _limited_until(status: int, headers: Mapping[str, str], text: str, *, now: datetime) -> datetime:
    """Until when the address is refused: as the venue says in a header or in words, else as it usually does."""
    header = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    usual = now + timedelta(seconds=LIMITED_FOR[status])
    if RETRY_AFTER_HEADER.fullmatch(header) and int(header):
        return now + min(timedelta(seconds=int(header)), LONGEST_BAN)
    said = BANNED_UNTIL.search(text)
    return usual if said is None else min(max(from_ms(int(said[1])), usual), now + LONGEST_BAN)


async def _asked(answer: Awaitable[Any]) -> Any:
    """Ccxt's answer; what it raises becomes ours."""
    try:
        return await answer
    except (ccxt.NetworkError, ccxt.OperationFailed) as error:
        raise Temporary(f"{type(error).__name__}: {error}") from error
    except ccxt.BaseError as error:
        raise Permanent(f"{type(error).__name__}: {error}") from error


def _marks(tickers: Mapping[str, Any]) -> MarksSeen:
    """Prices come from the venue's own text, so no float stands between."""
    raw = [ticker["info"] for ticker in tickers.values()]
    steps = [int(info["step"]) for info in raw if "step" in info]
    return MarksSeen(
        at=from_ms(max(int(info["E"]) for info in raw)),
        marks={symbol: Decimal(ticker["info"]["p"]) for symbol, ticker in tickers.items()},
        step=max(steps) if steps else None,
    )


def _market(market: Mapping[str, Any]) -> Market:
    """Of lot and market lot, the stricter; quantities of both are in base, for a perpetual's contract size is 1."""
    filters = {entry["filterType"]: entry for entry in market["info"]["filters"]}
    lots = [filters[name] for name in ("LOT_SIZE", "MARKET_LOT_SIZE") if name in filters]
    step = max(Decimal(lot["stepSize"]) for lot in lots)
    return Market(
        symbol=market["symbol"],
        id=market["id"],
        settle=market["settle"],
        tick=Decimal(filters["PRICE_FILTER"]["tickSize"]),
        step=step,
        min_quantity=max(Decimal(lot["minQty"]) for lot in lots),
        max_quantity=floor_to(min(Decimal(lot["maxQty"]) for lot in lots), step),
        min_notional=Decimal(filters["MIN_NOTIONAL"]["notional"]),
        trading=market["info"].get("status") == "TRADING",
    )
