"""Closed candles from the venue's kline streams, over websockets that ccxt opens, pings and closes.

ccxt's parser of candles forgets whether one has closed, so the frames of these connections are read here instead.
"""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import structlog

from tradepods_core.errors import Temporary, TradepodsError
from tradepods_core.times import Timeframe
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import Candle, Series

MOST = 200  # streams of one connection
PACE = 0.25  # seconds between subscriptions: the venue hears ten messages a second
AGAIN = 2.0  # seconds before a broken connection is opened again
SILENT = 120.0  # seconds without a frame after which a connection is not believed to live
FIRST = 10  # number of the first connection; ccxt counts its own from 0
BROKEN = "candles"  # what ccxt calls the wait for a connection's end
log = structlog.get_logger()


class Listener(Protocol):
    """Hears what the streams tell."""

    def begins(self, series: Series) -> None:
        """The stream speaks of this series."""
        ...

    def tell(self, series: Series, candle: Candle) -> None:
        """One of its candles has closed."""
        ...

    def breaks(self, series: Iterable[Series]) -> None:
        """Nothing is heard of these until they begin again."""
        ...


@dataclass(slots=True, eq=False)
class _Socket:
    """One connection: the streams that it is to tell, by name, and what has been heard since it was opened."""

    url: str
    wanted: dict[str, Series] = field(default_factory=dict)
    by_frame: dict[tuple[str, str], Series] = field(default_factory=dict)  # venue's symbol and interval
    begun: set[Series] = field(default_factory=set)
    frames: int = 0
    has_garbage: bool = False
    client: Any = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class CandleSockets:
    """As many connections as the series need.

    Args:
        exchange: ccxt's, with its markets loaded before anything is followed.
        ask: awaits what ccxt answers; raises Temporary, Permanent.
        listener: who hears closed candles.

    """

    def __init__(
        self,
        *,
        exchange: Any,
        ask: Callable[[Awaitable[Any]], Awaitable[Any]],
        listener: Listener,
        sleep: Sleep,
        silent: float = SILENT,
    ) -> None:
        self._ccxt, self._ask, self._listener = exchange, ask, listener
        self._sleep, self._silent = sleep, silent
        self._sockets: list[_Socket] = []
        self._added, self._turn = asyncio.Event(), asyncio.Lock()
        self._commands = 0

    def follow(self, series: Collection[Series]) -> None:
        """These from now on; what the venue has no stream of is left out."""
        named = {self._name(one): one for one in series if self._has(one)}
        held = {name for socket in self._sockets for name in socket.wanted}
        missing = {name: named[name] for name in sorted(named.keys() - held)}
        for socket in self._sockets:
            self._fill(socket, {name: one for name, one in socket.wanted.items() if name in named}, missing)
        while missing:
            base = self._ccxt.get_ws_url("linear", self._ccxt.get_future_ws_category("kline"))
            self._sockets.append(_Socket(f"{base}/{FIRST + len(self._sockets)}"))
            self._fill(self._sockets[-1], {}, missing)
        self._added.set()

    def _fill(self, socket: _Socket, kept: dict[str, Series], missing: dict[str, Series]) -> None:
        """Give a connection as many of the missing ones as it has room for."""
        for name in list(missing)[: MOST - len(kept)]:
            kept[name] = missing.pop(name)
        if kept != socket.wanted:
            socket.wanted = kept
            socket.by_frame = {(self._id(symbol), str(tf)): (symbol, tf) for symbol, tf in kept.values()}
            socket.begun &= set(kept.values())
            socket.changed.set()

    def _has(self, series: Series) -> bool:
        return series[0] in (self._ccxt.markets or {}) and str(series[1]) in self._ccxt.timeframes

    def _id(self, symbol: str) -> str:
        return str(self._ccxt.market(symbol)["id"])

    def _name(self, series: Series) -> str:
        return f"{self._id(series[0]).lower()}@kline_{series[1]}"

    async def run(self) -> None:
        """Keep the connections, without end."""
        async with asyncio.TaskGroup() as keeping:
            kept = 0
            while True:
                for socket in self._sockets[kept:]:
                    keeping.create_task(self._keep(socket))
                kept = len(self._sockets)
                self._added.clear()
                await self._added.wait()

    async def _keep(self, socket: _Socket) -> None:
        while True:
            try:
                await self._listen(socket)
            except TradepodsError as error:
                log.warning("candle_stream_interrupted", streams=len(socket.wanted), error=str(error))
                self._listener.breaks(tuple(socket.begun))
                socket.begun.clear()
                socket.has_garbage = False
                await self._sleep(AGAIN)

    async def _listen(self, socket: _Socket) -> None:
        """Subscribe to what is wanted whenever that changes; raises TradepodsError once the connection breaks."""
        while True:
            await socket.changed.wait() if not socket.wanted else None
            socket.changed.clear()
            async with self._turn:
                broken = await self._subscribed(socket)
                await self._sleep(PACE)
            await self._until_changed(socket, broken)

    async def _subscribed(self, socket: _Socket) -> "asyncio.Future[Any]":
        """Ask for what is new and no longer for what isn't wanted; the answer ends with the connection."""
        client = self._ccxt.client(socket.url)
        if client is not socket.client:
            socket.client = client
            client.handle_text_or_binary_message = partial(self._read, socket, client)
        gone = [name for name in client.subscriptions if name not in socket.wanted]
        new = [name for name in socket.wanted if name not in client.subscriptions]
        for name in gone:
            del client.subscriptions[name]
        if gone and not client.closed():
            await self._leave(client, gone)
        broken: asyncio.Future[Any] = self._ccxt.watch_multiple(
            socket.url, [BROKEN], self._command("SUBSCRIBE", new), new
        )
        return broken

    async def _leave(self, client: Any, gone: list[str]) -> None:
        """Ask for these no longer; raises Temporary where the connection is about to end: ccxt lets that through."""
        try:
            await client.send(self._command("UNSUBSCRIBE", gone))
        except ConnectionError as error:
            raise Temporary(f"{type(error).__name__}: {error}") from error

    def _command(self, method: str, names: list[str]) -> Mapping[str, Any]:
        self._commands += 1
        return {"method": method, "params": names, "id": self._commands}

    async def _until_changed(self, socket: _Socket, broken: "asyncio.Future[Any]") -> None:
        changed = asyncio.create_task(socket.changed.wait())
        try:
            while not (changed.done() or broken.done()):
                frames = socket.frames
                await asyncio.wait({changed, broken}, timeout=self._silent, return_when=asyncio.FIRST_COMPLETED)
                if not (changed.done() or broken.done()) and socket.frames == frames:
                    await self._hang_up(socket)
                    raise Temporary(f"no frame for {self._silent:g} seconds")
        finally:
            changed.cancel()
            if not broken.done():
                broken.cancel()
        if not broken.cancelled():
            await self._ask(broken)

    async def _hang_up(self, socket: _Socket) -> None:
        """Close a connection that is silent, so that the next is a new one."""
        socket.client.error = TimeoutError("silent")  # or its end would take the next one from ccxt's list
        self._ccxt.clients.pop(socket.url, None)
        await socket.client.close()

    def _read(self, socket: _Socket, client: Any, data: str | bytes) -> None:
        """One frame; one that can't be read costs itself only, and is said once a connection."""
        socket.frames += 1
        try:
            self._frame(socket, client, json.loads(data))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
            if not socket.has_garbage:
                socket.has_garbage = True
                log.warning("candle_frame_unread", error=f"{type(error).__name__}: {error}"[:200])

    def _frame(self, socket: _Socket, client: Any, message: Mapping[str, Any]) -> None:
        kline = message.get("k")
        if kline is not None:
            self._kline(socket, kline)
        elif "error" in message or "code" in message:
            client.on_error(Temporary(f"the venue says {str(message)[:200]}"))
        elif "result" not in message:  # else a command is acknowledged
            raise ValueError(f"{str(message)[:100]} is no candle")

    def _kline(self, socket: _Socket, kline: Mapping[str, Any]) -> None:
        series = socket.by_frame.get((kline["s"], kline["i"]))
        if series is None:  # no longer wanted
            return
        if series not in socket.begun:
            socket.begun.add(series)
            self._listener.begins(series)
        if kline["x"] is True:
            self._listener.tell(series, _candle(kline, series[1]))


def _candle(kline: Mapping[str, Any], timeframe: Timeframe) -> Candle:
    """A closed candle; raises ValueError where it is none."""
    candle = Candle(int(kline["t"]), *(float(kline[name]) for name in "ohlcv"))
    if not all(math.isfinite(value) for value in candle) or min(candle[1:5]) <= 0 or candle.volume < 0:
        raise ValueError("a candle without a price")
    if candle.open_ms % (timeframe.seconds * 1000):
        raise ValueError(f"{candle.open_ms} is no time of a candle of {timeframe}")
    return candle
