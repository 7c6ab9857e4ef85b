"""Stops that move, on the exchange: the new one rests before the old one goes, and it is the one that is hit."""

from decimal import Decimal
from pathlib import Path

from support.build import BTC
from support.servers import Served
from support.trader import trading

D = Decimal


async def test_a_position_that_has_run_is_closed_at_break_even(exchange: Served, tmp_path: Path) -> None:
    """The price runs one percent and comes back: what it costs is the fee, less the offset."""
    async with trading(exchange, tmp_path, breakEven={"triggerPct": 1, "offsetPct": 0.2}) as trader:
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


async def test_a_losing_position_is_added_to_and_closed_as_one(exchange: Served, tmp_path: Path) -> None:
    """Stop and take-profit are of all of it, and of the new average; one of them closes all."""
    ladder = {"enabled": True, "triggerPct": 1, "stepPcts": [50, 50]}
    async with trading(exchange, tmp_path, dca=ladder) as trader:
        trader.buy()
        await trader.until(trader.protected)
        first = trader.customer.paper.held(BTC)
        await trader.move("99")
        await trader.until(lambda: trader.agrees() and trader.protected() and trader.customer.paper.held(BTC) > first)
        assert trader.stops() == [D("96.7")]
        await trader.move("96.7")
        await trader.until(lambda: trader.agrees() and trader.flat())

        assert [trade.order.buys for trade in trader.customer.trades] == [True, True, False]
        assert trader.customer.duplicates() == 0


async def test_an_add_sells_nothing_for_a_run_from_before_it(exchange: Served, tmp_path: Path) -> None:
    """Up by less than trailing wakes at, down by a step of the ladder: its lower average is no run of the price."""
    terms = {"trailing": {"activatePct": 2, "callbackPct": 1}, "long": {"takeProfitPct": 9, "stopLossPct": 5}}
    ladder = {"enabled": True, "triggerPct": 1, "stepPcts": [50, 50]}
    async with trading(exchange, tmp_path, dca=ladder, **terms) as trader:
        trader.buy()
        await trader.until(trader.protected)
        first = trader.customer.paper.held(BTC)
        await trader.move("101.9")
        await trader.until(lambda: [best.mark for best in trader.sight.best.values()] == [D("101.9")])
        await trader.move("98.9")
        await trader.until(lambda: trader.agrees() and trader.protected() and trader.customer.paper.held(BTC) > first)
        await trader.move("98.9")
        await trader.until(lambda: trader.agrees() and trader.stops() == [D("94.7")])

        assert all(trade.order.buys for trade in trader.customer.trades)
