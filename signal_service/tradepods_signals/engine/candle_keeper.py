"""What outlives the process: candles are compared with the venue's record, then kept on disk."""

import structlog

from tradepods_core.errors import TradepodsError
from tradepods_signals.engine.candle_reader import CandleReader, Shelf
from tradepods_signals.engine.candle_store import CandleStore

log = structlog.get_logger()


class CandleKeeper:
    """Goes through the windows one by one, so that a cycle never waits for it longer than for one request."""

    def __init__(self, *, store: CandleStore, reader: CandleReader, shelf: Shelf | None) -> None:
        self._store, self._reader, self._shelf = store, reader, shelf

    async def keep(self, *, checked: bool = True) -> None:
        """Keep what is not on disk yet; unchecked, only what is known to be the record.

        What can't be compared or written now is left for the next time; the first failure ends this one.
        """
        for series, window in self._store.each():
            try:
                if checked:
                    await self._reader.check(series, window)
                if self._shelf is not None and (candles := window.unkept()):
                    until = window.sure_until
                    await self._shelf.write(series, candles)
                    window.kept_until = until
            except TradepodsError as error:
                log.warning("candles_not_kept", symbol=series[0], timeframe=str(series[1]), error=str(error))
                return
