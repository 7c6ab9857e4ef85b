"""An answer that stays right for a while is asked for again only once it is old."""

from datetime import timedelta

import pytest

from support.build import WALL
from tradepods_core.errors import Temporary
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.venues.kept_answer import KeptAnswer


async def test_it_is_asked_for_once_while_it_lasts() -> None:
    """One question an hour, however often the account is read."""
    asked: list[int] = []
    wall = ManualClock(WALL)

    async def ask() -> int:
        asked.append(len(asked))
        return asked[-1]

    kept = KeptAnswer(ask, lasts=timedelta(hours=1), wall=wall)
    assert [await kept.get(), await kept.get()] == [0, 0]
    wall.advance(3599)
    assert await kept.get() == 0
    wall.advance(1)
    assert await kept.get() == 1


async def test_a_question_that_fails_is_put_again() -> None:
    """A failure is not an answer."""
    asked: list[int] = []

    async def ask() -> int:
        asked.append(7)
        if len(asked) == 1:
            raise Temporary("away")
        return 7

    kept = KeptAnswer(ask, lasts=timedelta(hours=1), wall=ManualClock(WALL))
    with pytest.raises(Temporary):
        await kept.get()
    assert await kept.get() == 7
