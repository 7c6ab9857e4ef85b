"""Builders of minute candles and of exchanges that replay them."""

from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from support.build import NOON
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.app import AccountEntry, make_exchange
from tradepods_simulator.exchange.candles import MINUTE_MS, Series
from tradepods_simulator.exchange.market import ReplayedMarket, Window
from tradepods_simulator.exchange.venue import Exchange

START_MS = to_ms(NOON)
WALL_MS = 1_800_000_000_000
BOB = AccountEntry(name="bob", api_key="bob-key", api_secret="bob-secret", balance=Decimal(10_000))


class Minute(NamedTuple):
    """One minute as a test writes it."""

    opened: float
    high: float
    low: float
    close: float
    volume: float = 1.0


def series(minutes: Sequence[Minute], *, start_ms: int = START_MS, digits: int = 1, volume_digits: int = 3) -> Series:
    """A series of these minutes."""
    columns = [array("d", column) for column in zip(*minutes, strict=True)] if minutes else [array("d")] * 5
    opens, highs, lows, closes, volumes = columns
    return Series(
        start_ms=start_ms,
        digits=digits,
        volume_digits=volume_digits,
        opens=opens,
        highs=highs,
        lows=lows,
        closes=closes,
        volumes=volumes,
    )


def flat(*prices: float) -> list[Minute]:
    """Minutes that stand at these prices."""
    return [Minute(price, price, price, price) for price in prices]


def replay(history: Mapping[str, Series], *, minutes: int) -> ReplayedMarket:
    """The market of so many minutes from noon on."""
    return ReplayedMarket(history, Window(start_ms=START_MS, end_ms=START_MS + minutes * MINUTE_MS))


def exchange(*prices: float, entries: Sequence[AccountEntry] = (BOB,)) -> Exchange:
    """An exchange with one symbol, BTCUSDT, that stands at each price for a minute."""
    market = replay({"BTCUSDT": series(flat(*(prices or (100.0, 100.0))))}, minutes=len(prices) or 2)
    return make_exchange(market, list(entries), wall_ms=lambda: WALL_MS)
