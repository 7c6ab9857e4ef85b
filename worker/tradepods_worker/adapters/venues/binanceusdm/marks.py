"""Mark prices: how they are asked for, which needs no key, and what the answers mean."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.foreign import mark_of
from tradepods_worker.adapters.venues.binanceusdm.orders import Call, amount
from tradepods_worker.ports import Mark

EVERY = Call(method="fapiPublicGetPremiumIndex", signed=False, weight=10)


def questions(market_ids: Collection[str]) -> Sequence[Call]:
    """One a symbol; from the tenth on the list of all symbols, which weighs as much as ten."""
    return [EVERY] if len(market_ids) >= EVERY.weight else [mark_of(market_id) for market_id in market_ids]


def marks(answer: Any, names: Mapping[str, Symbol]) -> Mapping[Symbol, Mark]:
    """Those of the symbols that were asked for; a price of nothing is none. Raises what `readable` knows."""
    entries = answer if isinstance(answer, list) else [answer]
    return {
        names[entry["symbol"]]: Mark(price=price, at=from_ms(int(entry["time"])))
        for entry in entries
        if entry["symbol"] in names and (price := amount(entry["markPrice"])) > ZERO
    }
