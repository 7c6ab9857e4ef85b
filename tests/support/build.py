"""Builders: a valid value by default, with what a test is about given by keyword."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tradepods_core.book.events import CycleArrived
from tradepods_core.ids import cycle_id, signal_id
from tradepods_core.market import Bracket, Market
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle, Signal, valid_for

BTC = "BTC/USDT:USDT"
ETH = "ETH/USDT:USDT"
NOON = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
WALL = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
ACCOUNT = UUID("00000000-0000-5000-8000-000000000001")
FIVE = Timeframe.parse("5m")
D = Decimal


def market(symbol: str = BTC, **changes: Any) -> Market:
    """A market with a tick of 0.1 and a step of 0.001."""
    values: dict[str, Any] = {
        "symbol": symbol,
        "id": symbol.replace("/", "").partition(":")[0],
        "settle": "USDT",
        "tick": D("0.1"),
        "step": D("0.001"),
        "min_quantity": D("0.001"),
        "max_quantity": D(120),
        "min_notional": D(5),
        "brackets": (Bracket(cap=D(1_000_000), max_leverage=125, maintenance=D("0.004")),),
    }
    return Market(**values | changes)


def spec(**changes: Any) -> dict[str, Any]:
    """A TradingAccount's spec as a person writes it: a dry run with autoExit."""
    return {
        "exchange": {"id": "binanceusdm", "environment": "live"},
        "autoExit": True,
        "dca": {"enabled": False},
        **changes,
    }


def settings(**changes: Any) -> AccountSpec:
    """Settings, by the names that a person writes."""
    return read_account(spec(**changes))


def signal(symbol: str = BTC, side: str = "long", *, close: datetime = NOON, **changes: Any) -> Signal:
    """A signal of the five-minute candle that closes at `close`, at a price of 100."""
    values: dict[str, Any] = {
        "id": signal_id(
            cycle=cycle_id(FIVE, close),
            namespace="default",
            strategy=changes.get("strategy", "swing"),
            symbol=symbol,
            side=side,
        ),
        "strategy": "swing",
        "namespace": "default",
        "revision": "abc",
        "symbol": symbol,
        "side": side,
        "kind": "test",
        "strength": D(1),
        "reference_price": D(100),
    }
    return Signal(**values | changes)


def cycle(*signals: Signal, close: datetime = NOON, **changes: Any) -> Cycle:
    """The cycle of these signals, published at its candle's close."""
    values: dict[str, Any] = {
        "id": cycle_id(FIVE, close),
        "timeframe": "5m",
        "close": close,
        "published_at": close,
        "valid_until": close + valid_for(FIVE),
        "universe": (BTC, ETH),
        "signals": signals,
    }
    return Cycle(**values | changes)


def arrived(*signals: Signal, close: datetime = NOON) -> CycleArrived:
    """The event of a cycle."""
    return CycleArrived(cycle=cycle(*signals, close=close))


def later(seconds: float, *, than: datetime = WALL) -> datetime:
    """So many seconds after."""
    return than + timedelta(seconds=seconds)
