"""How much of a limit is used: what was sent and what the venue says of it, each of them for as long as it holds."""

from datetime import timedelta

from support.build import later
from tradepods_worker.adapters.venues.meter import Meter, Ticket

SPAN = timedelta(minutes=1)


class Sending:
    """A meter, and requests of a given cost that it counts."""

    def __init__(self) -> None:
        self.meter = Meter(span=SPAN, most=100)
        self.newest = 0

    def send(self, cost: int, *, at: float) -> Ticket:
        """One leaves."""
        self.newest += 1
        ticket = Ticket(self.newest, later(at), cost, 0)
        self.meter.count(ticket, cost)
        return ticket

    def end(self, ticket: Ticket, *, at: float, used: int | None = None) -> None:
        """One is over."""
        self.meter.end(ticket, used=used, newest=self.newest, now=later(at))

    def used(self, at: float) -> int:
        """So much."""
        return self.meter.used(now=later(at))


def test_what_was_never_answered_counts_beside_what_the_venue_says() -> None:
    """Its header can't know of it: it may have arrived since."""
    sending = Sending()
    told, lost = sending.send(5, at=0), sending.send(30, at=0)
    sending.end(told, at=1, used=40)
    sending.end(lost, at=2)

    assert sending.used(3) == 70


def test_what_was_never_answered_is_forgotten_after_its_span() -> None:
    """A venue that was away for an hour leaves no room less once it is back."""
    sending = Sending()
    for minute in range(60):
        sending.end(sending.send(30, at=60 * minute), at=60 * minute + 5)
    sending.end(sending.send(1, at=3_700), at=3_701, used=7)

    assert sending.used(3_702) == 7


def test_a_request_without_an_end_counts_for_half_a_minute_and_its_span() -> None:
    """No time-out is as long; asking in between makes it neither longer nor shorter."""
    sending = Sending()
    sending.send(30, at=0)

    assert [sending.used(at) for at in (4, 29, 30, 70, 89)] == [30] * 5
    assert sending.used(90) == 0
