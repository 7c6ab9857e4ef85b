"""Routes that change what everybody does: halt, resume, a strategy on or off."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request

from tradepods_core.shapes import NAME_PATTERN
from tradepods_core.wire.published import Halt, StrategyInForce
from tradepods_core.wire.published import Request as Asked
from tradepods_signals.adapters.http.access import ADMINS, caller_of, only
from tradepods_signals.adapters.http.problems import responses
from tradepods_signals.ports.doors import Doors

NamePart = Annotated[str, Path(max_length=40, pattern=NAME_PATTERN)]
REFUSED: dict[int | str, dict[str, Any]] = responses(408, 413, 503)


def make_router(doors: Doors) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", route_class=only(*ADMINS), tags=["administration"])

    @router.post("/halt", responses=REFUSED)
    async def halt(asked: Asked, request: Request) -> Halt:
        """No account opens anything until this is resumed; what is open is still protected and may close."""
        return await doors.halt(why=asked.why, who=caller_of(request).who)

    @router.post("/resume", responses=REFUSED)
    async def resume(asked: Asked, request: Request) -> Halt:
        """Accounts may open again."""
        return await doors.resume(why=asked.why, who=caller_of(request).who)

    @router.post("/strategies/{namespace}/{name}/{verb}", responses={**REFUSED, **responses(404, 409)})
    async def switch(
        namespace: NamePart, name: NamePart, verb: Literal["enable", "disable"], asked: Asked, request: Request
    ) -> StrategyInForce:
        """Let a strategy signal again, or no longer; its manifest stays as it is."""
        key, who = f"{namespace}.{name}", caller_of(request).who
        return await doors.switch(key, enabled=verb == "enable", why=asked.why, who=who)

    return router
