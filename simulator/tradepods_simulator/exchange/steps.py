"""The market's clock: in lock-step, or free running.

In lock-step the market stands still after each step until every participant has acknowledged it. An acknowledgement
counts only once the participant has handled every frame of its private stream, so that what a step caused belongs to
that step on any machine. Running freely it waits for nobody: each step has its moment of wall time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

PATIENCE = 30.0  # seconds of wall time after which those who are missing are named
log = structlog.get_logger()


@dataclass(slots=True)
class Lockstep:
    """Who takes part, and who has acknowledged what."""

    acked: dict[str, int] = field(default_factory=dict)
    expected: frozenset[str] = frozenset()
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def join(self, name: str) -> None:
        """A participant is here; one that comes back after a crash keeps its place."""
        async with self.changed:
            self.acked.setdefault(name, -1)
            self.changed.notify_all()

    async def acknowledge(self, name: str, step: int) -> None:
        """A participant is done with a step and with all that the step caused."""
        async with self.changed:
            self.acked[name] = max(step, self.acked.get(name, -1))
            self.changed.notify_all()

    def missing(self, step: int) -> list[str]:
        """Those who have not acknowledged this step."""
        return sorted(name for name, acked in self.acked.items() if acked < step)

    def absent(self) -> list[str]:
        """Those who have never joined."""
        return sorted(self.expected - set(self.acked))

    async def joined(self, names: set[str]) -> None:
        """Wait until all of them are here."""
        self.expected = frozenset(names)
        await self._until(lambda: sorted(names - set(self.acked)), "join")

    async def done(self, step: int) -> None:
        """Wait until everyone has acknowledged the step."""
        await self._until(lambda: self.missing(step), f"acknowledge step {step}")

    async def _until(self, missing: Callable[[], list[str]], what: str) -> None:
        async with self.changed:
            while missing():
                try:
                    async with asyncio.timeout(PATIENCE):
                        await self.changed.wait()
                except TimeoutError:
                    log.warning("waiting", participants=missing(), to=what, seconds=PATIENCE)


class Stepper:
    """Moves the market: in lock-step, or at a pace of so many seconds a step where nobody takes part.

    Attributes:
        steps: how many there are.
        state: `waiting` for participants, `running` or `ended`.
        pace: wall seconds a step where the market runs freely, 0 as fast as it can; None in lock-step.
        before: is told of each step before it is shown.

    """

    def __init__(self, *, steps: int, show: Callable[[int], Awaitable[None]], lockstep: Lockstep) -> None:
        self.steps = steps
        self.state = "waiting"
        self.pace: float | None = None
        self.before: Callable[[int], None] = lambda _: None
        self.lockstep = lockstep
        self._show = show
        self._shown_at = 0.0

    async def run(self, participants: set[str]) -> None:
        """Replay the whole window in lock-step."""
        await self.lockstep.joined(participants)
        self.state = "running"
        for step in range(self.steps):
            self.before(step)
            await self._show(step)
            self._shown_at = asyncio.get_running_loop().time()
            await self.lockstep.done(step)
        self.state = "ended"

    def waiting_seconds(self) -> float:
        """Since when the present step waits for acknowledgements, in wall seconds."""
        waits = self.state == "running" and self.pace is None
        return asyncio.get_running_loop().time() - self._shown_at if waits else 0.0

    def speed(self, *, pace_ms: int) -> float | None:
        """Market seconds a wall second, where so much market time is between two steps; None where no clock sets it."""
        return pace_ms / 1_000 / self.pace if self.pace else None

    async def run_freely(self, *, pace: float) -> None:
        """Replay the whole window without waiting for anyone, `pace` wall seconds a step.

        Step n is shown n times the pace after the first: a market that has fallen behind shows every step, and doesn't
        sleep until it has caught up.
        """
        self.state, self.pace = "running", pace
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for step in range(self.steps):
            await asyncio.sleep(max(begun + step * pace - loop.time(), 0))
            self.before(step)
            await self._show(step)
        self.state = "ended"
