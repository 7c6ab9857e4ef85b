"""Which candles the demo replays: recorded ones where they are, else the synthetic market."""

import os
from dataclasses import dataclass
from pathlib import Path

from tradepods_core.errors import Permanent

VARIABLE = "TRADEPODS_DATA"
BESIDE = Path("../shared/data")
PATTERN = "*USDT-1m.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSource:
    """Recorded candles in a folder, or None for the synthetic market."""

    folder: Path | None
    says: str

    @property
    def kind(self) -> str:
        """As the report writes it."""
        return "synthetic" if self.folder is None else "recorded"


def choose(asked: Path | None) -> MarketSource:
    """The folder that was asked for, else TRADEPODS_DATA, else ../shared/data, else the synthetic market.

    Raises Permanent where a folder was named and holds no candles: nothing else is used in its place unasked.
    """
    named = asked or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None:
        if not named.is_dir() or not any(named.rglob(PATTERN)):
            raise Permanent(f"{named} holds no candles: expected files such as BTCUSDT-1m.parquet")
        return MarketSource(folder=named.resolve(), says=f"recorded candles from {named}")
    if BESIDE.is_dir() and any(BESIDE.rglob(PATTERN)):
        return MarketSource(folder=BESIDE.resolve(), says=f"recorded candles from {BESIDE}")
    return MarketSource(folder=None, says=f"the seeded synthetic market ({VARIABLE} names no folder of candles)")
