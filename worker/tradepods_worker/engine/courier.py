"""Carries one intent to its outcome. What it can't know it looks up; it never sends an opening order a second time.

An opening order is signed with the moment of its commit, so the venue itself refuses it once its window has closed.
Orders that only reduce may be sent again: a resting one is fenced by its client id, and none of them can open.

Nothing is sent by a worker whose account another one has taken over. Where nobody can say, what can't open is sent.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tradepods_core.book.events import IntentSettled, VenueOrder
from tradepods_core.book.intents import Accepted, CancelOrder, Intent, Outcome, PlaceOrder, Rejected, Throttled, Unknown
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.ids import ClientOrderId
from tradepods_worker.ports import Clock, Put, Venue, Wanted
from tradepods_worker.ports.ledger import LedgerDown

WINDOW = timedelta(milliseconds=2_500)  # recvWindow of every request: how long the venue may take it
CERTAIN = timedelta(seconds=2)  # beyond the window, before "not found" is believed
FIRST_LOOK = 0.1  # seconds
BELIEVED = 2  # look-ups that find nothing, after which it is believed
LONGEST_WAIT = 5.0  # seconds between two tries
LONGEST_LOOK = 1.0  # seconds between two look-ups
REDUCES_WITHIN = timedelta(seconds=60)  # of its commit: what a rule decided of this market is not done in another one


async def alone(_at: datetime) -> None:
    """What a courier is fenced by whose account nobody else can take."""


class Courier:
    """Performs intents, one call each; puts what became of them into the inbox.

    Args:
        fence: returns if what is signed at a moment is signed by the one who has the account's lease; raises LeaseLost,
            and LedgerDown where nobody can say.
        over: whether it is known otherwise what became of an intent. Sent again then, an order that was cancelled since
            would rest once more, and nobody would know of it.

    """

    def __init__(
        self,
        *,
        venue: Venue,
        wall: Clock,
        put: Put,
        fence: Callable[[datetime], Awaitable[None]] = alone,
        over: Callable[[ClientOrderId], bool] = lambda _: False,
    ) -> None:
        self._venue = venue
        self._wall = wall
        self._put = put
        self._fence, self._over = fence, over

    async def perform(self, intent: Intent) -> None:
        """Send an intent that was just committed, and see it through."""
        if isinstance(intent, PlaceOrder) and not intent.reduce_only:
            await self._open(intent)
        else:
            await self._insist(intent)

    async def resume(self, intent: Intent) -> None:
        """See an intent of an earlier run through: whatever was sent then is looked up first."""
        if isinstance(intent, PlaceOrder) and (not intent.reduce_only or not intent.conditional):
            await self._search(intent, signed_at=intent.committed_at)
        elif isinstance(intent, PlaceOrder) and (found := await self._look(intent)) is not None:
            self._settle(intent, _as_found(found))
        else:
            if isinstance(intent, PlaceOrder):
                self._settle(intent, Unknown(why="of an earlier run"))  # it may have been sent, and arrive yet
            await self._insist(intent)

    async def _open(self, intent: PlaceOrder) -> None:
        now = self._wall.now()
        if now > intent.committed_at + WINDOW:
            self._settle(intent, Rejected(code="too_late", message="its window closed before it could be sent"))
            return
        if not await self._has_lease(now):
            self._settle(intent, Rejected(code="too_late", message="whose account it is can't be asked"))
            return
        outcome = await self._venue.perform(intent, signed_at=intent.committed_at)
        if isinstance(outcome, Throttled):
            self._settle(intent, Rejected(code="throttled", message="the venue's rate limit"))
        elif isinstance(outcome, Unknown):
            self._settle(intent, outcome)
            await self._search(intent, signed_at=intent.committed_at)
        else:
            self._settle(intent, outcome)

    async def _insist(self, intent: Intent) -> None:
        """Send until the venue says yes or no, or until that is known otherwise."""
        wait = FIRST_LOOK
        while True:
            await self._venue.turn(intent)
            if self._over(intent.id):
                return
            signed_at, pause = self._wall.now(), wait
            if _outdated(intent, signed_at):
                self._settle(intent, Rejected(code="throttled", message="no answer but to wait until it was too late"))
                return
            if await self._has_lease(signed_at) or isinstance(intent, PlaceOrder | CancelOrder):
                outcome = await self._venue.perform(intent, signed_at=signed_at)
                if await self._judged(intent, outcome, signed_at=signed_at):
                    return
                pause = self._pause(outcome, wait)
            await self._wall.sleep(pause)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _has_lease(self, at: datetime) -> bool:
        """False where the ledger can't be asked; raises LeaseLost where it says no."""
        try:
            await self._fence(at)
        except LedgerDown:
            return False
        return True

    async def _judged(self, intent: Intent, outcome: Outcome, *, signed_at: datetime) -> bool:
        """Whether an answer settles the intent, or a look-up after it does."""
        if isinstance(outcome, Rejected) and outcome.code == "duplicate_id":
            outcome = Accepted()  # an earlier try had arrived, and rests
        if isinstance(outcome, Accepted) or (isinstance(outcome, Rejected) and outcome.code != "too_late"):
            self._settle(intent, outcome)
            return True
        if not isinstance(outcome, Unknown) or not isinstance(intent, PlaceOrder):
            return False
        self._settle(intent, outcome)
        if not intent.conditional:
            await self._search(intent, signed_at=signed_at)
            return True
        found = await self._look(intent)
        if found is not None:
            self._settle(intent, _as_found(found))
        return found is not None

    async def _search(self, intent: PlaceOrder, *, signed_at: datetime) -> None:
        """Look until it is found, or until it can't arrive any more and two looks have not found it."""
        wait, misses = FIRST_LOOK, 0
        while True:
            try:
                found = await self._venue.find(_wanted(intent))
            except Temporary as error:
                wait = max(wait, error.after)
            else:
                if found is not None:
                    self._settle(intent, _as_found(found))
                    return
                misses += self._wall.now() > signed_at + WINDOW + CERTAIN
            if misses == BELIEVED:
                break
            await self._wall.sleep(wait)
            wait = min(wait * 2, LONGEST_LOOK)
        self._settle(intent, Rejected(code="not_placed", message="looked up after its window had closed: not there"))

    async def _look(self, intent: PlaceOrder) -> VenueOrder | None:
        try:
            return await self._venue.find(_wanted(intent))
        except Temporary:
            return None

    def _pause(self, outcome: Outcome, wait: float) -> float:
        if isinstance(outcome, Throttled):
            return max((outcome.until - self._wall.now()).total_seconds(), wait)
        return wait

    def _settle(self, intent: Intent, outcome: Outcome) -> None:
        self._put(IntentSettled(id=intent.id, outcome=outcome, seen_at=self._wall.now()))


def _wanted(intent: PlaceOrder) -> Wanted:
    return Wanted(id=intent.id, symbol=intent.leg.symbol, conditional=intent.conditional)


def _outdated(intent: Intent, now: datetime) -> bool:
    """Whether a rule's reduction has not been taken for so long; stops and closes never are."""
    if not isinstance(intent, PlaceOrder) or intent.purpose != "reduce":
        return False
    return now > intent.committed_at + REDUCES_WITHIN


def _as_found(found: VenueOrder) -> Accepted:
    return Accepted(executed=found.executed, ended=found.ended)


def is_over(book: Book, identifier: ClientOrderId) -> bool:
    """Whether an intent of the book has its outcome; one that was reserved may leave before its commit."""
    return identifier not in book.unsettled and identifier not in book.reserved
