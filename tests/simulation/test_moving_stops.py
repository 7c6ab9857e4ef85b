"""Stops that move, on the exchange: the new one rests before the old one goes, and it is the one that is hit."""

from decimal import Decimal
from pathlib import Path

from support.servers import Served
from support.trader import trading

D = Decimal


async def test_a_position_that_has_run_is_closed_at_break_even(exchange: Served, tmp_path: Path) -> None:
    """The price runs one percent and comes back: what it costs is the fee, less the offset."""
    async with trading(exchange, tmp_path, breakEven={"triggerPct": 1, "offsetPct": "0.2"}) as trader:
        trader.buy()
        await trader.until(trader.protected)
        await trader.move("101")
        await trader.until(lambda: trader.agrees() and trader.stops() == [D("100.2")])
        await trader.move("100.2")
        await trader.until(lambda: trader.agrees() and trader.flat())

        assert trader.customer.trades[-1].realized > 0
        assert trader.customer.watch.longest_ms < 1_000


async def test_a_trailing_stop_takes_most_of_a_run(exchange: Served, tmp_path: Path) -> None:
    """It wakes up at two percent, and sells one percent below the best price."""
    async with trading(
        exchange, tmp_path, trailing={"activatePct": 2, "callbackPct": 1}, long={"takeProfitPct": 9, "stopLossPct": 3}
    ) as trader:
        trader.buy()
        await trader.until(trader.protected)
        await trader.move("101.9")
        await trader.until(lambda: trader.agrees() and trader.stops() == [D(97)])
        await trader.move("104")
        await trader.until(lambda: trader.agrees() and trader.stops() == [D("102.9")])
        await trader.move("102.9")
        await trader.until(lambda: trader.agrees() and trader.flat())

        assert trader.customer.trades[-1].price == D("102.9")
