"""Which venue refuses which address, and until when: as any worker behind it, or this service, has learned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tradepods_core.times import Now

LONGEST = timedelta(days=3)  # the venue's longest ban; a longer one is a mistake of whoever tells it
MOST = 1_000  # more addresses than this are garbage


@dataclass(frozen=True, slots=True)
class Address:
    """A venue, and the name of the address from which it is asked."""

    venue: str
    egress: str


class BanBook:
    """The latest end of a ban by address. What is over is forgotten."""

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self._until: dict[Address, datetime] = {}

    def report(self, address: Address, until: datetime | None) -> None:
        """Somebody behind this address was refused until then; what can't be is not believed."""
        now = self._now()
        self._until = {known: end for known, end in self._until.items() if end > now}
        if until is None or not now < until <= now + LONGEST:
            return
        if address in self._until or len(self._until) < MOST:
            self._until[address] = max(until, self._until.get(address, until))

    def until(self, address: Address) -> datetime | None:
        """Until when this address is refused; None where it isn't."""
        found = self._until.get(address)
        return found if found is not None and found > self._now() else None


class OwnBan:
    """What the book says of one address: the service's own."""

    def __init__(self, bans: BanBook, address: Address) -> None:
        self._bans, self._address = bans, address

    def report(self, until: datetime) -> None:
        """The venue refuses us until then."""
        self._bans.report(self._address, until)

    def until(self) -> datetime | None:
        """Until when it refuses us; None where it doesn't."""
        return self._bans.until(self._address)
