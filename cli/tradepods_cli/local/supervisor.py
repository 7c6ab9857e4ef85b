"""Starts our own programs, keeps them running, stops them in order.

A program that ends without being asked to is started again, later each time; one that says that it can't run (exit
code 2 or 3) is not. Should the supervisor itself be killed, the kernel tells its programs to stop.
"""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from tradepods_core.errors import Permanent

HOPELESS = (2, 3)  # exit codes after which starting again would fail again
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds
CALM_AFTER = 60.0  # seconds of running after which a crash counts as the first again
STOPS_WITHIN = 20.0  # seconds after SIGTERM before SIGKILL
POLL = 0.02  # seconds
LAST_LINES = 5
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One of our programs: `python -m {module} {arguments}`, its standard error going to a log file."""

    name: str
    module: str
    arguments: tuple[str, ...]
    log: Path
    port_file: Path | None = None


@dataclass(slots=True, eq=False)
class Running:
    """A program's process, and what became of it."""

    program: Program
    process: asyncio.subprocess.Process | None = None
    crashes: int = 0
    ended: str = ""
    keeper: "asyncio.Task[None] | None" = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    port: int | None = None

    @property
    def pid(self) -> int | None:
        """Of the present process."""
        return None if self.process is None else self.process.pid


class Supervisor:
    """All programs of one run."""

    def __init__(self) -> None:
        self.running: dict[str, Running] = {}

    async def start(self, program: Program) -> Running:
        """Start a program and keep it running."""
        running = Running(program)
        self.running[program.name] = running
        if program.port_file is not None:
            program.port_file.unlink(missing_ok=True)
        await _spawn(running)
        running.keeper = asyncio.create_task(_keep(running), name=f"keeper {program.name}")
        return running

    async def port(self, name: str, *, within: float = 30.0) -> int:
        """The port on which a program listens, once it does; raises Permanent where it has ended instead.

        Started again after a crash, it listens on the same one: others know it by then.
        """
        running = self.running[name]
        file = running.program.port_file
        if file is None:
            raise Permanent(f"{name} serves no port")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not file.exists() and not running.ended:  # noqa: ASYNC110 - a file of another process
                    await asyncio.sleep(POLL)
        if not file.exists():
            raise Permanent(running.ended or f"{name} does not listen after {within:g} s: see {running.program.log}")
        running.port = int(file.read_text("ascii"))
        return running.port

    async def stop(self, names: Sequence[str]) -> None:
        """Stop these programs at once, and wait until they are gone. Trouble with one keeps no other running."""
        stopping = (_stop(self.running[name]) for name in names if name in self.running)
        for failure in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(failure, BaseException):
                log.error("not_stopped", error=str(failure))

    async def stop_all(self) -> None:
        """Stop everything, what was started last first."""
        for name in reversed(list(self.running)):
            await self.stop([name])

    def kill(self, name: str) -> None:
        """End a program as a crash would: SIGKILL. It is started again."""
        process = self.running[name].process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGKILL)


async def _spawn(running: Running) -> None:
    program = running.program
    program.log.parent.mkdir(parents=True, exist_ok=True)
    port = () if running.port is None else ("--port", str(running.port))
    with program.log.open("ab") as output:
        running.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            program.module,
            *program.arguments,
            *port,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the others in order
            preexec_fn=_stop_with_parent,
        )


def _stop_with_parent() -> None:
    """Ask the kernel for SIGTERM once the parent is gone."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _keep(running: Running) -> None:
    """Wait for the end of the process; start another where that may help, until told to stop."""
    loop = asyncio.get_running_loop()
    while running.process is not None:
        begun = loop.time()
        code = await running.process.wait()
        if running.stopping.is_set() or code in HOPELESS:
            running.ended = _said(running, code)
            return
        running.crashes = 1 if loop.time() - begun > CALM_AFTER else running.crashes + 1
        pause = _pause(running.crashes)
        log.warning("restarting", program=running.program.name, code=code, pause=pause)
        await _rest(running, pause)
        await _respawn(running)
        if running.stopping.is_set() and running.process.returncode is None:
            running.process.terminate()  # told to stop while it was being started


async def _respawn(running: Running) -> None:
    """Start it again, however often that fails, unless told to stop."""
    while not running.stopping.is_set():
        try:
            await _spawn(running)
        except OSError as error:
            log.warning("not_started", program=running.program.name, error=str(error))
            await _rest(running, LONGEST_PAUSE)
        else:
            return


async def _rest(running: Running, pause: float) -> None:
    """Wait, unless told to stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause):
            await running.stopping.wait()


def _pause(crashes: int) -> float:
    """None after the first crash, then a second, doubling with each, at most half a minute."""
    return 0.0 if crashes <= 1 else min(FIRST_PAUSE * 2 ** (crashes - 2), LONGEST_PAUSE)


async def _stop(running: Running) -> None:
    running.stopping.set()
    if running.keeper is None:
        return
    process = running.process
    if process is not None and process.returncode is None:
        process.terminate()
    done, _ = await asyncio.wait({running.keeper}, timeout=STOPS_WITHIN)
    if not done and running.process is not None:
        running.process.kill()
    await running.keeper


def _said(running: Running, code: int) -> str:
    """Why a program ended: the error line that it wrote last."""
    try:
        lines = running.program.log.read_text("utf-8", errors="replace").splitlines()[-LAST_LINES:]
    except OSError:
        lines = []
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    why = errors[-1] if errors else f"see {running.program.log}"
    return f"{running.program.name} ended with code {code}: {why}"
