"""A market asked for at the venue itself: its filters of this moment, or no answer."""

import json
from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, market
from support.scripted import Scripted, ccxt_venue
from support.servers import Served
from tradepods_core.errors import Temporary

D = Decimal
FILTERS: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.5", "maxPrice": "1000000", "tickSize": "0.50"},
    {"filterType": "LOT_SIZE", "minQty": "0.002", "maxQty": "1000", "stepSize": "0.001"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "100.005", "stepSize": "0.010"},
    {"filterType": "MIN_NOTIONAL", "notional": "20"},
]


def _said(*filters: dict[str, Any], name: str = "BTCUSDT") -> str:
    return json.dumps({"symbols": [{"symbol": "ETHUSDT", "filters": []}, {"symbol": name, "filters": list(filters)}]})


async def test_a_market_has_the_filters_of_now_and_keeps_the_rest(scripted: Scripted) -> None:
    """Of both lots the stricter, and the largest quantity a whole number of steps."""
    venue, known = ccxt_venue(scripted.url), market(trading=False)
    scripted.body = _said(*FILTERS)
    try:
        found = await venue.renewed(known)
    finally:
        await venue.close()

    newer = {"tick": D("0.5"), "step": D("0.01"), "min_quantity": D("0.002"), "max_quantity": D(100)}
    assert found == known.model_copy(update={**newer, "min_notional": D(20)})
    assert [asked["path"] for asked in scripted.asked] == ["/fapi/v1/exchangeInfo"]
    assert "signature" not in scripted.asked[0]


async def test_the_simulators_markets_are_read_as_they_are(exchange: Served) -> None:
    """What the worker was told of them is what they say themselves."""
    venue, known = ccxt_venue(exchange.url), exchange.exchange.market.markets[BTC]
    try:
        assert await venue.renewed(known.model_copy(update={"tick": D(7), "step": D(7)})) == known
    finally:
        await venue.close()


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "busy",
        _said(*FILTERS, name="SOLUSDT"),
        _said(*FILTERS[1:]),
        _said(*FILTERS[:3]),
        _said(FILTERS[0], FILTERS[3]),
        _said({**FILTERS[0], "tickSize": "0"}, *FILTERS[1:]),
        _said({**FILTERS[0], "tickSize": "NaN"}, *FILTERS[1:]),
        _said(FILTERS[0], {**FILTERS[1], "stepSize": "0"}, FILTERS[3]),
        _said(FILTERS[0], {**FILTERS[1], "maxQty": "NaN"}, FILTERS[3]),
        _said(*FILTERS[:2], {**FILTERS[3], "notional": "much"}),
    ],
)
async def test_an_answer_without_usable_steps_is_no_answer(scripted: Scripted, body: str) -> None:
    """A stop is never rounded by a tick of nothing."""
    venue = ccxt_venue(scripted.url)
    scripted.body = body
    try:
        with pytest.raises(Temporary):
            await venue.renewed(market())
    finally:
        await venue.close()
