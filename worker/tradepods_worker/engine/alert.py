"""What can't wait in the ledger, because it is what fails or has not been read yet: told from memory."""

from collections import deque
from collections.abc import Iterator

from tradepods_core.rules.snapshot import Notice
from tradepods_worker.ports.ledger import BookName, Undelivered


class Alert:
    """Notices on their way past the ledger, to whoever tells the person. Their numbers are below zero."""

    def __init__(self) -> None:
        self._down: set[BookName] = set()
        self._waiting: deque[Undelivered] = deque()
        self._number = 0

    def tell(self, book: BookName, notice: Notice) -> None:
        """One more."""
        self._number -= 1
        self._waiting.append(Undelivered(number=self._number, notice=notice, attempts=0, book=book))

    def begin(self, book: BookName, notice: Notice) -> None:
        """A book can't be written; the first of them is told."""
        if not self._down:
            self.tell(book, notice)
        self._down.add(book)

    def end(self, book: BookName) -> None:
        """It can be written again."""
        self._down.discard(book)

    def waiting(self) -> Iterator[Undelivered]:
        """One after the other, each until `told`."""
        while self._waiting:
            yield self._waiting[0]

    def told(self) -> None:
        """The first of them needs no more attempts."""
        self._waiting.popleft()
