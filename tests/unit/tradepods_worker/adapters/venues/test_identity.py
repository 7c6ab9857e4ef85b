"""Whose account it is: asked for until the venue says it, and not often."""

from support.build import WALL
from tradepods_core.errors import Temporary
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.venues.identity import ASK_AGAIN, Identity


async def test_a_venue_that_did_not_say_is_asked_again_after_some_minutes() -> None:
    """Then never again."""
    wall = ManualClock(WALL)
    answers: list[str | Temporary] = [Temporary("away"), Temporary("away"), "bob"]
    asked: list[str | Temporary] = []

    async def ask() -> str:
        asked.append(answers[len(asked)])
        if isinstance(asked[-1], Temporary):
            raise asked[-1]
        return asked[-1]

    identity = Identity(ask, wall=wall)
    for times in (1, 2):
        await identity.learn()
        wall.advance(ASK_AGAIN.total_seconds() - 1)
        await identity.learn()
        assert (len(asked), identity.name) == (times, "")
        wall.advance(1)
    for _ in range(2):
        await identity.learn()
        wall.advance(ASK_AGAIN.total_seconds())

    assert (len(asked), identity.name) == (3, "bob")
