"""The outbox: at least once, in order, and never in the way of a trade."""

import asyncio
from collections.abc import Sequence

from support.build import NOON, WALL
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.telegram.memory import MemoryMessenger
from tradepods_worker.engine.alert import Alert
from tradepods_worker.ports import Later, Never, Sent
from tradepods_worker.ports.ledger import BOOKS, Entry, LedgerDown, Owner, Undelivered
from tradepods_worker.tasks.outbox import UNREADABLE, Outbox

OWNER = Owner(account="a", exchange="binanceusdm", environment="live")


class Shut(MemoryLedger):
    """A ledger that can't be read either."""

    async def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Fail."""
        raise LedgerDown(f"none of {limit}")


async def _outbox(*kinds: str, ledger: MemoryLedger | None = None) -> tuple[Outbox, MemoryLedger, MemoryMessenger]:
    ledger, messenger = ledger or MemoryLedger(), MemoryMessenger()
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    notices = tuple(Notice(kind=kind, at=NOON) for kind in kinds)
    await ledger.commit("live", Entry(facts=(), notices=notices), lease=lease)
    return Outbox(ledger=ledger, messenger=messenger, wall=ManualClock(WALL), alert=Alert()), ledger, messenger


def _said(messenger: MemoryMessenger) -> list[str]:
    return [undelivered.notice.kind for undelivered in messenger.said]


async def test_what_is_owed_is_sent_once_and_in_order() -> None:
    """And nothing waits afterwards."""
    outbox, ledger, messenger = await _outbox("a", "b", "c")
    await outbox.deliver()
    await outbox.deliver()

    assert _said(messenger) == ["a", "b", "c"]
    assert list(await ledger.undelivered(limit=9)) == []
    assert (outbox.waiting, outbox.sent) == (0, 3)


async def test_a_worker_that_stops_says_nothing_twice() -> None:
    """Its last delivery waits for the one that is under way."""

    class Slow(MemoryMessenger):
        async def send(self, undelivered: Undelivered) -> Sent | Later | Never:
            await asyncio.sleep(0)
            return await super().send(undelivered)

    _, ledger, _ = await _outbox("a", "b")
    messenger = Slow()
    outbox = Outbox(ledger=ledger, messenger=messenger, wall=ManualClock(WALL), alert=Alert())
    await asyncio.gather(outbox.deliver(), outbox.deliver())

    assert _said(messenger) == ["a", "b"]


async def test_a_messenger_that_asks_for_time_gets_it() -> None:
    """Nothing overtakes what waits."""
    outbox, _, messenger = await _outbox("a", "b")
    messenger.answers = [Later(after=17)]
    pause = await outbox.deliver()
    first = _said(messenger)
    await outbox.deliver()

    assert pause == 17
    assert first == []
    assert _said(messenger) == ["a", "b"]


async def test_a_further_attempt_is_known_as_one() -> None:
    """After an attempt without a known end the text says that it may be a repeat."""
    outbox, _, messenger = await _outbox("a")
    messenger.answers = [Later(after=1)]
    await outbox.deliver()
    await outbox.deliver()

    assert [undelivered.attempts for undelivered in messenger.said] == [1]


async def test_a_refused_attempt_is_none() -> None:
    """A flood limit says that the message is not there: the next one is no repeat."""
    outbox, _, messenger = await _outbox("a")
    messenger.answers = [Later(after=1, refused=True)]

    assert await outbox.deliver() == 1
    await outbox.deliver()
    assert [undelivered.attempts for undelivered in messenger.said] == [0]


async def test_a_refusal_that_cannot_be_kept_is_waited_for_all_the_same() -> None:
    """The messenger gets its time also where the ledger is gone meanwhile."""

    class Failing(MemoryLedger):
        async def refused(self, number: int) -> None:
            raise LedgerDown(f"not {number}")

    outbox, _, messenger = await _outbox("a", ledger=Failing())
    messenger.answers = [Later(after=17, refused=True)]

    assert await outbox.deliver() == 17


async def test_what_can_never_be_delivered_does_not_hold_up_the_rest() -> None:
    """The person has blocked the bot: the ledger keeps the notice, nobody waits for it."""
    outbox, ledger, messenger = await _outbox("a", "b")
    messenger.answers = [Never("blocked"), Sent()]
    await outbox.deliver()

    assert _said(messenger) == ["b"]
    assert list(await ledger.undelivered(limit=9)) == []
    assert outbox.sent == 1


async def test_news_that_the_ledger_cannot_hold_goes_first_and_once() -> None:
    """Also while the ledger can't be used at all; a messenger that asks for time gets it."""
    ledger, messenger, alert = Shut(), MemoryMessenger(), Alert()
    outbox = Outbox(ledger=ledger, messenger=messenger, wall=ManualClock(WALL), alert=alert)
    for book in BOOKS:
        alert.begin(book, Notice(kind="ledger_down", at=NOON))
    messenger.answers = [Later(after=7.0)]

    assert await outbox.deliver() == 7.0
    assert await outbox.deliver() == UNREADABLE
    assert await outbox.deliver() == UNREADABLE
    assert _said(messenger) == ["ledger_down"]
