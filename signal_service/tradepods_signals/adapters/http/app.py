"""The application, and the server that runs it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from tradepods_core.errors import Permanent
from tradepods_signals.adapters.http import cycles, fleet, problems
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Doors

LAST_ANSWERS = 2  # seconds for answers under way once the service stops
BACKLOG = 1024


def make_app(doors: Doors, metrics: Metrics) -> FastAPI:
    """All routes."""
    app = FastAPI(title="Tradepods signal service", version="v1", docs_url=None, redoc_url=None)
    problems.install(app)
    app.include_router(cycles.make_router(doors))
    app.include_router(fleet.make_router(doors, metrics))
    return app


def listen(*, host: str, port: int, port_file: Path | None) -> socket.socket:
    """A listening socket; raises Permanent where the port is taken. Port 0 takes a free one, written to the file."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
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
    """uvicorn, which ends the open streams before it waits for connections to close."""

    def __init__(self, app: FastAPI, *, close_streams: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=LAST_ANSWERS))
        self._close_streams = close_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT."""
        self._close_streams()
        super().handle_exit(sig, frame)
