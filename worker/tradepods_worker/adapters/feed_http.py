"""The signal service over HTTP: markets, the event stream with resume, heartbeats."""

import ssl
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from pathlib import Path

import httpx
import httpx_sse
import structlog
from pydantic import TypeAdapter, ValidationError

from tradepods_core.book.events import CycleArrived, MarksMoved, StrategiesSeen
from tradepods_core.errors import Invalid, Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_core.wire.published import Halt, PublishedStrategy
from tradepods_core.wire.stream import Marks, Ping, Reset
from tradepods_worker.ports import Clock, FeedEvent

CONNECT_WITHIN = 3.0  # seconds
ANSWER_WITHIN = 5.0  # seconds
SILENT_FOR = 60.0  # seconds without any event after which the stream counts as dead
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before the next try
_MARKETS: TypeAdapter[list[Market]] = TypeAdapter(list[Market])
_OBJECTS: TypeAdapter[list[dict[str, object]]] = TypeAdapter(list[dict[str, object]])
log = structlog.get_logger()


class NoToken(httpx.RequestError):
    """The file of the token can't be read; the message names it, never what is in it."""


class TokenFile(httpx.Auth):
    """Shows a token that stands in a file; whoever mounts it there replaces it before it expires."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Read it for this request; raises NoToken."""
        try:
            token = self._file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NoToken(f"can't read the token {self._file}: {type(error).__name__}") from None
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


class HttpFeed:
    """One worker's connection to the service.

    Args:
        token: a file with the token for it; None where it asks for none.
        tls: whose certificates are believed; by default those that the public authorities vouch for.

    """

    def __init__(
        self,
        *,
        url: str,
        exchange: str,
        namespace: str,
        name: str,
        wall: Clock,
        token: Path | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        timeout = httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN)
        auth = None if token is None else TokenFile(token)
        verify = tls or True
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False, auth=auth, verify=verify)
        self._url = url
        self._exchange = exchange
        self._account = f"{namespace}/{name}"
        self._wall = wall
        self._last_event: str | None = None
        self._unread = False

    async def markets(self, *, also: Sequence[Symbol]) -> Mapping[Symbol, Market]:
        """Markets of every watched symbol, and of those held."""
        found = await self._ask("GET", f"/v1/markets/{self._exchange}", params={"also": ",".join(also)})
        try:
            return {market.symbol: market for market in _MARKETS.validate_json(found.content)}
        except ValidationError as error:
            raise self._strange(error) from error

    async def report(self, heartbeat: Heartbeat) -> HeartbeatReply:
        """Tell how the account stands."""
        body = heartbeat.model_dump_json(by_alias=True)
        headers = {"Content-Type": "application/json"}
        found = await self._ask("POST", f"/v1/accounts/{self._account}/heartbeat", content=body, headers=headers)
        try:
            return HeartbeatReply.model_validate_json(found.content)
        except ValidationError as error:
            raise self._strange(error) from error

    async def events(self) -> AsyncIterator[FeedEvent]:
        """Cycles and marks; a broken stream is resumed after the last event that was seen."""
        pause = FIRST_PAUSE
        while True:
            try:
                async for event in self._connection():
                    pause = FIRST_PAUSE
                    yield event
                log.info("feed_ended", url=self._url)
            except (httpx.HTTPError, httpx_sse.SSEError) as error:
                log.warning("feed_broken", url=self._url, error=type(error).__name__, retry_in=pause)
            await self._wall.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _connection(self) -> AsyncIterator[FeedEvent]:
        headers = {} if self._last_event is None else {"Last-Event-ID": self._last_event}
        timeout = httpx.Timeout(SILENT_FOR, connect=CONNECT_WITHIN)
        async with httpx_sse.aconnect_sse(
            self._client, "GET", "/v1/stream", headers=headers, timeout=timeout
        ) as source:
            source.response.raise_for_status()
            async for event in source.aiter_sse():
                self._last_event = event.id or self._last_event
                if event.event == "strategies" or (event.event == "ping" and self._unread):
                    yield await self._strategies()
                found = self._event(event)
                if found is not None:
                    yield found

    async def _strategies(self) -> StrategiesSeen:
        """Those in force. Where they can't be read none is known to be: they are asked for again with the next ping."""
        try:
            answer = await self._ask("GET", "/v1/strategies")
            found = [_strategy(one) for one in _OBJECTS.validate_json(answer.content)]
        except (Temporary, ValidationError) as error:
            log.warning("strategies_unread", error=type(error).__name__, why="no management rule acts meanwhile")
            self._unread = True
            return StrategiesSeen(strategies={})
        self._unread = False
        return StrategiesSeen(strategies={one.key: one for one in found if one is not None})

    def _event(self, event: httpx_sse.ServerSentEvent) -> FeedEvent | None:
        """One event. A kind that this worker does not know comes from a newer service; garbage is said and left out."""
        try:
            match event.event:
                case "cycle":
                    return CycleArrived(cycle=Cycle.model_validate_json(event.data))
                case "marks":
                    marks = Marks.model_validate_json(event.data)
                    return MarksMoved(at=marks.at, marks=marks.marks, step=marks.step)
                case "ping":
                    return Ping.model_validate_json(event.data)
                case "halt":
                    return Halt.model_validate_json(event.data)
                case "reset":
                    return Reset.model_validate_json(event.data)
        except ValidationError as error:
            log.warning("feed_garbage", kind=event.event, error=str(error))
        return None

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            found = await self._client.request(method, path, params=params, content=content, headers=headers)
        except NoToken as error:
            raise Temporary(str(error)) from None
        except httpx.HTTPError as error:
            raise Temporary(f"the signal service {self._url} does not answer: {type(error).__name__}") from error
        if found.is_error:
            raise Temporary(f"the signal service {self._url} answers {found.status_code} to {path}")
        return found

    def _strange(self, error: ValidationError) -> Temporary:
        places = ", ".join(".".join(map(str, found["loc"])) for found in error.errors()[:3])
        return Temporary(f"the signal service {self._url} gives an answer that can't be read: {places}")


def _strategy(document: dict[str, object]) -> PublishedStrategy | None:
    """A strategy in force; None for one of a newer service that this worker can't act by."""
    try:
        found = PublishedStrategy.model_validate(document)
        read_strategy(found.spec.model_dump(by_alias=True, exclude_none=True))
    except (ValidationError, Invalid) as error:
        name = f"{document.get('namespace')}.{document.get('name')}"
        log.warning("strategy_garbage", strategy=name, error=str(error), why="none of its management rules acts")
        return None
    return found
