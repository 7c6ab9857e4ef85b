"""How often one caller may ask: a bucket that fills steadily."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MOST_CALLERS = 20_000  # buckets; the one that was not used for longest goes


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Pace:
    """So many requests a second for each caller, and so many at once.

    Args:
        seconds: a clock that only goes forward.

    """

    def __init__(self, *, rate: float, burst: float, seconds: Callable[[], float]) -> None:
        self._rate, self._burst, self._seconds = rate, burst, seconds
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def charge(self, caller: Hashable, cost: float) -> None:
        """What a caller asked for has cost more than one request: later ones wait for it."""
        bucket = self._buckets.get(caller)
        if bucket is not None:
            bucket.left -= cost

    def take(self, caller: Hashable) -> float:
        """Seconds until this caller may ask again; 0 where it may now."""
        now = self._seconds()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self._burst, now)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(caller)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self._rate
        bucket.left -= 1
        return 0.0
