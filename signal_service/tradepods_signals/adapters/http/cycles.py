"""Routes of the cycles: the latest, and the event stream."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_signals.adapters.http.problems import answer
from tradepods_signals.ports import Doors

EXCHANGE = "binanceusdm"
NO_BUFFER = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def make_router(doors: Doors) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1")

    @router.get("/cycles/latest")
    async def latest(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The cycle published last."""
        found = doors.latest()
        if found is None:
            return answer(status=404, title="no cycle yet", detail=doors.ready())
        name, body = found
        tag = f'"{name}"'
        if if_none_match == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, media_type="application/json", headers={"ETag": tag})

    @router.get("/stream")
    async def stream(last_event_id: Annotated[str | None, Header()] = None) -> StreamingResponse:
        """Server-sent events: cycle, marks, ping, reset."""
        chunks = doors.subscribe(last_event=last_event_id).chunks()
        return StreamingResponse(chunks, media_type="text/event-stream", headers=NO_BUFFER)

    @router.get("/strategies")
    async def strategies() -> list[Strategy]:
        """The strategies in force."""
        return list(doors.strategies())

    @router.get("/markets/{exchange}", response_model=list[Market])
    async def markets(exchange: str, also: str = "") -> list[Market] | Response:
        """Markets of every watched symbol, and of those in `also`, separated by commas."""
        if exchange != EXCHANGE:
            return answer(status=404, title="no such exchange", detail=f"this service reads {EXCHANGE}")
        wanted: list[Symbol] = [symbol for symbol in also.split(",") if symbol]
        found = doors.markets(wanted)
        return answer(status=503, title="not ready", detail=doors.ready()) if found is None else list(found)

    return router
