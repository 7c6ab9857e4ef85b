"""The simulator as a process of its own: its flags, its files, its clock, and what it says of bad ones."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot
from telegram.error import RetryAfter
from telegram.request import HTTPXRequest

from support.telegram_bench import GROUP, TOKENS, WITHIN

COMMAND = [sys.executable, "-m", "tradepods_simulator", "telegram"]


def _write(file: Path, content: Any) -> str:
    file.write_text(json.dumps(content))
    return str(file)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A process with limits, a group and a transcript."""
    bots = _write(tmp_path / "bots.json", [{"name": "alice", "token": TOKENS["alice"]}])
    chats = _write(tmp_path / "chats.json", [{"chat": GROUP, "type": "group"}])
    files = ["--transcript", str(tmp_path / "said.jsonl"), "--port-file", str(tmp_path / "port")]
    process = subprocess.Popen([*COMMAND, "--bots", bots, "--chats", chats, "--limits", *files])
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "port").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{(tmp_path / 'port').read_text()}"
    finally:
        process.terminate()
        assert process.wait(10) == 0


async def test_its_flags_and_files_are_heeded(url: str, tmp_path: Path) -> None:
    """Groups are declared, limits are on, messages carry the time and stand in the transcript's file."""
    request = HTTPXRequest(read_timeout=WITHIN, httpx_kwargs={"trust_env": False})
    bot = Bot(TOKENS["alice"], base_url=f"{url}/bot", request=request, get_updates_request=request)
    begun = time.time()
    first = await bot.send_message(GROUP, "0")
    tries = [bot.send_message(GROUP, str(number)) for number in range(1, 30)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    await request.shutdown()
    lines = [json.loads(line) for line in (tmp_path / "said.jsonl").read_text().splitlines()]

    assert abs(first.date.timestamp() - begun) < 60
    assert lines[0] == {"bot": "alice", "chat": str(GROUP), "text": "0"}
    assert any(isinstance(outcome, RetryAfter) for outcome in outcomes)
    assert 5 <= len(lines) <= 20


@pytest.mark.parametrize(
    ("bots", "chats", "said"),
    [
        ([{"name": "alice"}], [], "bots.json is not as expected at: 0.token"),
        ([{"name": "a", "token": "1:x"}] * 2, [], "two bots are called a: give each a name of its own"),
        ([], [{"chat": 5, "type": "group"}], "chat is 5: a group's number is below 0, as -1001"),
        ([], [{"chat": -5, "kind": "group"}], "chats.json is not as expected at: 0.kind"),
    ],
)
def test_files_that_can_not_be_are_told_in_a_line(tmp_path: Path, bots: Any, chats: Any, said: str) -> None:
    """With exit code 3, and without a token."""
    files = ["--bots", _write(tmp_path / "bots.json", bots), "--chats", _write(tmp_path / "chats.json", chats)]
    done = subprocess.run([*COMMAND, *files], capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 3
    assert said in done.stderr
    assert "1:x" not in done.stderr
