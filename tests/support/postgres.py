"""A real PostgreSQL server, made for a run of the tests: it can be stopped, killed, frozen, and started again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

USER, PASSWORD = "tradepods", "postgres-password-4711"
NOBODY = "nobody"  # the server refuses to run as root
WITHIN = 30.0  # seconds: a deadline, never a wait


def _programs() -> Path | None:
    """The folder of the newest server's programs; Debian keeps them out of the path."""
    found = shutil.which("postgres")
    if found is not None:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: int(file.parts[-3]))
    return debian[-1].parent if debian else None


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


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


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
        server.stop()
        shutil.rmtree(folder)
