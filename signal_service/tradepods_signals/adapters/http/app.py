"""The application, and the server that runs it."""

import asyncio
import contextlib
import functools
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from tradepods_core.errors import Permanent
from tradepods_core.wire.problem import ProblemDocument
from tradepods_signals.adapters.http import admin, cycles, fleet, market, probes, problems, stream
from tradepods_signals.adapters.http.bounds import USUAL, Bounds
from tradepods_signals.adapters.http.connections import BoundedProtocol, Doorstep
from tradepods_signals.adapters.http.guard import Guard
from tradepods_signals.adapters.http.heartbeats import Shortcut
from tradepods_signals.adapters.http.pace import Pace
from tradepods_signals.adapters.http.tls import Certificate
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.callers import Gate
from tradepods_signals.ports.doors import Doors

LAST_ANSWERS = 2  # seconds for answers under way once the service stops
BACKLOG = 1024
ABOUT = """Signals of every strategy, computed once and published to every account's worker.

Every route under /v1 needs a bearer token, and names the roles that may call it. Refusals are problem documents."""


def make_app(
    doors: Doors, metrics: Metrics, *, gate: Gate | None, seconds: Callable[[], float], bounds: Bounds = USUAL
) -> FastAPI:
    """All routes. Without a gate nobody is asked for a token.

    Args:
        seconds: a clock that only goes forward, for how often one caller may ask.

    """
    app = FastAPI(
        title="Tradepods signal service",
        version="v1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # else each request asks whether there is any
    )
    problems.install(app)
    for router in (
        cycles.make_router(doors),
        stream.make_router(doors, most=bounds.streams),
        market.make_router(doors),
        fleet.make_heartbeat_router(doors, metrics),
        fleet.make_router(doors),
        admin.make_router(doors),
        probes.make_router(doors, metrics),
    ):
        app.include_router(router)
    pace = Pace(rate=bounds.requests_per_second, burst=bounds.requests_at_once, seconds=seconds)
    app.add_middleware(Shortcut, doors=doors, metrics=metrics)
    app.add_middleware(Guard, gate=gate, pace=pace, metrics=metrics, bounds=bounds)
    app.openapi = functools.partial(_described, app)  # type: ignore[method-assign]  # as FastAPI's own guide has it
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI, with what FastAPI does not find by itself: the problem document, and how a token is sent."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        parts = schema.setdefault("components", {})
        parts.setdefault("schemas", {})["ProblemDocument"] = ProblemDocument.model_json_schema(by_alias=True)
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        for operation in (operation for methods in schema["paths"].values() for operation in methods.values()):
            if "422" in operation["responses"]:  # FastAPI's own form, which nothing here is answered in
                operation["responses"]["422"] = problems.responses(422)[422]
        parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return app.openapi_schema or {}


def listen(*, host: str, port: int, port_file: Path | None) -> socket.socket:
    """A listening socket; raises Permanent where the port is taken. Port 0 takes a free one, written to the file."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: else asyncio leaves Nagle on
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise Permanent(f"can't listen on {host}:{port}: {error.strerror or error}") from error
    if port_file is not None:
        draft = port_file.with_name(f"{port_file.name}.{os.getpid()}")
        draft.write_text(str(found.getsockname()[1]), encoding="ascii")
        draft.replace(port_file)
    return found


class Server(uvicorn.Server):
    """uvicorn, which ends the open streams before it waits for connections to close.

    Args:
        bounds: of its connections.
        certificate: what it shows; None serves plain HTTP.

    """

    def __init__(
        self,
        app: FastAPI,
        *,
        close_streams: Callable[[], None],
        bounds: Bounds = USUAL,
        certificate: Certificate | None = None,
    ) -> None:
        self.doorstep = Doorstep(most=bounds.strangers)
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here asks where a request came from
            backlog=BACKLOG,
            timeout_keep_alive=bounds.idle_seconds,  # type: ignore[arg-type]  # a timer's delay: fractions do
            timeout_graceful_shutdown=LAST_ANSWERS,
        )
        super().__init__(config)
        self._close_streams, self._bounds, self._certificate = close_streams, bounds, certificate

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; uvicorn's own way would leave a TLS handshake a whole minute."""
        make = functools.partial(
            BoundedProtocol,
            doorstep=self.doorstep,
            bounds=self._bounds,
            config=self.config,
            server_state=self.server_state,
            app_state={},
        )
        tls = None if self._certificate is None else self._certificate.context
        within = None if tls is None else self._bounds.head_seconds
        self.servers = [
            await asyncio.get_running_loop().create_server(
                make, sock=sock, ssl=tls, backlog=BACKLOG, ssl_handshake_timeout=within
            )
            for sock in sockets or ()
        ]
        self.started = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT."""
        self._close_streams()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM asks for an orderly end: uvicorn would raise it again, and nothing after it would be closed."""
        with super().capture_signals():
            yield
            self._captured_signals = [sig for sig in self._captured_signals if sig != signal.SIGTERM]
