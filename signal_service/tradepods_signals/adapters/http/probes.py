"""Routes that need no token: whether the process lives, whether it is ready, its figures."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from tradepods_signals.adapters.http.problems import ASK_AGAIN, answer, responses
from tradepods_signals.metrics import CONTENT_TYPE, Metrics
from tradepods_signals.ports.doors import Doors


def make_router(doors: Doors, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["probes"])

    @router.get("/healthz", response_class=PlainTextResponse)
    async def health() -> PlainTextResponse:
        """The process answers."""
        return PlainTextResponse("ok")

    @router.get("/readyz", response_class=PlainTextResponse, responses=responses(503))
    async def ready() -> Response:
        """The last cycle is younger than two periods."""
        why = doors.ready()
        return answer(status=503, detail=why, headers={"Retry-After": ASK_AGAIN}) if why else PlainTextResponse("ok")

    @router.get("/metrics", response_class=PlainTextResponse)
    async def figures() -> Response:
        """For Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router
