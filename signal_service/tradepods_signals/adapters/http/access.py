"""Who may call which route: a route names its roles, and is closed to everybody else."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from tradepods_signals.adapters.http import problems
from tradepods_signals.ports.callers import Caller, Role

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
EVERYONE: tuple[Role, ...] = ("worker", "reader", "admin")
READERS: tuple[Role, ...] = ("reader", "admin")
ADMINS: tuple[Role, ...] = ("admin",)
WORKERS: tuple[Role, ...] = ("worker",)
OPEN = Caller(role="admin", namespace="", name="anyone on this machine")  # where no tokens are asked for
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]
REFUSALS = (400, 401, 403, 429, 431)


def caller_of(request: Request) -> Caller:
    """Who asks, as the guard in front of all routes has found out."""
    caller: Caller = request.scope["caller"]
    return caller


def _account(caller: Caller) -> dict[str, str]:
    return {"namespace": caller.namespace, "name": caller.name}


def only(*roles: Role, own: bool = False) -> type[APIRoute]:
    """Routes that are open to these roles; with `own`, to a worker for the account alone that their path names."""

    class Restricted(APIRoute):
        """Looks at the caller before anything of the request is read."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["responses"] = {**problems.responses(*REFUSALS), **(kwargs.get("responses") or {})}
            kwargs["openapi_extra"] = {"security": SECURITY, **(kwargs.get("openapi_extra") or {})}
            super().__init__(*args, **kwargs)

        def get_route_handler(self) -> Handler:
            handler = super().get_route_handler()

            async def restricted(request: Request) -> Response:
                caller = caller_of(request)
                if caller is not OPEN and caller.role not in roles:
                    raise HTTPException(403, f"a token of role {caller.role} may not do this: {', '.join(roles)} may")
                if own and caller.role == "worker" and request.path_params != _account(caller):
                    raise HTTPException(403, f"this token is of account {caller.who}")
                return await handler(request)

            return restricted

    return Restricted
