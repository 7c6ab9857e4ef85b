"""The values of all terms for all symbols at one close, as arrays of symbols."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np

from tradepods_core.shapes import Symbol
from tradepods_core.strategy.evaluate import Read
from tradepods_core.strategy.variables import Term
from tradepods_core.times import Timeframe
from tradepods_signals.engine.plan import Calculation, TimeframePlan
from tradepods_signals.engine.windows import Window

DIGITS = 8  # significant digits of a value: windows of different length agree in these
Windows = Mapping[Timeframe, Mapping[Symbol, Window]]
NOW, BEFORE = 0, 1


class Values:
    """Of each term the newest value and the one a candle of the strategy's before, by symbol; NaN is not known."""

    def __init__(self, plan: TimeframePlan) -> None:
        self._plan = plan
        self._of = {term: np.full((2, len(plan.universe)), math.nan) for term in plan.terms}

    def compute(
        self, windows: Windows, *, close: datetime, overdue: Callable[[], bool]
    ) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
        """Fill in what the windows hold. Gives the late symbols, and those of which some value is not known.

        A symbol is late where a candle that has closed by now isn't there, or the budget is overdue.
        """
        late: list[Symbol] = []
        missing: list[Symbol] = []
        for place, symbol in enumerate(self._plan.universe):
            if overdue() or not self._there(windows, symbol, close):
                late.append(symbol)
            elif not self._symbol(windows, symbol, place, close):
                missing.append(symbol)
        return tuple(late), tuple(missing)

    def _there(self, windows: Windows, symbol: Symbol, close: datetime) -> bool:
        """Whether its newest candles are there: that of this close, and the closed ones of longer timeframes."""
        if windows[self._plan.timeframe][symbol].close != close:
            return False
        needed = {one.timeframe for one in self._plan.calculations if symbol in one.symbols}
        return all(windows[timeframe][symbol].close == timeframe.last_close(close) for timeframe in needed)

    def _symbol(self, windows: Windows, symbol: Symbol, place: int, close: datetime) -> bool:
        """Compute all that is read of one symbol; whether all of it is known."""
        known = True
        for calculation in self._plan.calculations:
            if symbol in calculation.symbols:
                window = windows[calculation.timeframe][symbol]
                known &= window.solid >= calculation.candles and self._calculate(calculation, window, place, close)
        return known

    def _calculate(self, calculation: Calculation, window: Window, place: int, close: datetime) -> bool:
        found = calculation.function(window.newest(calculation.candles), calculation.params)
        before = -1 if self._same_candle(calculation.timeframe, close) else -2
        known = True
        for term, number in calculation.series.items():
            pair = _rounded(found[number][-1]), _rounded(found[number][before])
            self._of[term][:, place] = pair
            known &= math.isfinite(pair[NOW])
        return known

    def _same_candle(self, timeframe: Timeframe, close: datetime) -> bool:
        """Whether a strategy's candle before saw the same candle of a longer timeframe: then nothing crosses in it."""
        return timeframe.last_close(close - self._plan.timeframe.length) == timeframe.last_close(close)

    def arrays(self) -> Read:
        """Reads whole arrays of symbols, in the order of the universe."""
        return lambda term, ago: self._of[term][ago]

    def at(self, place: int) -> Read:
        """Reads one symbol's numbers."""
        return lambda term, ago: float(self._of[term][ago, place])

    def told(self, place: int, *, which: int = NOW, only: frozenset[Term] | None = None) -> dict[str, float]:
        """One symbol's known values by the names of their terms."""
        read = ((term, float(pair[which, place])) for term, pair in self._of.items() if only is None or term in only)
        return {str(term): value for term, value in read if math.isfinite(value)}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
