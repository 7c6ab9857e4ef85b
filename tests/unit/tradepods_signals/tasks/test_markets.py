"""The venue's markets learned anew."""

import asyncio
import contextlib

from support.build import BTC, market
from tradepods_core.errors import Temporary
from tradepods_signals.tasks.markets import EVERY, Markets, refresh


async def test_markets_are_learned_again_every_hour_and_a_silent_venue_is_asked_again() -> None:
    """What is known stays meanwhile."""
    learned: list[Markets] = []
    slept: list[float] = []
    answers: list[Markets | Temporary] = [{BTC: market()}, Temporary("away"), {}]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if not answers:
            raise asyncio.CancelledError

    async def ask() -> Markets:
        answer = answers.pop(0)
        if isinstance(answer, Temporary):
            raise answer
        return answer

    with contextlib.suppress(asyncio.CancelledError):
        await refresh(ask, learn=learned.append, sleep=sleep)

    assert learned == [{BTC: market()}, {}]
    assert slept == [EVERY] * 4
