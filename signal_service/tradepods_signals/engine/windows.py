"""Closed candles of one symbol and timeframe, as arrays, no longer than what indicators need."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from tradepods_core.times import Timeframe, from_ms, to_ms
from tradepods_signals.ports import Candle

Floats = npt.NDArray[np.float64]
COLUMNS = 6


def _empty() -> Floats:
    return np.empty((0, COLUMNS), dtype=np.float64)


@dataclass(slots=True)
class Window:
    """Rows of (open ms, open, high, low, close, volume), oldest first, one timeframe apart.

    Attributes:
        timeframe: distance between rows.
        keep: rows that indicators need; older ones are let go.

    """

    timeframe: Timeframe
    keep: int
    rows: Floats = field(default_factory=_empty)

    def extend(self, candles: Sequence[Candle], *, until: datetime) -> None:
        """Append candles that closed by `until`; what is already there or still forms is left out."""
        length = self.timeframe.seconds * 1000
        last = self.rows[-1, 0] if len(self.rows) else -1.0
        fresh = [candle for candle in candles if candle.open_ms > last and candle.open_ms + length <= to_ms(until)]
        if fresh:
            self.rows = np.vstack((self.rows, np.array(fresh, dtype=np.float64)))[-self.keep :]

    @property
    def close(self) -> datetime | None:
        """When the newest candle closed; None while there is none."""
        if not len(self.rows):
            return None
        return from_ms(int(self.rows[-1, 0])) + self.timeframe.length

    def drop_if_torn(self) -> None:
        """Let go of rows with a gap between them: they are read anew as a whole."""
        if np.any(np.diff(self.rows[:, 0]) != self.timeframe.seconds * 1000):
            self.rows = _empty()

    def usable(self, *, close: datetime, needed: int) -> bool:
        """Whether the newest candle closed then, and enough of them stand before it without a gap."""
        if self.close != close or len(self.rows) < needed:
            return False
        times = self.rows[-needed:, 0]
        return bool(np.all(np.diff(times) == self.timeframe.seconds * 1000))
