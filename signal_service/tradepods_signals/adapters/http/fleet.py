"""Routes of the fleet: heartbeats in, digests and sums out."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import Response

from tradepods_core.shapes import NAME_PATTERN
from tradepods_core.wire.fleet import Fleet, Heartbeat, HeartbeatReply
from tradepods_core.wire.portfolio import Portfolio
from tradepods_signals.adapters.http.access import READERS, WORKERS, only
from tradepods_signals.adapters.http.caching import NOT_MODIFIED, TAGGED, tagged
from tradepods_signals.adapters.http.problems import responses
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.doors import Doors

NamePart = Annotated[str, Path(max_length=63, pattern=NAME_PATTERN)]
LATEST_VERSION = 2**53  # what JSON's numbers hold exactly
CHANGED: dict[int | str, dict[str, Any]] = {200: {"headers": TAGGED}, **NOT_MODIFIED}


def make_heartbeat_router(doors: Doors, metrics: Metrics) -> APIRouter:
    """What a worker reports."""
    router = APIRouter(prefix="/v1", route_class=only(*WORKERS, own=True), tags=["fleet"])

    @router.post("/accounts/{namespace}/{name}/heartbeat", responses=responses(408, 413))
    async def heartbeat(namespace: NamePart, name: NamePart, body: Heartbeat) -> HeartbeatReply:
        """A worker's digest of its account; what it is to know in return."""
        metrics.heartbeats.inc()
        return doors.heartbeat(namespace=namespace, name=name, heartbeat=body)

    return router


def make_router(doors: Doors) -> APIRouter:
    """How all accounts stand."""
    router = APIRouter(prefix="/v1", route_class=only(*READERS), tags=["fleet"])

    @router.get("/fleet", response_model=Fleet, responses={**CHANGED})
    async def fleet(
        after: Annotated[int, Query(ge=0, le=LATEST_VERSION)] = 0,
        known: Annotated[str | None, Header(alias="If-None-Match", max_length=500)] = None,
    ) -> Response:
        """The digests that changed after a version; all of them where that is of no run that this one knows."""
        tag, body = doors.fleet(after=after)
        return tagged(body, tag=tag, known=known)

    @router.get("/portfolio")
    async def portfolio() -> Portfolio:
        """All accounts together, by environment."""
        return doors.portfolio()

    return router
