"""Routes of what is looked at: strategies, and the venue's markets."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.wire.published import PublishedStrategy, StrategyProblem
from tradepods_signals.adapters.http.access import EVERYONE, only
from tradepods_signals.adapters.http.problems import ASK_AGAIN, answer, responses
from tradepods_signals.ports.doors import Doors

EXCHANGE = "binanceusdm"
LONGEST_ALSO = 10_000  # characters: 200 symbols


def make_router(doors: Doors) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", route_class=only(*EVERYONE), tags=["strategies and markets"])

    @router.get("/strategies")
    async def strategies() -> list[PublishedStrategy]:
        """The strategies in force, and whether each may signal."""
        return list(doors.strategies())

    @router.get("/strategies/problems")
    async def problems() -> list[StrategyProblem]:
        """What keeps other strategies out, with file, path and fix; empty where all could be read."""
        return list(doors.broken())

    @router.get("/markets/{exchange}", response_model=list[Market], responses=responses(404, 503))
    async def markets(
        exchange: Annotated[str, Path(max_length=40)],
        also: Annotated[str, Query(max_length=LONGEST_ALSO)] = "",
    ) -> list[Market] | Response:
        """Markets of every watched symbol, and of those in `also`, separated by commas."""
        if exchange != EXCHANGE:
            return answer(status=404, detail=f"this service reads {EXCHANGE}")
        wanted: list[Symbol] = [symbol for symbol in also.split(",") if symbol]
        found = doors.markets(wanted)
        if found is None:
            return answer(status=503, detail=doors.ready(), headers={"Retry-After": ASK_AGAIN})
        return list(found)

    return router
