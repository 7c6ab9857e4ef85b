"""Answers wait their turn here, so that a person's next command never waits for Telegram to take an answer."""

import asyncio

import structlog

from tradepods_worker.ports import Clock, Later, Never
from tradepods_worker.ports.commands import Answer, Line, Say

MOST = 100  # answers that wait
TRIES = 3
log = structlog.get_logger()


class Speaker:
    """Tells answers in order; what can't be told is given up after a few tries: the person can ask again."""

    def __init__(self, *, line: Line, wall: Clock) -> None:
        self._line, self._wall = line, wall
        self._answers: asyncio.Queue[Answer] = asyncio.Queue(maxsize=MOST)
        self._trouble = ""

    def add(self, answer: Answer) -> None:
        """The next answer; the oldest is given up where too many wait."""
        if self._answers.full():
            self._answers.get_nowait()
            self._answers.task_done()
        self._answers.put_nowait(answer)

    async def run(self) -> None:
        """Tell without end."""
        while True:
            answer = await self._answers.get()
            try:
                await self._tell(answer)
            except Exception as error:  # noqa: BLE001 - an answer is not worth the worker
                self._say(f"failed: {type(error).__name__}")
            self._answers.task_done()

    async def silent(self) -> None:
        """Wait until nothing waits."""
        await self._answers.join()

    async def _tell(self, answer: Answer) -> None:
        for _ in range(TRIES):
            outcome = await self._line.tell(answer)
            if isinstance(outcome, Never):
                self._say(f"refused by {_chat(answer)}: {outcome.why}")
                return
            if not isinstance(outcome, Later):
                self._say("")
                return
            self._say("telegram asks for time, or is away")
            await self._wall.sleep(outcome.after)

    def _say(self, trouble: str) -> None:
        """Once per change."""
        if trouble not in ("", self._trouble):
            log.warning("answers_not_told", why=trouble)
        self._trouble = trouble


def _chat(answer: Answer) -> str:
    return answer.place.chat if isinstance(answer, Say) else answer.pressed.place.chat
