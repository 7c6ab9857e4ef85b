"""Closed candles that the venue's stream has told, until a window takes them at its close."""

from collections.abc import Collection, Iterable

import structlog

from tradepods_core.times import to_ms
from tradepods_signals.engine.windows import Window
from tradepods_signals.ports.market import Candle, Series

MOST = 16  # candles of one series that may wait; older ones are read by request
log = structlog.get_logger()


class Heard:
    """What was told, and of which series more is to come.

    A candle waits here, so that windows never run ahead of the close that is computed: a cycle is the same however
    early the next candle came.
    """

    def __init__(self) -> None:
        self._told: dict[Series, dict[int, Candle]] = {}
        self._begun: set[Series] = set()
        self._expected: set[Series] = set()

    def only(self, series: Collection[Series]) -> None:
        """Only these are still needed."""
        kept = set(series)
        self._told = {one: told for one, told in self._told.items() if one in kept}
        self._begun &= kept
        self._expected &= kept

    def begins(self, series: Series) -> None:
        """The stream speaks of it."""
        self._begun.add(series)
        self._expected.add(series)

    def breaks(self, series: Iterable[Series]) -> None:
        """Their connection is gone: nothing more is to be waited for."""
        self._expected.difference_update(series)

    def tell(self, series: Series, candle: Candle) -> None:
        """One candle has closed; of two that opened at once the one told later counts until the record is read."""
        told = self._told.setdefault(series, {})
        if told.get(candle.open_ms, candle) != candle:
            log.warning("candle_told_anew", symbol=series[0], timeframe=str(series[1]), opened=candle.open_ms)
        told[candle.open_ms] = candle
        if len(told) > MOST:
            del told[min(told)]
        self.begins(series)

    def knows(self, series: Series) -> bool:
        """Whether the stream has ever spoken of it."""
        return series in self._begun

    def expects(self, series: Series) -> bool:
        """Whether its next candle is worth waiting for."""
        return series in self._expected

    def give_up(self, series: Series) -> None:
        """It was silent when its candle closed: it is waited for again once it speaks."""
        self._expected.discard(series)

    def take(self, series: Series, window: Window, *, until_ms: int) -> int:
        """Append what follows the window without a gap and has closed by then; how many candles that were."""
        told = self._told.get(series)
        if not told or window.close is None:
            return 0
        length, opened, count = window.timeframe.seconds * 1000, to_ms(window.close), 0
        while opened + length <= until_ms and opened in told:
            window.hear(told.pop(opened))
            opened, count = opened + length, count + 1
        for old in [one for one in told if one < opened]:
            del told[old]
        return count
