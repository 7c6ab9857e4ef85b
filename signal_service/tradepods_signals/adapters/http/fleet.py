"""Routes of the fleet: heartbeats in, digests out; and the probes."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse, Response

from tradepods_core.shapes import NAME_PATTERN
from tradepods_core.wire.fleet import Fleet, Heartbeat, HeartbeatReply
from tradepods_signals.adapters.http.problems import answer
from tradepods_signals.metrics import CONTENT_TYPE, Metrics
from tradepods_signals.ports import Doors

NamePart = Annotated[str, Path(max_length=63, pattern=NAME_PATTERN)]


def make_router(doors: Doors, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.post("/v1/accounts/{namespace}/{name}/heartbeat")
    async def heartbeat(namespace: NamePart, name: NamePart, body: Heartbeat) -> HeartbeatReply:
        """A worker's digest of its account."""
        return doors.heartbeat(namespace=namespace, name=name, heartbeat=body)

    @router.get("/v1/fleet")
    async def fleet(after: Annotated[int, Query(ge=0)] = 0) -> Fleet:
        """The digests that changed after a version."""
        return doors.fleet(after=after)

    @router.get("/healthz")
    async def health() -> PlainTextResponse:
        """The process answers."""
        return PlainTextResponse("ok")

    @router.get("/readyz")
    async def ready() -> Response:
        """The last cycle is younger than two periods."""
        why = doors.ready()
        return answer(status=503, title="not ready", detail=why) if why else PlainTextResponse("ok")

    @router.get("/metrics")
    async def figures() -> Response:
        """For Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router
