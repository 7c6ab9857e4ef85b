"""By what prices and quantities the venue judges orders: asked only after it has refused one for its steps."""

from collections.abc import Mapping
from typing import Any

from tradepods_core.market import Market
from tradepods_core.money import floor_to
from tradepods_worker.adapters.venues.binanceusdm.orders import Call, above_zero, exact

MARKETS = Call(method="fapiPublicGetExchangeInfo", signed=False)
LOTS = ("LOT_SIZE", "MARKET_LOT_SIZE")


def renewed(market: Market, answer: Mapping[str, Any]) -> Market:
    """The market with its filters of now, of both lots the stricter. Raises KeyError, ValueError, ArithmeticError."""
    listed = {entry["symbol"]: entry for entry in answer["symbols"]}
    filters = {entry["filterType"]: entry for entry in listed[market.id]["filters"]}
    lots = [filters[name] for name in LOTS if name in filters]
    step = max(above_zero(lot["stepSize"]) for lot in lots)
    return market.model_copy(
        update={
            "tick": above_zero(filters["PRICE_FILTER"]["tickSize"]),
            "step": step,
            "min_quantity": max(exact(lot["minQty"]) for lot in lots),
            "max_quantity": floor_to(min(exact(lot["maxQty"]) for lot in lots), step),
            "min_notional": exact(filters["MIN_NOTIONAL"]["notional"]),
        }
    )
