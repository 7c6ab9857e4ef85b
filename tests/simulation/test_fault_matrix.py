"""Each fault in each phase of an order's life: equal books, no second order, protection once the venue answers."""

from pathlib import Path
from typing import Any

import pytest

from support.servers import Served
from support.trader import Trader, trading
from tradepods_simulator.exchange.faults import Fault
from tradepods_simulator.exchange.stream_faults import StreamFault

ENTRY = {"method": "POST", "path": "/fapi/v1/order"}
STOP = {"method": "POST", "path": "/fapi/v1/algoOrder", "contains": "type=STOP_MARKET"}
TARGET = {"method": "POST", "path": "/fapi/v1/algoOrder", "contains": "type=TAKE_PROFIT_MARKET"}
CANCEL = {"method": "DELETE", "path": "/fapi/v1/algoOrder"}
LOOK_UP = {"method": "GET", "path": "/fapi/v1/order"}
PHASES = {"entry": ENTRY, "stop": STOP, "take-profit": TARGET, "cancel": CANCEL}

FAULTS: dict[str, dict[str, Any]] = {
    "the connection drops before": {"does": "drop", "when": "before"},
    "the connection drops after": {"does": "drop", "when": "after"},
    "a 502 page before": {"does": "answer", "when": "before", "status": 502},
    "a 502 page after": {"does": "answer", "when": "after", "status": 502},
    "an empty 200 after": {"does": "answer", "when": "after", "status": 200},
    "-1007 before": {"does": "answer", "when": "before", "status": 408, "code": -1007},
    "-1007 after": {"does": "answer", "when": "after", "status": 408, "code": -1007},
    "-1008 overloaded": {"does": "answer", "when": "before", "status": 503, "code": -1008, "retryAfter": 1},
    "429": {"does": "answer", "when": "before", "status": 429, "code": -1003, "retryAfter": 1},
    "418 banned": {"does": "answer", "when": "before", "status": 418, "code": -1003, "retryAfter": 2},
    "-1021 late": {"does": "answer", "when": "before", "status": 400, "code": -1021},
    "a slow request": {"does": "delay", "when": "before", "seconds": 1.0},
    "a request slower than its window": {"does": "delay", "when": "before", "seconds": 3.0},
    "a slow answer": {"does": "delay", "when": "after", "seconds": 1.5},
}
STREAM_FAULTS = ["miss", "double", "swap", "deaf", "disconnect"]
ANSWERS_AFTER = 3.0  # seconds: the longest of these faults
SLACK = 1.5  # seconds: the second of protection, and this machine


async def _round_trip(trader: Trader) -> bool:
    """Enter, be protected, be stopped out; whether there was an entry. Both books are equal all along."""
    trader.buy()
    await trader.until(lambda: trader.agrees() and (trader.protected() or trader.flat()))
    entered = bool(trader.customer.trades)
    if trader.protected():
        await trader.move("96")
        await trader.until(lambda: trader.agrees() and trader.flat())
    return entered


def _judge(trader: Trader) -> None:
    """What holds whatever happened."""
    entries = [trade for trade in trader.customer.trades if trade.order.buys]
    assert trader.customer.duplicates() == 0
    assert len({trade.order.id for trade in entries}) <= 1
    assert trader.customer.watch.longest_ms <= (ANSWERS_AFTER + SLACK) * 1000


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_a_request_ends_in_equal_books(
    exchange: Served, tmp_path: Path, phase: str, fault: str
) -> None:
    """Whether the venue acted on it or not, and whatever was answered."""
    async with trading(exchange, tmp_path) as trader:
        exchange.faults.arm(Fault.model_validate({**PHASES[phase], **FAULTS[fault]}))
        entered = await _round_trip(trader)

        assert exchange.faults.to_come() == 0, "it has happened"
        assert entered or phase == "entry"
        _judge(trader)


@pytest.mark.parametrize("when", ["entry", "exit"])
@pytest.mark.parametrize("fault", STREAM_FAULTS)
async def test_a_fault_of_the_private_stream_ends_in_equal_books(
    exchange: Served, tmp_path: Path, fault: str, when: str
) -> None:
    """What it did not bring, a reading does; what it brought twice, or too early, is booked once."""
    armed = StreamFault.model_validate({"does": fault, "count": 4})
    async with trading(exchange, tmp_path) as trader:
        if when == "entry":
            exchange.exchange.streams.faults.arm(armed)
        trader.buy()
        await trader.until(trader.protected)
        exchange.exchange.streams.faults.clear()
        await trader.until(trader.agrees)
        if when == "exit":
            exchange.exchange.streams.faults.arm(armed)
        await trader.move("96")
        exchange.exchange.streams.faults.clear()
        await trader.until(lambda: trader.agrees() and trader.flat())

        assert exchange.exchange.streams.faults.happened > 0
        _judge(trader)


@pytest.mark.parametrize(("ahead_ms", "taken"), [(-4_000, False), (-900, True), (900, True), (4_000, False)])
async def test_a_clock_that_is_off_costs_one_entry_at_most(
    exchange: Served, tmp_path: Path, ahead_ms: int, taken: bool
) -> None:
    """The venue's clock jumps: what is too far off is refused, the clock is measured, and the next entry is taken."""
    async with trading(exchange, tmp_path) as trader:
        await trader.until(trader.agrees)
        exchange.exchange.ahead_ms = ahead_ms
        entered = await _round_trip(trader)
        await trader.move("100")
        trader.buy("another")
        await trader.until(lambda: trader.agrees() and trader.protected())

        assert entered is taken
        assert trader.customer.duplicates() == 0


@pytest.mark.parametrize("fault", ["a 502 page before", "the connection drops after", "-1007 before"])
async def test_an_order_that_is_not_found_at_first_is_looked_up_again(
    exchange: Served, tmp_path: Path, fault: str
) -> None:
    """The venue shows what it has accepted a little later."""
    hidden = {"does": "answer", "when": "before", "status": 400, "code": -2013, "count": 4}
    async with trading(exchange, tmp_path) as trader:
        exchange.faults.arm(Fault.model_validate({**ENTRY, **FAULTS[fault]}))
        exchange.faults.arm(Fault.model_validate({**LOOK_UP, **hidden}))
        await _round_trip(trader)

        assert exchange.faults.to_come() == 0, "it was hidden four times"
        _judge(trader)
