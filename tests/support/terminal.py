"""A person at a terminal: the command runs on a real pseudo-terminal, so that typing unseen is what people do."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

WITHIN = 30.0  # seconds: a deadline, never a wait
CTRL_C = "\x03"


@dataclass(slots=True, eq=False)
class Terminal:
    """The command's process, and all that has been on the screen."""

    process: asyncio.subprocess.Process
    keyboard: int
    screen: str = ""
    read: int = 0

    async def expect(self, text: str) -> None:
        """Wait until the screen shows it, after what was expected before."""
        async with asyncio.timeout(WITHIN):
            while text not in self.screen[self.read :]:
                assert self.process.returncode is None, f"it ended without {text!r}:\n{self.screen}"
                await asyncio.sleep(0.01)
        self.read = self.screen.index(text, self.read) + len(text)

    async def answer(self, question: str, typed: str) -> None:
        """Type a line at a question."""
        await self.expect(question)
        await self._asked()
        os.write(self.keyboard, f"{typed}\n".encode())

    async def press(self, question: str, key: str) -> None:
        """Press a key at a question."""
        await self.expect(question)
        await self._asked()
        os.write(self.keyboard, key.encode())

    async def ended(self) -> int:
        """Its exit code."""
        return await asyncio.wait_for(self.process.wait(), WITHIN)

    async def _asked(self) -> None:
        """The question ends with a colon and a space: what is typed then is heard as the answer."""
        async with asyncio.timeout(WITHIN):
            while not self.screen[self.read :].rstrip("\r\n").endswith(": "):
                await asyncio.sleep(0.01)


def _take(terminal: int) -> None:
    """The new process's terminal; Ctrl-C counts there, also where whoever started the tests ignores it."""
    os.login_tty(terminal)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@asynccontextmanager
async def terminal(*arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Terminal]:
    """`tradepods` with these arguments, on a terminal of its own."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tradepods_cli",
        *arguments,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "160", "LINES": "60", "TERM": "dumb", **(environment or {})},
        preexec_fn=lambda: _take(theirs),
    )
    os.close(theirs)
    shown = Terminal(process, ours)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, _look, shown)
    try:
        yield shown
    finally:
        loop.remove_reader(ours)
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)


def _look(shown: Terminal) -> None:
    try:
        shown.screen += os.read(shown.keyboard, 65_536).decode(errors="replace")
    except OSError:  # the other end is closed
        asyncio.get_running_loop().remove_reader(shown.keyboard)
