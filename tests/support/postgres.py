"""A real PostgreSQL server, made for a run of the tests: it can be stopped, killed, frozen, and started again."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest

USER, PASSWORD = "tradepods", "postgres-password-4711"
NOBODY = "nobody"  # the server refuses to run as root
LOWEST, HIGHEST = 20_000, 32_000
WITHIN = 30.0  # seconds: a deadline, never a wait


def _programs() -> Path | None:
    """The folder of the newest server's programs; Debian keeps them out of the path."""
    found = shutil.which("postgres")
    if found is not None:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: int(file.parts[-3]))
    return debian[-1].parent if debian else None


def installed() -> bool:
    """Whether there is a server to start."""
    return _programs() is not None


class Server:
    """The server, on a port of loopback."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._as: dict[str, Any] = {"user": NOBODY, "group": "nogroup", "extra_groups": []} if not os.getuid() else {}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.port = _free_port()

    def make(self) -> None:
        """A cluster with one user, who has a password."""
        secret = self._folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        if self._as:
            for path in (self._folder, secret):
                shutil.chown(path, NOBODY)
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-U", USER, "--pwfile", str(secret)]
        command += ["--auth-host=scram-sha-256", "--auth-local=reject", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self._as)

    def start(self) -> None:
        """Until it takes connections."""
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        command += ["-k", "", "-c", "listen_addresses=127.0.0.1"]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self._as)
        log.close()
        deadline = time.monotonic() + WITHIN
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text("utf-8")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """By default as an administrator does: every connection ends. SIGQUIT is what a crash is like."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(WITHIN)
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It hangs: connections stay, nothing is answered."""
        processes = self._processes()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def database(self) -> str:
        """The URL of a new database."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str) -> str:
        """The URL of a database, with its password."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def ask(self, statement: str, *, url: str = "") -> list[tuple[Any, ...]]:
        """What the server says to a statement, as its superuser."""
        with psycopg.connect(url or self.url("postgres"), autocommit=True, connect_timeout=2) as connection:
            found = connection.execute(statement.encode())
            return [] if found.description is None else found.fetchall()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _answers(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False

    def _processes(self) -> list[int]:
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        return [pid, *map(int, children)]


class Between:
    """A line to the server that can break at the worst moment: when a commit was sent, and is not answered yet.

    Attributes:
        breaks: what becomes of the next commit: it arrives all the same, or is lost with the line.
        mended: whether the server can be reached again at once.

    """

    def __init__(self, port: int) -> None:
        self.port = 0
        self.breaks: Literal["", "arrives", "is lost"] = ""
        self.mended = True
        self._server_port = port
        self._broken = False
        self._open: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One more connection."""
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """Every connection, and until they are."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        if self._broken and not self.mended:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
        answers = asyncio.create_task(_pump(there, writer))
        try:
            while (asked := await reader.read(65_536)) and not (self.breaks and b"COMMIT" in asked):
                back.write(asked)
            answers.cancel()
            await asyncio.wait({answers})
            if asked:
                await self._break(asked, there, back)
        except OSError:
            pass
        finally:
            answers.cancel()
            back.close()
            writer.close()

    async def _break(self, commit: bytes, there: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self.breaks == "arrives":
            back.write(commit)
            await there.read(65_536)
        self._broken, self.breaks = True, ""


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await reader.read(65_536):
            writer.write(said)
    writer.close()


@asynccontextmanager
async def between(server: Server) -> AsyncIterator[Between]:
    """A line that a test breaks."""
    line = Between(server.port)
    listening = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    line.port = listening.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        listening.close()
        await line.close()


def _free_port() -> int:
    """Below those that the system gives to outgoing connections: one of them could take it while the server is down."""
    for port in range(LOWEST + os.getpid() % 5_000, HIGHEST):
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
    raise AssertionError


@contextmanager
def serving() -> Iterator[Server]:
    """A server until the end of the block; skips where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="tradepods-postgres-"))
    server = Server(folder, programs)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)
