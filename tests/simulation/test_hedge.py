"""Hedge mode and isolated margin in a whole worker, on the exchange: set while flat, then traded in."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from support.build import BTC, ETH
from support.servers import Served
from support.trader import Trader, trading
from tradepods_core.book.intents import Leg
from tradepods_core.paper.account import PaperAccount, PositionSide
from tradepods_core.rules.preparation import not_applied

D = Decimal
HEDGE: dict[str, Any] = {"hedgeMode": True}
LONG, SHORT = Leg(BTC, "long"), Leg(BTC, "short")
LEVELS = {"long": (D(97), D(103)), "short": (D(103), D(97))}  # stop, take-profit


def _guarded(paper: PaperAccount, side: PositionSide) -> bool:
    """Whether one side is held, and one stop and one take-profit of its own and its quantity rest."""
    held = abs(paper.held(BTC, side))
    resting = [order for order in paper.resting.values() if order.side == side]
    found = sorted((order.kind, order.quantity, order.trigger) for order in resting)
    stop, target = LEVELS[side]
    return bool(held) and found == [("stop_market", held, stop), ("take_profit_market", held, target)]


def _both_guarded(trader: Trader) -> bool:
    paper = trader.customer.paper
    return trader.agrees() and _guarded(paper, "long") and _guarded(paper, "short")


async def _hedged(trader: Trader) -> None:
    """Long and short of one symbol, each with its orders."""
    await trader.until(lambda: trader.customer.paper.hedge and trader.agrees())
    trader.buy()
    trader.sell()
    await trader.until(lambda: _both_guarded(trader))


async def test_both_sides_of_a_symbol_are_held_each_with_its_own_orders(exchange: Served, tmp_path: Path) -> None:
    """The price that closes one leaves the other as it was."""
    async with trading(exchange, tmp_path, **HEDGE, short={"takeProfitPct": 3, "stopLossPct": 4}) as trader:
        await trader.until(lambda: trader.customer.paper.hedge and trader.agrees())
        trader.buy()
        trader.sell()
        await trader.until(lambda: trader.agrees() and len(trader.customer.paper.resting) == 4)
        await trader.move("103.5")  # the long's take-profit; the short's stop is at 104
        await trader.until(lambda: trader.agrees() and set(trader.book.positions) == {SHORT})
        await trader.until(lambda: len(trader.customer.paper.resting) == 2)

        assert trader.stops() == [D(104)]
        assert trader.customer.watch.longest_ms < 1_000
        await trader.move("104")
        await trader.until(lambda: trader.agrees() and trader.flat())


async def test_a_worker_that_comes_back_knows_both_sides(exchange: Served, tmp_path: Path) -> None:
    """And guards them on: what closed one meanwhile is booked to that one."""
    async with trading(exchange, tmp_path, **HEDGE) as trader:
        await _hedged(trader)
    async with trading(exchange, tmp_path, **HEDGE) as trader:
        await trader.until(lambda: _both_guarded(trader))
        assert set(trader.book.positions) == {LONG, SHORT}
    exchange.exchange.market.prices = {**exchange.exchange.market.prices, BTC: D("103.5")}
    exchange.exchange.react()  # the long's take-profit and the short's stop
    async with trading(exchange, tmp_path, **HEDGE) as trader:
        await trader.until(lambda: trader.agrees() and trader.flat())

        assert trader.book.positions == {}


async def test_the_mode_waits_until_the_account_is_flat(exchange: Served, tmp_path: Path) -> None:
    """Until then it says so, and trades as the exchange is set: no side beside the other."""
    async with trading(exchange, tmp_path) as trader:
        trader.buy()
        await trader.until(trader.protected)
    async with trading(exchange, tmp_path, **HEDGE) as trader:
        sight = trader.desk.sight
        assert not_applied(settings=sight.settings, venue=sight.venue)[0].startswith("hedgeMode: true waits")
        trader.sell()
        await trader.until(lambda: len(trader.book.decided) == 2 and trader.agrees())
        assert set(trader.book.positions) == {LONG}
        assert not trader.customer.paper.hedge

        await trader.move("97")
        await trader.until(lambda: trader.agrees() and trader.flat() and trader.customer.paper.hedge)
        await trader.until(lambda: not_applied(settings=sight.settings, venue=sight.venue) == ())


async def test_what_was_opened_in_hedge_mode_is_guarded_in_it_until_flat(exchange: Served, tmp_path: Path) -> None:
    """Whatever the setting says by now; then the account goes back to one-way."""
    async with trading(exchange, tmp_path, **HEDGE) as trader:
        await _hedged(trader)
    async with trading(exchange, tmp_path) as trader:
        await trader.until(lambda: _both_guarded(trader))
        await trader.move("97")  # the short's take-profit and the long's stop
        await trader.until(lambda: trader.agrees() and trader.flat() and not trader.customer.paper.hedge)


async def test_isolated_margin_is_set_and_traded_in(exchange: Served, tmp_path: Path) -> None:
    """The position has a margin of its own, and its stop and take-profit as any other."""
    async with trading(exchange, tmp_path, marginMode="isolated") as trader:
        await trader.until(lambda: BTC in trader.customer.paper.isolated and trader.agrees())
        assert ETH not in trader.customer.paper.isolated, "the account does not trade it"
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
        held = trader.customer.paper.positions[BTC]
        assert held.margin == held.quantity * held.average / 10

    async with trading(exchange, tmp_path, marginMode="cross") as trader:
        await trader.until(lambda: trader.agrees() and trader.protected())
        assert BTC in trader.customer.paper.isolated, "not while it is held"
        await trader.move("103")
        await trader.until(lambda: trader.agrees() and trader.flat() and not trader.customer.paper.isolated)
