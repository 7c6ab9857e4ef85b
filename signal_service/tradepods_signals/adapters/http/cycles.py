"""Routes of the cycles: the latest, by id, after another, and the event stream."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import CyclePage
from tradepods_signals.adapters.http.access import EVERYONE, OPEN, caller_of, only
from tradepods_signals.adapters.http.caching import NOT_MODIFIED, TAGGED, tagged
from tradepods_signals.adapters.http.problems import answer, responses
from tradepods_signals.ports import Caller, Doors, FiledCycle, Subscription

NO_BUFFER = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
MOST_CYCLES = 100  # of one page
EVENTS = "text/event-stream"
CYCLE_ID = r"^[1-9][0-9]{0,2}[mhd]@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
CycleId = Annotated[str, Path(pattern=CYCLE_ID, description="`5m@2026-11-20T12:05:00Z`")]
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=500)]
ONE: dict[int | str, dict[str, Any]] = {200: {"headers": TAGGED}, **NOT_MODIFIED}


def make_router(doors: Doors) -> APIRouter:
    """Cycles one by one."""
    router = APIRouter(prefix="/v1/cycles", route_class=only(*EVERYONE), tags=["cycles"])

    @router.get("/latest", response_model=Cycle, responses={**ONE, **responses(404)})
    async def latest(known: Known = None) -> Response:
        """The cycle published last; 404 says what is waited for before the first."""
        found = doors.latest()
        return answer(status=404, detail=doors.ready()) if found is None else _told(found, known)

    @router.get("/{cycle_id}", response_model=Cycle, responses={**ONE, **responses(404, 503)})
    async def one(cycle_id: CycleId, known: Known = None) -> Response:
        """One cycle, as long as the history keeps it."""
        return _told(await doors.cycle(cycle_id), known)

    @router.get("", responses=responses(404, 503))
    async def page(
        after: Annotated[str | None, Query(pattern=CYCLE_ID)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_CYCLES)] = 20,
    ) -> CyclePage:
        """Cycles in the order of their publication, after one of them or from the oldest on."""
        return await doors.cycles(after=after, limit=limit)

    return router


def make_stream_router(doors: Doors, *, most: int) -> APIRouter:
    """The event stream; `most` is how many of it one caller may read at once."""
    router = APIRouter(prefix="/v1", route_class=only(*EVERYONE), tags=["stream"])
    readers: Counter[Caller] = Counter()
    described: dict[int | str, dict[str, Any]] = {200: {"description": "events, without end", "content": {EVENTS: {}}}}

    @router.get("/stream", response_class=StreamingResponse, responses=described)
    async def stream(
        request: Request, last_event: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None
    ) -> StreamingResponse:
        """Server-sent events: cycle, marks, strategies, halt, ping; after `Last-Event-ID`, or `reset` comes first."""
        caller = caller_of(request)
        if caller is not OPEN and readers[caller] >= most:
            raise HTTPException(429, f"{caller.who} reads {most} streams already", {"Retry-After": "5"})
        events = _counted(lambda: doors.subscribe(last_event=last_event), caller, readers)
        return StreamingResponse(events, media_type=EVENTS, headers=NO_BUFFER)

    return router


async def _counted(
    subscribe: Callable[[], Subscription], caller: Caller, readers: "Counter[Caller]"
) -> AsyncIterator[bytes]:
    """The events. One who leaves before the first was never subscribed: there is nothing to clean up after."""
    readers[caller] += 1
    try:
        async for chunk in subscribe().chunks():
            yield chunk
    finally:
        readers[caller] -= 1
        if not readers[caller]:
            del readers[caller]


def _told(cycle: FiledCycle, known: str | None) -> Response:
    return tagged(cycle.body, tag=cycle.tag, known=known)
