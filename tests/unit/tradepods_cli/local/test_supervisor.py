"""The supervisor: real programs are started, started again after a crash, and stopped in order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tradepods_cli.local import supervisor as module
from tradepods_cli.local.supervisor import Program, Running, Supervisor
from tradepods_core.errors import Permanent

# What it does at its first start, its second, and so on: crash, say that it can't run, serve until it is told to stop.
PROGRAM = """
import argparse, pathlib, signal, sys

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("name")
parser.add_argument("acts", nargs="+")
parser.add_argument("--port", type=int)
given = parser.parse_args()

def note(file, text):
    with (given.folder / file).open("a") as lines:
        lines.write(text)

note(f"{given.name}.starts", "x")
number = len((given.folder / f"{given.name}.starts").read_text())
act = given.acts[min(number, len(given.acts)) - 1]

def stop(*_):
    note("stopped", given.name)
    sys.exit(0)

if act in ("serve", "deaf"):
    signal.signal(signal.SIGTERM, stop if act == "serve" else signal.SIG_IGN)
    draft = given.folder / f"{given.name}.draft"
    draft.write_text(str(given.port or 9000 + number))
    draft.replace(given.folder / f"{given.name}.port")
    while True:
        signal.pause()
print("starting", flush=True)
print(f"error: {given.name} finds no market", file=sys.stderr)
if act == "chatty":
    print("\\n".join(map(str, range(20))))
sys.exit({"crash": 1, "done": 0, "chatty": 3}[act] if act.isalpha() else int(act))
"""


@pytest.fixture
async def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervisor]:
    """A supervisor whose program can be found; whatever a test leaves running is stopped."""
    (tmp_path / "tiny_program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = Supervisor()
    yield found
    await found.stop_all()


def _program(folder: Path, *acts: str, name: str = "p") -> Program:
    return Program(
        name=name,
        module="tiny_program",
        arguments=(str(folder), name, *acts),
        log=folder / f"{name}.log",
        port_file=folder / f"{name}.port",
    )


def _starts(folder: Path, name: str = "p") -> int:
    return len((folder / f"{name}.starts").read_text())


async def _until(condition: Callable[[], object], *, every: float = 0.005) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(every)


async def _ended(running: Running) -> str:
    await _until(lambda: running.ended)
    return running.ended


async def _stopped(supervisor: Supervisor) -> None:
    """Stop everything, long before anything would be killed."""
    async with asyncio.timeout(module.STOPS_WITHIN / 2):
        await supervisor.stop_all()


async def test_a_program_says_on_which_port_it_listens(supervisor: Supervisor, tmp_path: Path) -> None:
    """What an earlier run has left there is not believed."""
    (tmp_path / "p.port").write_text("1")
    running = await supervisor.start(_program(tmp_path, "serve"))

    assert await supervisor.port("p") == running.port == 9001
    assert running.pid is not None
    assert (running.ended, running.crashes) == ("", 0)


async def test_a_program_that_crashes_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """At once, for the first time."""
    running = await supervisor.start(_program(tmp_path, "crash", "serve"))

    assert await supervisor.port("p") == 9002
    assert (running.ended, running.crashes) == ("", 1)


async def test_a_program_that_is_killed_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """As after any crash: another process, on the port that others know by now."""
    running = await supervisor.start(_program(tmp_path, "serve"))
    port, first = await supervisor.port("p"), running.pid
    (tmp_path / "p.port").unlink()
    supervisor.kill("p")

    assert await supervisor.port("p") == port == 9001
    assert running.pid != first
    assert _starts(tmp_path) == 2


async def test_a_program_that_crashes_again_is_started_later_each_time(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time at once, then after pauses that double; it is never given up."""
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    with capture_logs() as said:
        running = await supervisor.start(_program(tmp_path, "crash", "crash", "crash", "crash", "serve"))
        assert await supervisor.port("p") == 9005

    assert running.crashes == 4
    assert [line["pause"] for line in said if line["event"] == "restarting"] == [0.0, 0.001, 0.002, 0.004]


@pytest.mark.parametrize(
    ("crashes", "pause"), [(1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (1_000, 30)]
)
def test_pauses_double_up_to_half_a_minute(crashes: int, pause: float) -> None:
    """In seconds, by the number of crashes in a row."""
    assert module._pause(crashes) == pause


async def test_a_crash_after_a_calm_time_counts_as_the_first(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was long ago does not make it wait."""
    monkeypatch.setattr(module, "CALM_AFTER", 0.0)
    running = await supervisor.start(_program(tmp_path, "crash", "crash", "serve"))

    assert await supervisor.port("p") == 9003
    assert running.crashes == 1


@pytest.mark.parametrize("code", [2, 3])
async def test_a_program_that_says_it_can_not_run_is_not_started_again(
    supervisor: Supervisor, tmp_path: Path, code: int
) -> None:
    """The error line that it wrote is what the person hears."""
    running = await supervisor.start(_program(tmp_path, str(code)))

    assert await _ended(running) == f"p ended with code {code}: p finds no market"
    assert _starts(tmp_path) == 1


async def test_a_program_that_is_done_is_not_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """Code 0 is no crash."""
    running = await supervisor.start(_program(tmp_path, "done"))

    assert (await _ended(running)).startswith("p ended with code 0")
    assert _starts(tmp_path) == 1


async def test_where_the_last_lines_hold_no_error_the_log_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    """An error long before the end explains nothing."""
    running = await supervisor.start(_program(tmp_path, "chatty"))

    assert await _ended(running) == f"p ended with code 3: see {tmp_path / 'p.log'}"


async def test_a_log_is_kept_over_restarts(supervisor: Supervisor, tmp_path: Path) -> None:
    """Both outputs of every run, one after the other."""
    await _ended(await supervisor.start(_program(tmp_path, "crash", "3")))
    log = (tmp_path / "p.log").read_text()

    assert log.count("starting") == log.count("error: p finds no market") == 2


async def test_waiting_for_the_port_of_a_program_that_ended_says_why(supervisor: Supervisor, tmp_path: Path) -> None:
    """In the program's own words, and without waiting for longer."""
    await supervisor.start(_program(tmp_path, "3"))

    with pytest.raises(Permanent, match="p ended with code 3: p finds no market"):
        await supervisor.port("p")


async def test_waiting_for_a_port_has_an_end(supervisor: Supervisor, tmp_path: Path) -> None:
    """Where a program runs and never listens, its log is named."""
    program = _program(tmp_path, "serve")
    await supervisor.start(
        Program(
            name="p",
            module="tiny_program",
            arguments=program.arguments,
            log=program.log,
            port_file=tmp_path / "never.port",
        )
    )

    with pytest.raises(Permanent, match=r"p does not listen after 0\.05 s: see .*p\.log"):
        await supervisor.port("p", within=0.05)


async def test_stopping_sends_sigterm_and_waits(supervisor: Supervisor, tmp_path: Path) -> None:
    """The program ends by itself, and is not started again."""
    running = await supervisor.start(_program(tmp_path, "serve"))
    await supervisor.port("p")
    await supervisor.stop(["p", "nobody"])

    assert (tmp_path / "stopped").read_text() == "p"
    assert running.process is not None
    assert running.process.returncode == 0
    assert running.ended.startswith("p ended with code 0")
    assert _starts(tmp_path) == 1


async def test_stopping_does_not_wait_out_a_pause(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is down already is gone at once, with why it ended, and is not started again."""
    monkeypatch.setattr(module, "FIRST_PAUSE", module.LONGEST_PAUSE)
    running = await supervisor.start(_program(tmp_path, "crash"))
    await _until(lambda: running.crashes == 2)
    await _stopped(supervisor)

    assert running.ended == "p ended with code 1: p finds no market"
    assert _starts(tmp_path) == 2


@pytest.mark.parametrize("moments", range(6))
async def test_a_program_that_is_just_being_started_again_is_stopped_too(
    supervisor: Supervisor, tmp_path: Path, moments: int
) -> None:
    """Whether its process is there yet or not: none is left, and none follows."""
    running = await supervisor.start(_program(tmp_path, "crash", "serve"))
    await _until(lambda: running.crashes == 1, every=0)
    for _ in range(moments):
        await asyncio.sleep(0)
    await _stopped(supervisor)

    assert running.process is not None
    assert running.process.returncode is not None
    assert running.ended != ""
    assert _starts(tmp_path) <= 2


async def test_a_program_that_does_not_stop_is_killed(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some patience."""
    monkeypatch.setattr(module, "STOPS_WITHIN", 0.05)
    running = await supervisor.start(_program(tmp_path, "deaf"))
    await supervisor.port("p")
    await supervisor.stop(["p"])

    assert running.process is not None
    assert running.process.returncode == -signal.SIGKILL
    assert _starts(tmp_path) == 1


async def test_all_are_stopped_the_last_one_first(supervisor: Supervisor, tmp_path: Path) -> None:
    """Workers before the service that they listen to."""
    for name in ("a", "b", "c"):
        await supervisor.start(_program(tmp_path, "serve", name=name))
        await supervisor.port(name)
    await supervisor.stop_all()

    assert (tmp_path / "stopped").read_text() == "cba"


async def test_stopping_what_has_ended_changes_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    """Neither its end nor why."""
    running = await supervisor.start(_program(tmp_path, "3"))
    said = await _ended(running)
    await supervisor.stop_all()
    supervisor.kill("p")

    assert running.ended == said
    assert _starts(tmp_path) == 1
