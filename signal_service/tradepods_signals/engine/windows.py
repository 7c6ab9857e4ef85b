"""Closed candles of one symbol and timeframe, as arrays, no longer than what indicators need."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from tradepods_core.times import Timeframe, from_ms, to_ms
from tradepods_signals.ports.market import Candle

Floats = npt.NDArray[np.float64]
COLUMNS = 6
SLACK = 64  # candles written before the kept ones are moved to the front again


class Window:
    """Columns of open ms, open, high, low, close, volume; oldest first, one timeframe apart.

    A new candle is written behind the others, in room that is a little longer than what is kept: it costs the same
    however long the history. Indicators read each column in one piece.

    Attributes:
        kept_until: up to which close it is on disk.
        reread: for the sake of which gap, and at which close, it was last read anew as a whole.

    """

    def __init__(self, timeframe: Timeframe, keep: int) -> None:
        self._timeframe = timeframe
        self._length = timeframe.seconds * 1000
        self._keep = keep
        self._room = np.empty((COLUMNS, keep + SLACK), dtype=np.float64)
        self._begin = self._end = 0
        self._solid = self._unsure = 0
        self.kept_until: datetime | None = None
        self.reread: tuple[int, datetime] | None = None

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
    def sure_until(self) -> datetime | None:
        """Up to which close it is the venue's record; what follows was told by a stream, or kept on disk."""
        return None if self.close is None else self.close - self._timeframe.length * self._unsure

    @property
    def gap(self) -> int | None:
        """When the candle behind the newest gap opened, ms; None where there is no gap between its candles."""
        return None if self.solid == self._end - self._begin else int(self._room[0, self._end - self.solid])

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
                self._doubt(bool(self._unsure))  # what follows an unsure one is not sure either
                last = candle.open_ms

    def _append(self, candle: Candle, *, follows: bool) -> None:
        if self._end == self._room.shape[1]:
            self._room[:, : self._keep] = self._room[:, self._end - self._keep :]
            self._begin, self._end = 0, self._keep
        self._room[:, self._end] = candle
        self._end += 1
        self._begin = max(self._begin, self._end - self._keep)
        self._solid = self._solid + 1 if follows else 1

    def hear(self, candle: Candle) -> None:
        """Append the candle that follows, as a stream told it: the venue's record is still to be read."""
        self._append(candle, follows=True)
        self._doubt(1)

    def doubt(self) -> None:
        """The newest was read just after its close: it is compared with the record once more."""
        self._unsure = max(self._unsure, min(1, self._end - self._begin))

    def _doubt(self, count: int) -> None:
        """So many more are unsure; those that were let go since are not among them."""
        self._unsure = min(self._unsure + count, self._end - self._begin)

    def restore(self, candles: Sequence[Candle], *, until: datetime) -> None:
        """Take what was kept on disk; the newest of it is still to be compared with the venue's record."""
        self.extend(candles, until=until)
        self.kept_until = self.close
        self._unsure = min(1, self._end)

    def compare(self, record: Sequence[Candle]) -> list[tuple[Candle, Candle]]:
        """Put the venue's record in the place of what was told; gives those that differ, as told and as recorded."""
        differing = []
        times = self._room[0, self._begin : self._end]
        for candle in record:
            place = self._begin + int(np.searchsorted(times, candle.open_ms))
            if place < self._end and self._room[0, place] == candle.open_ms:
                told = _candle(self._room[:, place])
                if told != candle:
                    differing.append((told, candle))
                    self._room[:, place] = candle
                self._unsure = min(self._unsure, self._end - 1 - place)
        return differing

    def unkept(self) -> list[Candle]:
        """Those that are not on disk yet and are the venue's record."""
        since = -1 if self.kept_until is None else to_ms(self.kept_until)
        sure = self._room[:, self._begin : self._end - self._unsure].T
        return [_candle(row) for row in sure[sure[:, 0] >= since]]

    def clear(self) -> None:
        """Let go of every candle: they are read anew as a whole."""
        self._begin = self._end = self._solid = self._unsure = 0
        self.kept_until = None


def _candle(row: Floats) -> Candle:
    opened, *values = row.tolist()
    return Candle(int(opened), *values)
