"""A limit of losses that closes what is open, on the exchange: whatever is under way in that moment."""

from decimal import Decimal
from pathlib import Path

from support.build import BTC
from support.servers import Served
from support.trader import trading
from tradepods_core.book.intents import OPENING
from tradepods_simulator.exchange.faults import Fault

D = Decimal
TERMS = {
    "entryPct": 50,
    "leverage": 5,
    "long": {"takeProfitPct": 9, "stopLossPct": 8},
    "dca": {"enabled": True, "triggerPct": 1, "stepPcts": [50, 50]},
    "protections": {"maxDailyLossPct": 4, "flattenOnBreach": True},
}


async def test_an_add_that_is_under_way_when_a_limit_is_reached_is_closed_too(exchange: Served, tmp_path: Path) -> None:
    """The exchange answers it late; the account ends flat and paused, and was never without a stop for a second."""
    async with trading(exchange, tmp_path, **TERMS) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        await trader.move("100")
        exchange.faults.arm(
            Fault.model_validate({"path": "/fapi/v1/order", "when": "before", "does": "hold", "count": 1})
        )
        await trader.move("98.9")
        await trader.until(lambda: any(o.intent.purpose == "add" for o in trader.book.orders.values()))
        await trader.move("98.2")
        await trader.until(lambda: trader.book.pause is not None and trader.customer.paper.held(BTC) == 0)
        assert [o.intent.purpose for o in trader.book.orders.values() if o.intent.purpose in OPENING] == ["add"]
        exchange.faults.release(drop=False)
        await trader.until(lambda: len(trader.customer.trades) == 4 and trader.flat() and trader.agrees())

        assert [trade.order.buys for trade in trader.customer.trades] == [True, False, True, False]
        assert trader.customer.watch.longest_ms < 1_000
