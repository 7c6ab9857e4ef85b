"""Runs an application until it is told to stop; says which port it took."""

import asyncio
import os
import signal
from pathlib import Path

import structlog
from aiohttp import web

from tradepods_core.errors import Permanent

log = structlog.get_logger()


async def serve(app: web.Application, *, host: str, port: int, port_file: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; raises Permanent where the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port, reuse_address=True)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise Permanent(f"can't listen on {host}:{port}: {error.strerror or error}") from error
    if port_file is not None:
        _announce(port_file, runner.addresses[0][1])
    log.info("listening", url=f"http://{host}:{runner.addresses[0][1]}")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def _announce(file: Path, port: int) -> None:
    """Write the port in one piece: whoever waits for the file never reads half of it."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(str(port), encoding="ascii")
    draft.replace(file)
