"""What the market streams say at one step: marks, prices, books, trades, candles."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tradepods_core.money import HUNDRED, ZERO, plain
from tradepods_core.paper.quotes import Level, Moment
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_simulator.exchange.binanceusdm.shapes import Json
from tradepods_simulator.exchange.candles import MINUTE_MS, Candle
from tradepods_simulator.exchange.marketplace import FUNDING_MS, Levels, Marketplace
from tradepods_simulator.exchange.streams import Streams

MARKS = "!markPrice@arr@1s"
NAME = re.compile(r"(?P<symbol>[a-z0-9]+)@(?P<kind>[a-zA-Z]+?)(?P<more>\d+|_[0-9a-zA-Z]+)?(?P<pace>@\d+m?s)?")
PACE = re.compile(r"@\d+ms$")
ALL: dict[str, str] = {
    "!markPrice@arr": "markPrice",
    MARKS: "markPrice",
    "!ticker@arr": "ticker",
    "!miniTicker@arr": "miniTicker",
    "!bookTicker": "bookTicker",
}
SILENT = ("!forceOrder@arr", "!contractInfo", "!assetIndex@arr", "tradingSession")
DEPTHS = ("5", "10", "20")
DAY_MINUTES = 24 * 60
ENDLESS = Decimal(1_000_000)  # what is shown of a book without end, quote
MOST_LEVELS = 20


def is_stream(name: str, market: Marketplace) -> bool:
    """Whether the venue has such a stream."""
    if name in ALL or name in SILENT:
        return True
    found = NAME.fullmatch(name)
    if found is None or found["symbol"].upper() not in market.ids.values():
        return False
    return _has(found)


def _has(found: re.Match[str]) -> bool:
    """Whether symbols have such a stream."""
    kind, more = found["kind"], found["more"]
    if kind == "kline":
        return more is not None and _minutes(more.removeprefix("_")) is not None
    return (kind == "depth" and more in (None, *DEPTHS)) or (kind in SINGLE and more is None) or kind == "forceOrder"


def _minutes(timeframe: str) -> int | None:
    try:
        return Timeframe.parse(timeframe).seconds // 60
    except ValueError:
        return None


def book(moment: Moment, symbol: Symbol) -> tuple[Levels, Levels]:
    """Bids and asks, best first; a market without end shows one level of each."""
    quote, market = moment.quote(symbol), moment.markets[symbol]
    bids, asks = quote.bids, quote.asks
    size = max((ENDLESS / quote.last // market.step) * market.step, market.step)
    if bids is None:
        bids = (Level(quote.last, size),)
    if asks is None:
        asks = (Level(quote.last + market.tick, size),)
    return bids, asks


def levels_json(levels: Levels, *, limit: int) -> list[list[str]]:
    """Price and quantity of each level."""
    return [[plain(level.price), plain(level.quantity)] for level in levels[:limit]]


class MarketFrames:
    """Makes the frames of one exchange; remembers the books that it has shown, as differences are told."""

    def __init__(self, market: Marketplace) -> None:
        self._market = market
        self._shown: dict[Symbol, tuple[Levels, Levels]] = {}
        self._symbols = {name.lower(): symbol for symbol, name in market.ids.items()}

    def broadcast(self, streams: Streams, moment: Moment, *, running: bool) -> None:
        """Tell everyone what the present step is."""
        recorded: dict[str, list[Any]] = {}
        for name, frame in self._market.frames():
            recorded.setdefault(name, []).append(frame)
        for stream in streams.wanted():
            plain_name = PACE.sub("", stream)  # what is told is the same, however often the stream is to tell it
            if plain_name not in recorded:
                recorded[plain_name] = list(self.of(stream, moment, running=running))
            for frame in recorded[plain_name]:
                streams.broadcast(stream, frame)

    def of(self, stream: str, moment: Moment, *, running: bool) -> Iterator[Any]:
        """A stream's frames of this moment."""
        if stream in ALL:
            kind = ALL[stream]
            symbols = self._market.ids
            if kind == "bookTicker":
                yield from (self._one(kind, symbol, moment) for symbol in symbols)
            elif kind == "markPrice":
                yield self.marks(running=running)
            else:
                yield [self._one(kind, symbol, moment) for symbol in symbols]
        elif (found := NAME.fullmatch(stream)) is not None and found["symbol"] in self._symbols and _has(found):
            symbol, kind, more = self._symbols[found["symbol"]], found["kind"], found["more"]
            if kind == "kline":
                yield from self._klines(symbol, (more or "_1m").removeprefix("_"))
            elif kind == "depth" and (more is not None or self._market.book(symbol, limit=1) is None):
                yield self._depth(symbol, moment, levels=more)  # differences of a recorded book are recorded too
            elif kind in SINGLE:
                yield self._one(kind, symbol, moment)

    def marks(self, *, running: bool) -> list[Json]:
        """All mark prices; in a replay each element also says the step."""
        extra = {"step": self._market.step} if running else {}
        return [{**self._mark(symbol), **extra} for symbol in self._market.ids]

    def _one(self, kind: str, symbol: Symbol, moment: Moment) -> Json:
        match kind:
            case "markPrice":
                return self._mark(symbol)
            case "bookTicker":
                return self._book_ticker(symbol, moment)
            case "aggTrade" | "trade":
                return self._trade(symbol, kind)
            case _:
                return self._ticker(symbol, mini=kind == "miniTicker")

    def _mark(self, symbol: Symbol) -> Json:
        market = self._market
        price, now = plain(market.prices[symbol]), market.now_ms
        due = now - now % FUNDING_MS + FUNDING_MS
        rate = plain(market.rate(symbol, at_ms=due))
        shown = {"e": "markPriceUpdate", "E": now, "s": market.ids[symbol], "p": price, "i": price, "P": price}
        return {**shown, "ap": price, "r": rate, "T": due}

    def _book_ticker(self, symbol: Symbol, moment: Moment) -> Json:
        bids, asks = book(moment, symbol)
        now = self._market.now_ms
        best = {"b": "0", "B": "0", "a": "0", "A": "0"}
        if bids:
            best |= {"b": plain(bids[0].price), "B": plain(bids[0].quantity)}
        if asks:
            best |= {"a": plain(asks[0].price), "A": plain(asks[0].quantity)}
        shown = {"e": "bookTicker", "u": self._market.step, "E": now, "T": now, "s": self._market.ids[symbol]}
        return {**shown, **best}

    def _trade(self, symbol: Symbol, kind: str) -> Json:
        trade = self._market.trades(symbol, limit=1)[-1]
        price, quantity = plain(trade.price), plain(trade.quantity)
        shown: Json = {"e": kind, "E": self._market.now_ms, "T": trade.at_ms, "s": self._market.ids[symbol]}
        if kind == "trade":
            return {**shown, "t": trade.number, "p": price, "q": quantity, "X": "MARKET", "m": trade.sold}
        ids = {"a": trade.number, "f": trade.number, "l": trade.number}
        return {**shown, **ids, "p": price, "q": quantity, "nq": quantity, "m": trade.sold}

    def _depth(self, symbol: Symbol, moment: Moment, *, levels: str | None) -> Json:
        bids, asks = book(moment, symbol)
        now, step = self._market.now_ms, self._market.update_ids[symbol]
        shown: Json = {"e": "depthUpdate", "E": now, "T": now, "s": self._market.ids[symbol]}
        shown |= {"U": step, "u": step, "pu": max(step - 1, 0)}
        if levels is not None:
            sides = {"b": levels_json(bids, limit=int(levels)), "a": levels_json(asks, limit=int(levels))}
            return {**shown, **sides}
        before = self._shown.get(symbol, ((), ()))
        self._shown[symbol] = bids, asks
        return {**shown, "b": _difference(before[0], bids), "a": _difference(before[1], asks)}

    def _klines(self, symbol: Symbol, timeframe: str) -> Iterator[Json]:
        minutes = _minutes(timeframe) or 1
        candles = self._market.klines(symbol, minutes=minutes, from_ms=None, limit=2)
        now = self._market.now_ms
        for candle in candles:
            closes_ms = candle.open_ms + minutes * MINUTE_MS
            if candle is candles[-1] or closes_ms == now:  # the one before is told once more, as it closes
                yield self._kline(symbol, timeframe, candle, closes_ms=closes_ms)

    def _kline(self, symbol: Symbol, timeframe: str, candle: Candle, *, closes_ms: int) -> Json:
        name, volume = self._market.ids[symbol], plain(candle.volume)
        body: Json = {"t": candle.open_ms, "T": closes_ms - 1, "s": name, "i": timeframe, "f": 0, "L": 0}
        body |= {"o": plain(candle.opened), "c": plain(candle.close), "h": plain(candle.high), "l": plain(candle.low)}
        body |= {"v": volume, "n": 0, "x": closes_ms <= self._market.now_ms, "q": plain(candle.volume * candle.close)}
        body |= {"V": "0", "Q": "0", "B": "0"}
        return {"e": "kline", "E": self._market.now_ms, "s": name, "k": body}

    def _ticker(self, symbol: Symbol, *, mini: bool) -> Json:
        day = last_day(self._market, symbol)
        now, price = self._market.now_ms, self._market.prices[symbol]
        shown: Json = {"e": "24hrMiniTicker" if mini else "24hrTicker", "E": now, "s": self._market.ids[symbol]}
        shown |= {"c": plain(price), "o": plain(day.opened), "h": plain(day.high), "l": plain(day.low)}
        quote = plain(day.volume * day.close)
        shown |= {"v": plain(day.volume), "q": quote}
        if mini:
            return shown
        change = price - day.opened
        percent = ((price / day.opened - 1) * HUNDRED).quantize(Decimal("0.001"))
        shown |= {"p": plain(change), "P": plain(percent), "w": plain(day.close), "Q": "0", "O": day.open_ms, "C": now}
        return {**shown, "F": 0, "L": 0, "n": 0}


SINGLE = ("markPrice", "bookTicker", "aggTrade", "trade", "ticker", "miniTicker")


def last_day(market: Marketplace, symbol: Symbol) -> Candle:
    """The last 24 hours as one candle; its close is the volume-weighted price."""
    candles = market.klines(symbol, minutes=1, from_ms=None, limit=DAY_MINUTES)
    price = market.prices[symbol]
    volume = sum((candle.volume for candle in candles), ZERO)
    quote = sum((candle.volume * candle.close for candle in candles), ZERO)
    return Candle(
        open_ms=candles[0].open_ms if candles else market.now_ms - DAY_MINUTES * MINUTE_MS,
        opened=candles[0].opened if candles else price,
        high=max((candle.high for candle in candles), default=price),
        low=min((candle.low for candle in candles), default=price),
        close=(quote / volume).quantize(market.markets[symbol].tick) if volume else price,
        volume=volume,
    )


def _difference(before: Levels, now: Levels) -> list[list[str]]:
    """Levels that are new or other than before, and 0 for those that are gone."""
    shown = dict(now[:MOST_LEVELS])
    gone = [Level(price, ZERO) for price, _ in before[:MOST_LEVELS] if price not in shown]
    return levels_json((*now[:MOST_LEVELS], *gone), limit=2 * MOST_LEVELS)
