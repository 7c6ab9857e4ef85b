"""A folder of Parquet files that keeps candles; files are read and written beside the event loop."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tradepods_signals.ports.market import Candle, Series


class CandleFolder:
    """One venue's candles; `candle_files` has their form."""

    def __init__(self, folder: Path) -> None:
        from tradepods_signals.adapters import candle_files  # who keeps none is spared pyarrow's 40 MiB

        self._folder, self._files = folder, candle_files

    async def read(self, series: Series, since: datetime, until: datetime) -> Sequence[Candle]:
        """Those that opened from `since` to before `until`; raises Invalid for a symbol that no file is named by."""
        return await asyncio.to_thread(self._files.read, self._folder, *series, since, until)

    async def write(self, series: Series, candles: Sequence[Candle]) -> None:
        """Keep these too; raises Temporary where the disk doesn't take them."""
        await asyncio.to_thread(self._files.write, self._folder, *series, candles)
