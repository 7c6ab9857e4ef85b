"""The desk's pen. Where the ledger can't be written it writes into the journal, and goes back to the ledger by itself.

Nothing opens meanwhile. What protects or reduces is in the journal before it leaves the process; where not even that
can be written it leaves all the same: its ids are no accident, and the next reading of the account finds it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import CancelOrder, Intent, PlaceOrder
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.engine.alert import Alert
from tradepods_worker.ports import Clock
from tradepods_worker.ports.ledger import BookLedger, BookName, Entry, JournalDown, Lease, LedgerDown

FIRST_PAUSE, LONGEST_PAUSE = timedelta(milliseconds=200), timedelta(seconds=5)  # between tries of the ledger
log = structlog.get_logger()


class Recorder:
    """Writes one book.

    Attributes:
        down: whether something that happened is not in the ledger yet.
        trouble: why, "" where it is not.
        retry_at: wall time of the next try.

    """

    def __init__(
        self, *, book: BookName, ledger: BookLedger, lease: Lease, market: Clock, wall: Clock, alert: Alert
    ) -> None:
        self.down = False
        self.trouble = ""
        self.retry_at: datetime | None = None
        self._book, self._ledger, self._lease, self._alert = book, ledger, lease, alert
        self._market, self._wall = market, wall
        self._pending: list[Entry] = []
        self._withheld: list[Intent] = []
        self._journalled, self._journals = 0, True
        self._pause = FIRST_PAUSE

    async def write(self, entry: Entry) -> None:
        """Into the ledger; while it is down, into the journal. Raises LedgerDown when it turns out to be down."""
        if self.down:
            await self._keep(entry)
            return
        try:
            await self._ledger.commit(entry, lease=self._lease)
        except LedgerDown as error:
            self._begin(error)
            raise

    def sendable(self, intents: Iterable[Intent]) -> list[Intent]:
        """Those that may leave now: all of them, or while the ledger is down what reduces, protects or cancels.

        The others are withheld until they are in the ledger.
        """
        if not self.down:
            return list(intents)
        found = list(intents)
        self._withheld += [intent for intent in found if not _harmless(intent)]
        return [intent for intent in found if _harmless(intent)]

    async def recover(self, checkpoint: Checkpoint) -> Sequence[Intent] | None:
        """Try the ledger again where it is time to; the intents withheld so far once it has all, None before.

        `checkpoint` is the book with all that is pending.
        """
        if not self.down or (self.retry_at is not None and self._wall.now() < self.retry_at):
            return None
        facts: tuple[Fact, ...] = tuple(fact for entry in self._pending for fact in entry.facts)
        notices = tuple(notice for entry in self._pending for notice in entry.notices)
        over = Notice(kind="ledger_up", at=self._market.now(), values={"facts": str(len(facts))})
        entry = Entry(facts=facts, notices=(*notices, over), checkpoint=checkpoint, journalled=self._journalled)
        try:
            await self._ledger.commit(entry, lease=self._lease)
        except LedgerDown as error:
            self._rest(error)
            return None
        return self._end(len(facts))

    async def _keep(self, entry: Entry) -> None:
        """In memory, and on the disk as long as that takes every entry: what comes after a gap would make no sense."""
        self._pending.append(entry)
        if not self._journals:
            return
        try:
            self._journalled = await self._ledger.journal(entry)
        except JournalDown as error:
            self._journals = False
            log.warning("journal_down", book=self._book, error=str(error), sent_all_the_same=True)

    def _begin(self, error: LedgerDown) -> None:
        self.down, self.trouble, self._pause = True, str(error), FIRST_PAUSE
        self._rest(error)
        log.warning("ledger_down", book=self._book, error=self.trouble)
        self._alert.begin(self._book, Notice(kind="ledger_down", at=self._market.now(), values={"why": self.trouble}))

    def _rest(self, error: LedgerDown) -> None:
        self.retry_at = self._wall.now() + max(self._pause, timedelta(seconds=error.after))
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _end(self, facts: int) -> Sequence[Intent]:
        self.down, self.trouble, self.retry_at = False, "", None
        self._journalled, self._journals = 0, True
        self._pending, withheld, self._withheld = [], self._withheld, []
        self._alert.end(self._book)
        log.info("ledger_up", book=self._book, facts=facts)
        return withheld


def _harmless(intent: Intent) -> bool:
    return isinstance(intent, CancelOrder) or (isinstance(intent, PlaceOrder) and intent.reduce_only)
