"""Candles that did not come in their turn: named when they are missed, once they are there, and if they never come."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe, written
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.market import Series

DEADLINES = ((60, 30), (180, 60), (300, 90))  # seconds of a candle, seconds after its close
LATEST = 120  # seconds after the close of a longer one
log = structlog.get_logger()


def deadline(timeframe: Timeframe) -> timedelta:
    """How long after its close a candle is asked for."""
    return timedelta(seconds=next((late for length, late in DEADLINES if timeframe.seconds <= length), LATEST))


class Gaps:
    """Which series lack candles that they should have; those that have never been whole are not among them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._since: dict[Series, datetime | None] = {}
        self._lost: set[Series] = set()

    def is_lost(self, series: Series) -> bool:
        """Whether its last candle was given up."""
        return series in self._lost

    def behind(self, found: Iterable[tuple[Series, datetime | None, datetime]]) -> None:
        """These lack the candles from one close to another."""
        named: dict[tuple[Timeframe, datetime, datetime], list[Symbol]] = {}
        for series, since, until in found:
            if since is not None and series in self._since and self._since[series] is None:
                self._since[series] = since
                named.setdefault((series[1], since, until), []).append(series[0])
        for (timeframe, since, until), symbols in named.items():
            self._metrics.candle_gaps.labels(str(timeframe)).inc(len(symbols))
            log.warning("candle_gap", **_told(timeframe, since, until), symbols=symbols)

    def whole(self, series: Series, until: datetime) -> None:
        """Nothing is missing any more."""
        since = self._since.get(series)
        if since is not None:
            log.info("candle_gap_filled", **_told(series[1], since, until), symbol=series[0])
        self._since[series] = None
        self._lost.discard(series)

    def give_up(self, series: Iterable[Series], close: datetime) -> None:
        """The candles of this close did not come by their deadline; they are read with those of a later one."""
        named: dict[Timeframe, list[Symbol]] = {}
        for one in series:
            named.setdefault(one[1], []).append(one[0])
            self._lost.add(one)
        for timeframe, symbols in named.items():
            self._metrics.candles_missing.labels(str(timeframe)).inc(len(symbols))
            log.warning("candles_missing", timeframe=str(timeframe), close=written(close), symbols=symbols)

    def only(self, series: Iterable[Series]) -> None:
        """Only these are still needed."""
        kept = set(series)
        self._since = {one: since for one, since in self._since.items() if one in kept}
        self._lost &= kept


def _told(timeframe: Timeframe, since: datetime, until: datetime) -> dict[str, str | int]:
    count = (until - since) // timeframe.length
    return {"timeframe": str(timeframe), "since": written(since), "until": written(until), "candles": count}
