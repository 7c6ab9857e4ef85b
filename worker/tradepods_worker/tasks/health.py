"""Whether the account can be relied on to be served: its lease is held, and it was read and agreed with the ledger.

A dependency that is away afterwards is no reason to be unready: what is open is guarded, and conditions say it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from tradepods_core.wire.fleet import Heartbeat
from tradepods_worker.ports import Clock

LEASE_LASTS = timedelta(seconds=15)  # after its last renewal another worker may take the account


class Health:
    """What a worker still lacks, told step by step by its start."""

    def __init__(self, *, wall: Clock) -> None:
        self._wall = wall
        self._renewed_at: datetime | None = None
        self._lacks = "waits for the account's lease"
        self._waits: Callable[[], Iterable[str]] = tuple
        self._read: Callable[[], bool] | None = None
        self._heartbeat: Callable[[], Heartbeat | None] = lambda: None

    def guards(self) -> None:
        """The account is served by its lock alone: the lease comes with the first write that succeeds."""
        self._lacks = "guards: the ledger can't be written"

    def held(self) -> None:
        """The account's lease was taken, or renewed."""
        self._renewed_at = self._wall.now()

    def begins(self, waits: Callable[[], Iterable[str]]) -> None:
        """The account is being read; `waits` names what is waited for."""
        self._waits = waits

    def serves(self, read: Callable[[], bool], *, heartbeat: Callable[[], Heartbeat | None]) -> None:
        """The start has come to its end; `read` says whether every open book was read and compared with its venue."""
        self._read, self._heartbeat = read, heartbeat

    def heartbeat(self) -> Heartbeat | None:
        """The last one; None before it."""
        return self._heartbeat()

    def missing(self) -> str:
        """What keeps it from being ready; "" where nothing does."""
        if self._renewed_at is None:
            return self._lacks
        since = self._wall.now() - self._renewed_at
        if since >= LEASE_LASTS:
            return f"the account's lease was not renewed for {round(since.total_seconds())} s"
        if self._read is None:
            return ", ".join(["reads the account", *(f"waits for {one}" for one in sorted(self._waits()))])
        return "" if self._read() else "the account could not be read: its conditions say why"
