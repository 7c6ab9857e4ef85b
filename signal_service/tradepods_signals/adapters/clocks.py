"""The clocks: wall time, and market time as the venue's own stream tells it."""

from datetime import UTC, datetime


def wall() -> datetime:
    """Wall time, aware UTC."""
    return datetime.now(UTC)


class MarketClock:
    """Market time: the newest moment that the venue's stream has shown; wall time until it has shown one."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def show(self, at: datetime) -> None:
        """The stream shows this moment; it never goes back."""
        self._latest = at if self._latest is None else max(at, self._latest)

    def now(self) -> datetime:
        """Market time."""
        return self._latest or wall()
