"""The replayed day's mark prices, asked of the exchange once the day is over."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tradepods_cli.local.client import Client
from tradepods_cli.local.history import Prices
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms, to_ms

INTERVALS: Mapping[str, int] = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1_440}  # minutes
MOST = 1_500  # candles in one answer


async def prices(client: Client, exchange: str, *, symbols: Iterable[Symbol], market: Mapping[str, Any]) -> Prices:
    """What each symbol cost at the candles' opens, as often as one request a symbol allows; a minute apart at best."""
    start, end = (datetime.fromisoformat(market[name]) for name in ("from", "to"))
    interval = _interval(market["minutes"])
    begins = f"startTime={to_ms(start)}&endTime={to_ms(end)}&limit={MOST}"
    names = sorted(symbols)
    answers = await asyncio.gather(
        *(
            client.json(f"{exchange}/fapi/v1/klines?symbol={_identifier(name)}&interval={interval}&{begins}")
            for name in names
        )
    )
    found: dict[datetime, dict[Symbol, Decimal]] = {}
    for name, rows in zip(names, answers, strict=True):
        for opened_ms, opened, *_ in rows:
            found.setdefault(from_ms(opened_ms), {})[name] = Decimal(opened)
    return dict(sorted(found.items()))


def _interval(minutes: int) -> str:
    """The shortest one of which so many minutes fit into one answer."""
    return next((name for name, length in INTERVALS.items() if minutes / length < MOST), list(INTERVALS)[-1])


def _identifier(symbol: Symbol) -> str:
    """`BTC/USDT:USDT` as the venue writes it: `BTCUSDT`."""
    return symbol.partition(":")[0].replace("/", "")
