"""What a wallet has on record: one set of cases, on paper and on the exchange simulator through real ccxt."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from binance_common.errors import BadRequestError

from support.bench import Bench, ccxt_bench, paper_bench
from support.build import BTC
from support.hand import Hand
from support.sdk import Call
from support.servers import Served
from tradepods_core.errors import Temporary
from tradepods_simulator.exchange.faults import Fault
from tradepods_worker.adapters.venues.binanceusdm import income
from tradepods_worker.adapters.venues.paper import PaperVenue

D = Decimal


@pytest.fixture(params=["paper", "ccxt"])
async def bench(request: pytest.FixtureRequest, exchange: Served) -> AsyncIterator[Bench]:
    """A venue of each kind, with 10,000 and both symbols at 100."""
    markets = exchange.exchange.market.markets
    found = await paper_bench(markets) if request.param == "paper" else await ccxt_bench(exchange, markets)
    yield found
    found.listening.cancel()
    await found.venue.close()


@pytest.fixture
async def live(exchange: Served) -> AsyncIterator[Bench]:
    """The simulator alone."""
    found = await ccxt_bench(exchange, exchange.exchange.market.markets)
    yield found
    found.listening.cancel()
    await found.venue.close()


async def _traded(bench: Bench) -> None:
    """In at 100, out at 110."""
    await bench.until_ended(await bench.done(bench.order()))
    await bench.move({BTC: D(110)})
    await bench.until_ended(await bench.done(bench.order("close")))


async def test_profit_and_fees_are_on_record_and_add_up_to_the_wallet(bench: Bench) -> None:
    """Each with an id of its own; what brought nothing is no record."""
    before = await bench.venue.income(since=None)
    await _traded(bench)
    rows = await bench.venue.income(since=None)
    view = await bench.venue.read(wanted=())

    assert before == ()
    found = sorted((row.kind, row.asset, row.amount) for row in rows)
    assert found == [
        ("COMMISSION", "USDT", D("-0.055")),
        ("COMMISSION", "USDT", D("-0.05")),
        ("REALIZED_PNL", "USDT", D(10)),
    ]
    assert len({row.key for row in rows}) == 3
    assert D(10_000) + sum(row.amount for row in rows) == view.wallet


async def test_records_are_told_from_a_moment_on(bench: Bench) -> None:
    """That moment's own among them, under the same ids."""
    await _traded(bench)
    rows = await bench.venue.income(since=None)

    assert set(await bench.venue.income(since=rows[0].at)) == set(rows)
    assert await bench.venue.income(since=rows[-1].at + timedelta(seconds=1)) == ()


async def test_a_transfer_is_on_record(bench: Bench, exchange: Served) -> None:
    """And told by the stream with the same amount and time."""
    if isinstance(bench.venue, PaperVenue):
        await bench.venue.read(wanted=())
        await bench.venue.fund(D(8_000))
    else:
        Hand(exchange).withdraw(leaves="8000")
    told: Any = await bench.next()
    (row,) = await bench.venue.income(since=None)

    assert (row.kind, row.asset, row.amount, row.at) == ("TRANSFER", "USDT", D(-2_000), told.at)
    assert told.amount == row.amount


async def test_all_pages_are_read(live: Bench, exchange: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each begins with the moment in which the one before ended: four rows a page, three of them of one moment."""
    await _traded(live)
    for point, leaves in ((4, "8000"), (8, "7000")):
        await exchange.exchange.show(point)
        Hand(exchange).withdraw(leaves=leaves)
    rows = await live.venue.income(since=None)
    monkeypatch.setattr(income, "PAGE", 4)
    paged = await live.venue.income(since=rows[0].at)

    assert len(rows) == 5
    assert paged == rows


async def test_records_that_can_not_be_read_are_temporary(live: Bench, exchange: Served) -> None:
    """They are asked for again later."""
    fault = {"path": "/fapi/v1/income", "when": "before", "does": "answer", "status": 503, "count": 1}
    exchange.faults.arm(Fault.model_validate(fault))

    with pytest.raises(Temporary):
        await live.venue.income(since=None)
    assert await live.venue.income(since=None) == ()


@pytest.mark.parametrize("wanted", [{"limit": 0}, {"limit": 1001}, {"start_time": 2, "end_time": 1}])
async def test_the_simulator_refuses_what_is_no_limit_and_no_span(client: Call, wanted: dict[str, Any]) -> None:
    """With the venue's codes."""
    with pytest.raises(BadRequestError) as caught:
        await client("get_income_history", **wanted)
    assert caught.value.args[0] in {-1130, -1023}


async def test_the_simulator_shows_kinds_and_spans(client: Call, exchange: Served) -> None:
    """One kind alone, none outside of the span, the oldest of it where it asks for fewer."""
    hand = Hand(exchange)
    hand.trade(D(1))
    hand.withdraw(leaves="5000")
    now = exchange.exchange.market.now_ms
    (moved,) = await client("get_income_history", income_type="TRANSFER")
    found = await client("get_income_history", start_time=now)
    first = await client("get_income_history", start_time=now, limit=1)

    assert (moved.income_type, moved.asset, moved.tran_id > 0) == ("TRANSFER", "USDT", True)
    assert {row.income_type for row in found} == {"TRANSFER", "COMMISSION"}
    assert first == found[:1]
    assert await client("get_income_history", start_time=now + 1, end_time=now + 2) == []


async def test_where_the_venue_keeps_nothing_of_so_long_ago_its_latest_are_asked_for(
    live: Bench, exchange: Served
) -> None:
    """Else a balance would never be explained again."""
    await _traded(live)
    latest = await live.venue.income(since=None)
    fault = {"path": "/fapi/v1/income", "when": "before", "does": "answer", "status": 400, "code": -4166, "count": 1}
    exchange.faults.arm(Fault.model_validate(fault))

    assert await live.venue.income(since=latest[0].at - timedelta(days=100)) == latest
    assert exchange.faults.happened["answer"] == 1
