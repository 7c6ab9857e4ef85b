"""Routes of the cycles: the latest, by id, after another."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import Response

from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import CyclePage
from tradepods_signals.adapters.http.access import EVERYONE, only
from tradepods_signals.adapters.http.caching import NOT_MODIFIED, TAGGED, tagged
from tradepods_signals.adapters.http.problems import answer, responses
from tradepods_signals.ports.doors import Doors
from tradepods_signals.ports.history import FiledCycle

MOST_CYCLES = 100  # of one page
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


def _told(cycle: FiledCycle, known: str | None) -> Response:
    return tagged(cycle.body, tag=cycle.tag, known=known)
