"""The supervisor: real programs are started, started again after a crash, and stopped in order."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from support.programs import PROGRAM, program, starts
from tradepods_cli.local import supervisor as module
from tradepods_cli.local.supervisor import Running, Supervisor
from tradepods_core.errors import Permanent


@pytest.fixture
async def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervisor]:
    """A supervisor whose program can be found; whatever a test leaves running is stopped."""
    (tmp_path / "tiny_program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = Supervisor()
    yield found
    await found.stop_all()


async def _until(condition: Callable[[], object], *, every: float = 0.005) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(every)


async def _ended(running: Running) -> str:
    await _until(lambda: running.ended)
    return running.ended


async def _broken() -> None:
    raise OSError("the disk is gone")


async def _stopped(supervisor: Supervisor) -> None:
    """Stop everything, long before anything would be killed."""
    async with asyncio.timeout(module.STOPS_WITHIN / 2):
        await supervisor.stop_all()


async def test_a_program_says_on_which_port_it_listens(supervisor: Supervisor, tmp_path: Path) -> None:
    """What an earlier run has left there is not believed."""
    (tmp_path / "p.port").write_text("1")
    running = await supervisor.start(program(tmp_path, "serve"))

    assert await supervisor.port("p") == running.port == 9001
    assert running.pid is not None
    assert (running.ended, running.crashes) == ("", 0)


async def test_a_program_that_crashes_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """At once, for the first time."""
    running = await supervisor.start(program(tmp_path, "crash", "serve"))

    assert await supervisor.port("p") == 9002
    assert (running.ended, running.crashes) == ("", 1)


async def test_a_program_that_is_killed_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """As after any crash: another process, on the port that others know by now."""
    running = await supervisor.start(program(tmp_path, "serve"))
    port, first = await supervisor.port("p"), running.pid
    (tmp_path / "p.port").unlink()
    supervisor.kill("p")

    assert await supervisor.port("p") == port == 9001
    assert running.pid != first
    assert starts(tmp_path) == 2


async def test_a_program_that_crashes_again_is_started_later_each_time(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time at once, then after pauses that double; it is never given up."""
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    with capture_logs() as said:
        running = await supervisor.start(program(tmp_path, "crash", "crash", "crash", "crash", "serve"))
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
    running = await supervisor.start(program(tmp_path, "crash", "crash", "serve"))

    assert await supervisor.port("p") == 9003
    assert running.crashes == 1


@pytest.mark.parametrize("code", [2, 3])
async def test_a_program_that_says_it_can_not_run_is_not_started_again(
    supervisor: Supervisor, tmp_path: Path, code: int
) -> None:
    """The error line that it wrote is what the person hears."""
    running = await supervisor.start(program(tmp_path, str(code)))

    assert await _ended(running) == f"p ended with code {code}: p finds no market"
    assert starts(tmp_path) == 1


async def test_a_program_that_somebody_else_stopped_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """A worker whose position is open: only whoever supervises it may stop it."""
    running = await supervisor.start(program(tmp_path, "done", "serve"))

    assert await supervisor.port("p") == 9002
    assert (running.ended, running.crashes) == ("", 1)


async def test_a_log_folder_that_was_taken_away_is_made_anew(supervisor: Supervisor, tmp_path: Path) -> None:
    """Whoever cleans logs up must not end the supervision."""
    changed = replace(program(tmp_path, "serve", "serve"), log=tmp_path / "logs" / "p.log")
    running = await supervisor.start(changed)
    await supervisor.port("p")
    shutil.rmtree(tmp_path / "logs")
    supervisor.kill("p")
    await _until(lambda: running.crashes == 1 and starts(tmp_path) == 2)

    assert changed.log.exists()


async def test_what_can_not_be_stopped_keeps_no_other_running(supervisor: Supervisor, tmp_path: Path) -> None:
    """Each is stopped for itself."""
    broken = await supervisor.start(program(tmp_path, "serve", name="a"))
    whole = await supervisor.start(program(tmp_path, "serve", name="b"))
    for name in "ab":
        await supervisor.port(name)
    keeper, broken.keeper = broken.keeper, asyncio.create_task(_broken())
    await _stopped(supervisor)
    assert keeper is not None
    await keeper

    assert "code 0" in whole.ended


async def test_where_the_last_lines_hold_no_error_the_log_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    """An error long before the end explains nothing."""
    running = await supervisor.start(program(tmp_path, "chatty"))

    assert await _ended(running) == f"p ended with code 3: see {tmp_path / 'p.log'}"


async def test_a_log_is_kept_over_restarts(supervisor: Supervisor, tmp_path: Path) -> None:
    """Both outputs of every run, one after the other."""
    await _ended(await supervisor.start(program(tmp_path, "crash", "3")))
    log = (tmp_path / "p.log").read_text()

    assert log.count("starting") == log.count("error: p finds no market") == 2


async def test_waiting_for_the_port_of_a_program_that_ended_says_why(supervisor: Supervisor, tmp_path: Path) -> None:
    """In the program's own words, and without waiting for longer."""
    await supervisor.start(program(tmp_path, "3"))

    with pytest.raises(Permanent, match="p ended with code 3: p finds no market"):
        await supervisor.port("p")


async def test_waiting_for_a_port_has_an_end(supervisor: Supervisor, tmp_path: Path) -> None:
    """Where a program runs and never listens, its log is named."""
    await supervisor.start(replace(program(tmp_path, "serve"), port_file=tmp_path / "never.port"))

    with pytest.raises(Permanent, match=r"p does not listen after 0\.05 s: see .*p\.log"):
        await supervisor.port("p", within=0.05)


async def test_stopping_sends_sigterm_and_waits(supervisor: Supervisor, tmp_path: Path) -> None:
    """The program ends by itself, and is not started again."""
    running = await supervisor.start(program(tmp_path, "serve"))
    await supervisor.port("p")
    await supervisor.stop(["p", "nobody"])

    assert (tmp_path / "stopped").read_text() == "p"
    assert running.process is not None
    assert running.process.returncode == 0
    assert running.ended.startswith("p ended with code 0")
    assert starts(tmp_path) == 1


async def test_stopping_does_not_wait_out_a_pause(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is down already is gone at once, with why it ended, and is not started again."""
    monkeypatch.setattr(module, "FIRST_PAUSE", module.LONGEST_PAUSE)
    running = await supervisor.start(program(tmp_path, "crash"))
    await _until(lambda: running.crashes == 2)
    await _stopped(supervisor)

    assert running.ended == "p ended with code 1: p finds no market"
    assert starts(tmp_path) == 2


@pytest.mark.parametrize("moments", range(6))
async def test_a_program_that_is_just_being_started_again_is_stopped_too(
    supervisor: Supervisor, tmp_path: Path, moments: int
) -> None:
    """Whether its process is there yet or not: none is left, and none follows."""
    running = await supervisor.start(program(tmp_path, "crash", "serve"))
    await _until(lambda: running.crashes == 1, every=0)
    for _ in range(moments):
        await asyncio.sleep(0)
    await _stopped(supervisor)

    assert running.process is not None
    assert running.process.returncode is not None
    assert running.ended != ""
    assert starts(tmp_path) <= 2


async def test_a_program_that_does_not_stop_is_killed(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some patience."""
    monkeypatch.setattr(module, "STOPS_WITHIN", 0.05)
    running = await supervisor.start(program(tmp_path, "deaf"))
    await supervisor.port("p")
    await supervisor.stop(["p"])

    assert running.process is not None
    assert running.process.returncode == -signal.SIGKILL
    assert starts(tmp_path) == 1


async def test_all_are_stopped_the_last_one_first(supervisor: Supervisor, tmp_path: Path) -> None:
    """Workers before the service that they listen to."""
    for name in ("a", "b", "c"):
        await supervisor.start(program(tmp_path, "serve", name=name))
        await supervisor.port(name)
    await supervisor.stop_all()

    assert (tmp_path / "stopped").read_text() == "cba"


async def test_stopping_what_has_ended_changes_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    """Neither its end nor why."""
    running = await supervisor.start(program(tmp_path, "3"))
    said = await _ended(running)
    await supervisor.stop_all()
    supervisor.kill("p")

    assert running.ended == said
    assert starts(tmp_path) == 1
