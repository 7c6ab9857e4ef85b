"""Closed candles of one symbol and timeframe, as arrays, no longer than what indicators need."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from tradepods_core.times import Timeframe, from_ms, to_ms
from tradepods_signals.ports import Candle

Floats = npt.NDArray[np.float64]
COLUMNS = 6
SLACK = 64  # candles written before the kept ones are moved to the front again


class Window:
    """Columns of open ms, open, high, low, close, volume; oldest first, one timeframe apart.

    A new candle is written behind the others, in room that is a little longer than what is kept: it costs the same
    however long the history. Indicators read each column in one piece.
    """

    def __init__(self, timeframe: Timeframe, keep: int) -> None:
        self._timeframe = timeframe
        self._length = timeframe.seconds * 1000
        self._keep = keep
        self._room = np.empty((COLUMNS, keep + SLACK), dtype=np.float64)
        self._begin = self._end = 0
        self._solid = 0

    @property
    def timeframe(self) -> Timeframe:
        """Distance between candles."""
        return self._timeframe

    @property
    def keep(self) -> int:
        """Candles that indicators need; older ones are let go."""
        return self._keep

    @property
    def rows(self) -> Floats:
        """One row a candle."""
        return self._room[:, self._begin : self._end].T

    @property
    def solid(self) -> int:
        """Candles in a row without a gap, the newest included."""
        return min(self._solid, self._end - self._begin)

    @property
    def close(self) -> datetime | None:
        """When the newest candle closed; None while there is none."""
        if self._end == self._begin:
            return None
        return from_ms(int(self._room[0, self._end - 1]) + self._length)

    @property
    def torn(self) -> bool:
        """Whether there is a gap between its candles."""
        return self.solid < self._end - self._begin

    def usable(self, *, close: datetime, needed: int) -> bool:
        """Whether the newest candle closed then, and enough of them stand in a row."""
        return self.solid >= needed and self.close == close

    def newest(self, count: int) -> Floats:
        """The newest candles, one column a kind; they are not to be written to."""
        return self._room[:, self._end - count : self._end]

    def extend(self, candles: Sequence[Candle], *, until: datetime) -> None:
        """Append candles that closed by `until`; what is already there or still forms is left out."""
        latest = to_ms(until) - self._length
        last = self._room[0, self._end - 1] if self._end > self._begin else -1.0
        for candle in candles:
            if last < candle.open_ms <= latest:
                self._append(candle, follows=candle.open_ms - last == self._length)
                last = candle.open_ms

    def _append(self, candle: Candle, *, follows: bool) -> None:
        if self._end == self._room.shape[1]:
            self._room[:, : self._keep] = self._room[:, self._end - self._keep :]
            self._begin, self._end = 0, self._keep
        self._room[:, self._end] = candle
        self._end += 1
        self._begin = max(self._begin, self._end - self._keep)
        self._solid = self._solid + 1 if follows else 1

    def resized(self, keep: int) -> "Window":
        """A window that keeps so many candles and holds the newest of these."""
        found = Window(self._timeframe, keep)
        for row in self.rows[-keep:]:
            candle = Candle(int(row[0]), *(float(value) for value in row[1:]))
            found.extend([candle], until=from_ms(candle.open_ms + self._length))
        return found

    def drop_if_torn(self) -> None:
        """Let go of candles with a gap between them: they are read anew as a whole."""
        if self.torn:
            self._begin = self._end = self._solid = 0
