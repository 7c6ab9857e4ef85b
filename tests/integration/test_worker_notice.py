"""`python -m tradepods_worker notice` as a process: what a crashing worker can no longer tell, its bot says once."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from support import build
from support.servers import listen
from support.telegram_bench import ANN, TOKENS, bench

UNTIL = "2026-11-21T08:30:00Z"
WITHIN = 90.0  # seconds: a deadline, never a wait


async def notice(folder: Path, url: str, *, token: str = TOKENS["bob"], **changes: Any) -> tuple[int | None, str]:
    """Its exit code, and what it has written."""
    telegram = {"secretRef": {"name": "bot"}, "chatIds": [str(ANN)], "apiUrl": url, **changes}
    (folder / "settings.json").write_text(json.dumps(build.spec(dryRun=True, telegram=telegram)))
    (folder / "botToken").write_text(token)
    command = ["-m", "tradepods_worker", "notice", "crashed", "--until", UNTIL, "--name", "bob"]
    command += ["--settings", str(folder / "settings.json"), "--telegram", str(folder)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(WITHIN):
        said, wrong = await process.communicate()
    return process.returncode, (said + wrong).decode()


@pytest.mark.parametrize(
    ("language", "head", "words"),
    [
        ("en", "[bob] (dry run) THE WORKER", "stopped until 2026-11-21"),
        ("ko", "[bob] (모의 거래) 워커가", "2026-11-21"),
    ],
)
async def test_the_chat_hears_it_in_its_language(tmp_path: Path, language: str, head: str, words: str) -> None:
    """Once, with the account's name and until when; the log holds no token."""
    async with bench() as api:
        code, wrote = await notice(tmp_path, api.url, language=language)
        (text,) = [said["text"] for said in await api.said("?bot=bob")]

    assert code == 0, wrote
    assert text.startswith(head)
    assert words in text
    assert TOKENS["bob"] not in wrote


async def test_a_bot_that_is_blocked_is_tried_no_more(tmp_path: Path) -> None:
    """Its exit code says that trying again is useless; the error holds no token."""
    code, wrote = await notice_refused(tmp_path)

    assert code == 3
    assert "error: the chat can't be told" in wrote
    assert TOKENS["bob"] not in wrote


async def notice_refused(folder: Path) -> tuple[int | None, str]:
    """By a Bot API that knows no such bot."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error_code": 403, "description": "Forbidden: blocked"}, status=403)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner, url = await listen(app)
    found = await notice(folder, url)
    await runner.cleanup()
    return found


async def test_without_its_token_it_names_the_file(tmp_path: Path) -> None:
    """And tells nobody."""
    code, wrote = await notice(tmp_path, "http://127.0.0.1:1", token=" ")

    assert code == 3
    assert "botToken is empty" in wrote
