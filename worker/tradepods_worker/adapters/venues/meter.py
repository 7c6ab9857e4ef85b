"""One limit of the venue, and how much of it is used as far as that can be known.

The venue counts in windows that we don't see begin, and its headers lag behind what is under way. So two figures are
kept, and the larger is believed. One is what we have sent: a request counts until a span after its answer, for by then
every window in which it can have arrived is over. The other is what the latest header said, with what that header can't
know of: it holds what others have used.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tradepods_core.times import EPOCH

APART = timedelta(seconds=1)  # by which the venue's clock and ours may differ
LOST_AFTER = timedelta(seconds=30)  # a request without an end: longer than any time-out


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that may leave: its number, when it was counted, and what it costs."""

    number: int
    at: datetime
    weight: int
    orders: int


@dataclass(frozen=True, slots=True)
class _Ended:
    """A request that is over: when, what it cost, and whether a header has told of it."""

    at: datetime
    cost: int
    told: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """What a header said: until when that window lasts, and the newest request that was sent before it was heard."""

    used: int
    until: datetime
    heard: int


class Meter:
    """How much of `most` in each `span` is used."""

    def __init__(self, *, span: timedelta, most: int) -> None:
        self.most = most
        self._span = span
        self._under_way: dict[int, tuple[datetime, int]] = {}
        self._ended: deque[_Ended] = deque()
        self._own = 0
        self._untold = 0  # as much of it as no header has told of
        self._told: _Told | None = None

    def count(self, ticket: Ticket, cost: int) -> None:
        """A request leaves."""
        if cost:
            self._under_way[ticket.number] = ticket.at, cost
            self._own += cost
            self._untold += cost

    def end(self, ticket: Ticket, *, used: int | None, newest: int, now: datetime) -> None:
        """A request is over; `used` is what its answer's header says, `newest` the last request that was sent.

        One that was sent after the last header was heard knows better, even where it says less: the venue's window has
        ended. Of requests that overlapped nobody knows which was counted first: the larger figure stands.
        """
        self._close(ticket.number, told=used is not None, now=now)
        told, sent = self._told, min(ticket.at, now)  # the clock may have been set back meanwhile
        if used is not None and (told is None or ticket.number > told.heard or used > told.used or sent >= told.until):
            ends = sent - (sent - EPOCH) % self._span + self._span + APART
            self._told = _Told(used, ends, newest)

    def used(self, *, now: datetime) -> int:
        """How much is used, at most."""
        self._forget(now)
        return max(self._own, 0 if self._told is None else self._told.used + self._untold)

    def room_at(self, cost: int, *, most: int, now: datetime) -> datetime:
        """When so much may fit under `most`, if nothing more is sent, and what is under way ends now."""
        self._forget(now)
        at, own = now, self._own
        for ended in self._ended:
            if own + cost <= most:
                break
            at, own = ended.at + self._span, own - ended.cost
        if own + cost > most:
            at = now + self._span
        if self._told is not None and self._told.used + self._untold + cost > most:
            at = max(at, self._told.until)
        return at

    def set_back(self, by: timedelta) -> None:
        """The clock was set back: what was counted is as old as it was."""
        self._under_way = {number: (at - by, cost) for number, (at, cost) in self._under_way.items()}
        self._ended = deque(replace(ended, at=ended.at - by) for ended in self._ended)
        self._told = None if self._told is None else replace(self._told, until=self._told.until - by)

    def _close(self, number: int, *, told: bool, now: datetime) -> None:
        _, cost = self._under_way.pop(number, (None, 0))
        if cost:
            self._ended.append(_Ended(now, cost, told))
            self._untold -= cost if told else 0

    def _forget(self, now: datetime) -> None:
        """What can be in no window of now; a header lasts as long as the venue's window."""
        while self._under_way:
            number, (at, _) = next(iter(self._under_way.items()))
            if now - at < LOST_AFTER:
                break
            self._close(number, told=False, now=now)
        while self._ended and self._ended[0].at <= now - self._span:
            old = self._ended.popleft()
            self._own -= old.cost
            self._untold -= 0 if old.told else old.cost
        if self._told is not None and now >= self._told.until:
            self._told = None
