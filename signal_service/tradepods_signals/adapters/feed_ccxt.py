"""The reference venue's public data through ccxt; its exceptions end here."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import ccxt.pro as ccxt
import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.market import Market
from tradepods_core.money import ZERO, floor_to
from tradepods_core.shapes import Symbol
from tradepods_core.times import Now, Timeframe, from_ms, to_ms
from tradepods_signals.adapters.candle_sockets import CandleSockets, Listener
from tradepods_signals.adapters.venue_pace import Pace, limit_of, purpose_of, used_of
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import Ban, Candle, MarksSeen, Purpose

Answer = TypeVar("Answer")
PERPETUAL = "PERPETUAL"
FAREWELL = 2.0  # seconds for the venue's side of closing
RETRY_AFTER = 2.0  # seconds before the stream of marks is opened again
SILENT = 45.0  # seconds without a mark price, of one each second; ccxt dials anew within 40
MARKS = "markPrices:"  # begins what ccxt calls its subscription to them
LIMITED_FOR: Mapping[int, int] = {429: 60, 418: 120}  # seconds by HTTP status, where the venue does not say how long
LONGEST_BAN = timedelta(days=3)
BANNED_UNTIL = re.compile(r"banned until (\d{13})\b")  # in words, where no header tells it: unix milliseconds
MILLISECONDS = re.compile(r"[1-9]\d{12}")
AMOUNT = re.compile(r"\d{1,30}(\.\d{1,30})?")
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)
RETRY_AFTER_HEADER = re.compile(r"\d{1,9}")  # seconds
log = structlog.get_logger()


class CcxtFeed:
    """Candles by request or stream, mark prices by stream. While the venue refuses our address nothing is requested.

    Args:
        url: of a simulator or proxy that speaks the venue's protocol; "" for the venue itself.
        pace: who says when a request may leave. None in a replay: it runs ahead of the wall clock, and is not paced.
        ban: what is known of the venue's refusing our address, and whom to tell.
        silent: seconds without a mark price after which a connection is not believed to live; not in a replay.

    """

    def __init__(
        self,
        *,
        exchange: str,
        url: str,
        pace: Pace | None,
        sleep: Sleep,
        now: Now,
        ban: Ban,
        silent: float = SILENT,
    ) -> None:
        self._ccxt = _make(exchange, url=url, paced=pace is not None)
        self._ccxt.on_rest_response = self._hear
        self._ccxt.throttle = self._wait
        self._sleep, self._now, self._ban, self._pace = sleep, now, ban, pace
        self._silent = None if pace is None else silent
        self._purpose: ContextVar[Purpose] = ContextVar("purpose", default="universe")

    async def markets(self) -> Mapping[Symbol, Market]:
        """Every perpetual contract that is settled in USDT, as the venue has them now.

        None at all is no answer: ccxt reads a broken one so, and it must neither empty a universe nor ccxt's own list.
        """
        self._check()
        self._purpose.set("universe")
        listed = await self._request(self._ccxt.fetch_markets())
        if not listed:
            raise Temporary("the exchange lists no contract")
        return dict(_markets(self._ccxt.set_markets(listed)))

    async def volumes(self) -> Mapping[Symbol, Decimal]:
        """The quote volume of the last 24 hours, from the venue's own text; one request for all symbols."""
        self._check()
        self._purpose.set("universe")
        tickers = await self._request(self._ccxt.fetch_tickers())
        return {symbol: _amount(ticker["info"], "quoteVolume") for symbol, ticker in tickers.items()}

    async def candles(self, symbol: Symbol, timeframe: Timeframe, *, since: datetime, count: int) -> Sequence[Candle]:
        """Candles from `since` on, the forming one perhaps among them."""
        self._check()
        self._purpose.set(purpose_of(count))
        rows = await self._request(self._ccxt.fetch_ohlcv(symbol, str(timeframe), to_ms(since), count))
        try:
            return [Candle(int(row[0]), *(float(value) for value in row[1:6])) for row in rows]
        except UNREADABLE as error:
            raise _unread(error) from error

    def _check(self) -> None:
        """Raise Temporary while the venue refuses our address: a request would make it longer."""
        until = self._ban.until()
        if until is not None:
            raise Temporary("the exchange's rate limit", after=(until - self._now()).total_seconds())

    async def _wait(self, cost: float) -> None:
        """What ccxt calls before each request; not in a replay. While it waits, the venue may have refused us."""
        if self._pace is not None:
            await self._pace.wait(self._purpose.get(), weight=round(cost))
            self._check()

    async def _request(self, answer: Awaitable[Any]) -> Any:
        """The answer; whether there was one sets the pace."""
        try:
            found = await _asked(answer)
        except Temporary as error:
            if self._pace is not None and error.__cause__ is not None:  # the venue's, not our own
                self._pace.judge(answered=False)
            raise
        if self._pace is not None:
            self._pace.judge(answered=True)
        return found

    def _hear(self, *answer: Any) -> str:
        """What ccxt calls with each answer, and takes the text from."""
        status, _, url, _, headers, text, *_ = answer
        if self._pace is not None:
            self._pace.told(used=used_of(headers), limit=limit_of(str(url), str(text)))
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
                tickers = await self._told(awaited)
            except Temporary as error:
                log.warning("marks_interrupted", error=str(error))
                await self._sleep(RETRY_AFTER)
                tickers = {}
            awaited = await self._await_marks()
            if tickers:
                yield _marks(tickers)

    async def _told(self, awaited: "asyncio.Task[Any]") -> Any:
        """A frame of marks; raises Temporary where none came for long, so that the next connection is a new one."""
        try:
            async with asyncio.timeout(self._silent):
                return await _asked(awaited)
        except TimeoutError:
            await self._hang_up()
            raise Temporary(f"no mark price for {self._silent:g} seconds") from None

    async def _hang_up(self) -> None:
        """Close what should tell marks, and doesn't: it may answer pings for hours all the same."""
        for url, client in tuple(self._ccxt.clients.items()):
            if any(str(name).startswith(MARKS) for name in client.subscriptions):
                client.error = TimeoutError("silent")  # or its end would take the next one from ccxt's list
                del self._ccxt.clients[url]
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FAREWELL):
                        await client.close()

    async def _await_marks(self) -> "asyncio.Task[Any]":
        task = asyncio.create_task(self._ccxt.watch_mark_prices())
        await asyncio.sleep(0)  # let it register with ccxt
        return task

    def candle_stream(self, listener: Listener) -> CandleSockets:
        """Closed candles by websocket; to be followed once the markets are known."""
        return CandleSockets(exchange=self._ccxt, ask=_asked, listener=listener, sleep=self._sleep)

    async def close(self) -> None:
        """Close sockets; a venue that doesn't answer is not waited for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
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
    except OSError as error:  # of a socket that closes just as ccxt writes to it
        raise Temporary(f"{type(error).__name__}: {error}") from error
    except UNREADABLE as error:
        raise _unread(error) from error


def _unread(error: Exception) -> Temporary:
    """What stood there may be anything: ccxt reads as it comes."""
    return Temporary(f"the exchange answers what can't be read ({type(error).__name__})")


def _marks(tickers: Mapping[str, Any]) -> MarksSeen:
    """Prices come from the venue's own text, so no float stands between."""
    raw = [ticker["info"] for ticker in tickers.values()]
    steps = [int(info["step"]) for info in raw if "step" in info]
    return MarksSeen(
        at=from_ms(max(int(info["E"]) for info in raw)),
        marks={symbol: price for symbol, ticker in tickers.items() if (price := _amount(ticker["info"], "p"))},
        step=max(steps) if steps else None,
    )


def _markets(found: Mapping[Symbol, Mapping[str, Any]]) -> Iterator[tuple[Symbol, Market]]:
    """Those that are traded here; one that can't be read costs itself only."""
    for symbol, market in found.items():
        if not (market["swap"] and market["settle"] == "USDT" and market["info"].get("contractType") == PERPETUAL):
            continue
        try:
            yield symbol, _market(market)
        except UNREADABLE as error:
            log.warning("market_unread", symbol=symbol, error=f"{type(error).__name__}: {error}"[:200])


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
        listed_at=_listed_at(market["info"]),
    )


def _listed_at(info: Mapping[str, Any]) -> datetime | None:
    """Since when the venue has a contract; None where it does not say so."""
    said = str(info.get("onboardDate", ""))
    return from_ms(int(said)) if MILLISECONDS.fullmatch(said) else None


def _amount(info: Mapping[str, Any], name: str) -> Decimal:
    """As the venue writes it; what is no amount is nothing."""
    said = str(info.get(name, ""))
    return Decimal(said) if AMOUNT.fullmatch(said) else ZERO
