"""What may be asked of the venue now: a share of its limit, and less of it while it does not answer well.

The limit is for the address, and workers send their orders from the same one: so questions give way at half of it, the
least urgent first. The venue's header says what all of them have used; what we have sent since is counted on top.
After a question that was not answered the pace halves, and it recovers little by little with those that are.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tradepods_core.times import EPOCH
from tradepods_signals.ports.market import Purpose

USUAL = 2_400  # weight a minute, until the venue has said it
SHARE: Mapping[Purpose, int] = {"close": 50, "backfill": 40, "universe": 35}  # percent of the limit, the urgent first
MINUTE = timedelta(minutes=1)
APART = timedelta(seconds=1)  # by which the venue's clock and ours may differ
SLOWEST = 1 / 16  # of the full pace
STEP = 1 / 100  # of the full pace, that an answer gives back
ONE_TROUBLE = timedelta(seconds=1)  # questions that fail within it have failed for one reason


@dataclass(frozen=True, slots=True)
class _Told:
    """What a header said, when, and until when the venue's minute lasts."""

    used: int
    at: datetime
    until: datetime


class Budget:
    """Counts what is asked, and hears what comes back. Times are passed in."""

    def __init__(self) -> None:
        self._limit = USUAL
        self._pace = 1.0
        self._sent: deque[tuple[datetime, int]] = deque()
        self._told: _Told | None = None
        self._slowed_at: datetime | None = None

    @property
    def limit(self) -> int:
        """The venue's own: weight a minute and address."""
        return self._limit

    @property
    def pace(self) -> float:
        """The part of our share that is used, from a sixteenth to 1."""
        return self._pace

    def learn(self, limit: int) -> None:
        """The venue has said its limit; nonsense changes nothing."""
        if limit > 0:
            self._limit = limit

    def take(self, purpose: Purpose, *, weight: int, now: datetime) -> datetime | None:
        """None where a question may leave now, which is counted then; else when to ask again."""
        most = self._limit * SHARE[purpose] // 100
        at = max(self._alone(weight, int(most * self._pace), now), self._together(weight, most, now))
        if at > now:
            return at
        self._sent.append((now, weight))
        return None

    def used(self, now: datetime) -> int:
        """Weight that all behind our address have used in the venue's minute, as far as is known."""
        own = self._own(now)
        told = self._told
        if told is None:
            return own
        return max(own, told.used + sum(weight for at, weight in self._sent if at > told.at))

    def hear(self, used: int, *, now: datetime) -> None:
        """An answer's header says what is used; a smaller figure of the same minute was counted earlier."""
        self._own(now)
        if self._told is None or used >= self._told.used:
            self._told = _Told(used, now, now - (now - EPOCH) % MINUTE + MINUTE + APART)

    def judge(self, *, answered: bool, now: datetime) -> None:
        """A question was answered; or it was not, by a time-out, a refusal for its number or a fault of the venue."""
        if answered:
            self._pace = min(self._pace + STEP, 1.0)
        elif self._slowed_at is None or not timedelta(0) <= now - self._slowed_at < ONE_TROUBLE:
            self._pace, self._slowed_at = max(self._pace / 2, SLOWEST), now

    def _own(self, now: datetime) -> int:
        """What we have sent in the last minute. What no minute of now holds is forgotten, after a step back too."""
        while self._sent and not now - MINUTE < self._sent[0][0] <= now + APART:
            self._sent.popleft()
        if self._told is not None and not self._told.at - APART <= now < self._told.until:
            self._told = None
        return sum(weight for _, weight in self._sent)

    def _alone(self, weight: int, most: int, now: datetime) -> datetime:
        """When our own pace lets it leave; a single question always may, however heavy it is."""
        own = self._own(now)
        for at, old in self._sent:
            if own + weight <= most:
                break
            own, now = own - old, at + MINUTE
        return now

    def _together(self, weight: int, most: int, now: datetime) -> datetime:
        """When it leaves room for what the others behind our address send."""
        used, told = self.used(now), self._told
        return now if told is None or used + weight <= most else told.until
