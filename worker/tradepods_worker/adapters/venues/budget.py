"""The venue's patience with this address: after 429 or 418 nothing is sent, and readings give way before that.

A ban is for the address, and grows with every request that ignores it: even a stop would only make it longer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

USED = "x-mbx-used-weight-1m"
MOST = 2_400  # a minute
FOR_READINGS = 0.75  # of it: the rest is for what protects
MINUTE = timedelta(minutes=1)


class Budget:
    """What may be sent now."""

    def __init__(self) -> None:
        self.limited_until: datetime | None = None
        self._used = 0
        self._heard_at: datetime | None = None

    def hear(self, headers: Mapping[str, str] | None, *, now: datetime) -> None:
        """What the venue says of the weight used in the present minute."""
        for name, value in (headers or {}).items():
            if name.lower() == USED and value.isdecimal():
                self._used, self._heard_at = int(value), now

    def limit(self, until: datetime) -> None:
        """The venue refuses this address until then."""
        self.limited_until = until if self.limited_until is None else max(self.limited_until, until)

    def closed_until(self, *, now: datetime, reading: bool) -> datetime | None:
        """When to send again; None for now."""
        if self.limited_until is not None and now < self.limited_until:
            return self.limited_until
        if not reading or self._heard_at is None or self._used < MOST * FOR_READINGS:
            return None
        over = self._heard_at.replace(second=0, microsecond=0) + MINUTE
        return over if now < over else None
