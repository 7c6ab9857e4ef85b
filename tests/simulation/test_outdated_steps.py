"""The venue changes a symbol's tick while a worker trades it: the stop by yesterday's is refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from support.build import BTC
from support.servers import Served
from support.trader import trading
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.intents import Rejected
from tradepods_simulator.exchange.faults import Fault

D = Decimal
MARKETS = {"method": "GET", "path": "/fapi/v1/exchangeInfo"}
STOP = {"method": "POST", "path": "/fapi/v1/algoOrder", "contains": "type=STOP_MARKET"}


def _coarser(exchange: Served) -> None:
    """A tick of 2: a stop at 97 lies between two."""
    market = exchange.exchange.market
    market.markets = {**market.markets, BTC: market.markets[BTC].model_copy(update={"tick": D(2)})}


async def test_a_stop_by_an_outdated_tick_is_rounded_by_the_venues_own_and_placed(
    exchange: Served, tmp_path: Path
) -> None:
    """Nothing is closed; the next position's stop fits at once."""
    async with trading(exchange, tmp_path) as trader:
        await trader.until(trader.agrees)
        _coarser(exchange)
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
        assert trader.stops() == [D(98)]
        assert trader.customer.watch.longest_ms <= 1_000
        assert trader.tally().exits == 0

        await trader.move("94")
        await trader.until(lambda: trader.agrees() and trader.flat())
        await trader.move("100")
        trader.buy("another")
        await trader.until(lambda: trader.agrees() and trader.protected())
        settled = [fact for fact in await trader.facts() if isinstance(fact, IntentSettled)]
        assert sum(isinstance(fact.outcome, Rejected) for fact in settled) == 1


@pytest.mark.parametrize(
    "fault", [{**MARKETS, "does": "hang"}, {**STOP, "does": "answer", "status": 400, "code": -4014, "count": 2}]
)
async def test_a_stop_that_can_not_be_rounded_anew_closes_the_position(
    exchange: Served, tmp_path: Path, fault: dict[str, object]
) -> None:
    """The venue does not name its tick within the second, or refuses the second stop as well."""
    async with trading(exchange, tmp_path) as trader:
        await trader.until(trader.agrees)
        _coarser(exchange)
        exchange.faults.arm(Fault.model_validate(fault))
        trader.buy()
        await trader.until(lambda: trader.tally().exits == 1 and trader.agrees() and trader.flat())

        sent = [trade for trade in trader.customer.trades if not trade.order.buys]
        assert len(sent) == 1
        assert exchange.faults.to_come() == 0, "it has happened"
