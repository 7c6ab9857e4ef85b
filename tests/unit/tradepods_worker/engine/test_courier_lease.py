"""The courier's fence: what it sends while another worker may have the account."""

import asyncio
from datetime import datetime, timedelta

import pytest

from support.build import WALL
from support.carrying import CANCEL, CLOSE, ENTRY, PREPARE, STOP
from tradepods_core.book.events import Event, IntentSettled
from tradepods_core.book.intents import Accepted, Intent, Outcome, Rejected
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.courier import Courier
from tradepods_worker.ports.ledger import LeaseLost, LedgerDown

SECOND = timedelta(seconds=1)


class Fence:
    """Answers what a test says, one after the other, the last one again and again; keeps what it was asked."""

    def __init__(self, *answers: Exception | None) -> None:
        self.asked: list[datetime] = []
        self._answers = list(answers)

    async def __call__(self, at: datetime) -> None:
        """The next answer."""
        self.asked.append(at)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is not None:
            raise answer


class Venue:
    """Takes everything a second after it was asked for a turn."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.sent: list[tuple[str, datetime]] = []

    async def turn(self, intent: Intent) -> None:
        """A second later."""
        del intent
        self._clock.advance(1)

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """Accept it."""
        self.sent.append((intent.id, signed_at))
        return Accepted()


ALL = pytest.mark.parametrize("intent", [ENTRY, STOP, CLOSE, CANCEL, PREPARE], ids=lambda one: type(one).__name__)


async def _run(intent: Intent, fence: Fence) -> tuple[Venue, list[Outcome]]:
    clock = ManualClock(WALL)
    venue, heard = Venue(clock), list[Event]()
    courier = Courier(venue=venue, wall=clock, put=heard.append, fence=fence)  # type: ignore[arg-type]  # as above
    try:
        async with asyncio.timeout(5):
            await courier.perform(intent)
    except LeaseLost:
        assert venue.sent == []
        raise
    return venue, [event.outcome for event in heard if isinstance(event, IntentSettled)]


@ALL
async def test_nothing_is_sent_by_whoever_has_lost_the_account(intent: Intent) -> None:
    """Not even what only reduces: its successor sees to it. The worker ends."""
    with pytest.raises(LeaseLost):
        await _run(intent, Fence(LeaseLost("followed")))


@ALL
async def test_the_lease_is_looked_at_for_the_moment_that_is_signed(intent: Intent) -> None:
    """The clock is read first: a worker that stands still between look and signature has signed in time."""
    fence = Fence(None)
    venue, settled = await _run(intent, fence)

    assert settled == [Accepted()]
    assert [at for _, at in venue.sent] == ([WALL] if intent is ENTRY else [WALL + SECOND])
    assert fence.asked == [at for _, at in venue.sent]


async def test_nothing_opens_while_nobody_can_say_whose_the_account_is() -> None:
    """Another worker might have it."""
    venue, settled = await _run(ENTRY, Fence(LedgerDown("away")))

    assert venue.sent == []
    assert [outcome.code for outcome in settled if isinstance(outcome, Rejected)] == ["too_late"]


@pytest.mark.parametrize("intent", [STOP, CLOSE, CANCEL])
async def test_what_only_reduces_leaves_while_nobody_can_say(intent: Intent) -> None:
    """A database that is away must not leave a position without its stop."""
    venue, settled = await _run(intent, Fence(LedgerDown("away")))

    assert len(venue.sent) == 1
    assert settled == [Accepted()]


async def test_a_leverage_waits_until_somebody_can_say() -> None:
    """It protects nothing."""
    venue, settled = await _run(PREPARE, Fence(LedgerDown("away"), LedgerDown("away"), None))

    assert len(venue.sent) == 1
    assert settled == [Accepted()]
