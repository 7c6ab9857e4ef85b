"""Each fault in each phase of an order's life: equal books, no second order, protection once the venue answers."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.servers import Served, serving
from support.trader import Trader, trading
from tradepods_core.paper.quotes import Depth
from tradepods_simulator.exchange.faults import Fault
from tradepods_simulator.exchange.stream_faults import StreamFault

D = Decimal
ENTRY = {"method": "POST", "path": "/fapi/v1/order"}
STOP = {"method": "POST", "path": "/fapi/v1/algoOrder", "contains": "type=STOP_MARKET"}
TARGET = {"method": "POST", "path": "/fapi/v1/algoOrder", "contains": "type=TAKE_PROFIT_MARKET"}
CANCEL = {"method": "DELETE", "path": "/fapi/v1/algoOrder"}
LOOK_UP = {"method": "GET", "path": "/fapi/v1/order"}
PHASES = {"entry": ENTRY, "stop": STOP, "take-profit": TARGET, "cancel": CANCEL}
IN_PARTS: dict[str, dict[str, Any]] = {
    "stop replaced": {**STOP, "skip": 1},
    "replaced stop cancelled": CANCEL,
}  # of an entry that fills in parts

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
    "an answer that never comes before": {"does": "hang", "when": "before"},
    "an answer that never comes after": {"does": "hang", "when": "after"},
    "not found for two seconds": {"does": "hide", "seconds": 2.0},
}
LASTING: dict[str, dict[str, Any]] = {
    "a ban": {"does": "ban", "lasts": 2.0},
    "maintenance": {"does": "maintenance", "lasts": 2.0},
    "frozen connections": {"does": "freeze", "lasts": 2.0},
    "broken connections": {"does": "disconnect"},
}
STREAM_FAULTS = ["miss", "double", "swap", "late", "deaf", "disconnect"]
ANSWERS_AFTER = 3.0  # seconds: the longest of these faults, but for an answer that never comes
GIVES_UP_AFTER = 5.0  # seconds: the adapter on an answer
PART_AFTER = 0.6  # seconds between the first part of an entry and what is heard of the rest
SLACK = 1.5  # seconds: the second of protection, and this machine


async def _round_trip(trader: Trader) -> bool:
    """Enter, be protected, be stopped out; whether there was an entry. Both books are equal all along."""
    trader.buy()
    return await _finished(trader)


async def _finished(trader: Trader) -> bool:
    """From wherever the round trip stands to its end; whether there was an entry."""
    await trader.until(lambda: trader.agrees() and (trader.protected() or trader.flat()))
    entered = bool(trader.customer.trades)
    if trader.protected():
        await trader.move("96")
        await trader.until(lambda: trader.agrees() and trader.flat())
    return entered


def _judge(trader: Trader, *, longest: float = ANSWERS_AFTER) -> None:
    """What holds whatever happened."""
    entries = [trade for trade in trader.customer.trades if trade.order.buys]
    assert trader.customer.duplicates() == 0
    assert len({trade.order.id for trade in entries}) <= 1
    assert trader.customer.watch.longest_ms <= (longest + SLACK) * 1000


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_a_request_ends_in_equal_books(
    exchange: Served, tmp_path: Path, phase: str, fault: str
) -> None:
    """Whether the venue acted on it or not, and whatever was answered."""
    async with trading(exchange, tmp_path) as trader:
        exchange.faults.arm(Fault.model_validate({**PHASES[phase], **FAULTS[fault]}))
        entered = await _round_trip(trader)

        assert exchange.faults.to_come() == 0 or _hides_nothing(phase, fault), "it has happened"
        assert entered or phase == "entry"
        _judge(trader, longest=GIVES_UP_AFTER if fault.startswith("an answer that never comes") else ANSWERS_AFTER)


def _hides_nothing(phase: str, fault: str) -> bool:
    """A cancel places no order that could be hidden."""
    return FAULTS[fault]["does"] == "hide" and phase in ("cancel", "replaced stop cancelled")


@pytest.mark.parametrize("phase", IN_PARTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_while_an_entry_fills_in_parts_ends_in_equal_books(
    tmp_path: Path, phase: str, fault: str
) -> None:
    """The stop of the first part rests; the rest is heard of later, and a larger stop takes its place."""
    late = StreamFault(does="late", seconds=PART_AFTER, event="ORDER_TRADE_UPDATE", skip=2)
    async with (
        serving(depth=Depth(notional=D(2_000), gap=D("0.001"))) as exchange,
        trading(exchange, tmp_path) as trader,
    ):
        exchange.exchange.streams.faults.arm(late.model_copy(update={"count": 9}))
        exchange.faults.arm(Fault.model_validate({**IN_PARTS[phase], **FAULTS[fault]}))
        trader.buy()
        await trader.until(lambda: len(trader.customer.trades) > 1)
        exchange.exchange.streams.faults.clear()
        await _finished(trader)

        stops = {order.order.quantity for order in trader.customer.algos.values() if order.order.kind == "stop_market"}
        assert len(stops) > 1, "the stop was replaced"
        assert exchange.faults.to_come() == 0 or _hides_nothing(phase, fault), "it has happened"
        _judge(trader, longest=PART_AFTER + GIVES_UP_AFTER)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("fault", LASTING)
async def test_a_fault_that_lasts_ends_in_equal_books(exchange: Served, tmp_path: Path, phase: str, fault: str) -> None:
    """The venue falls silent for everything while one request is under way, which it has taken or takes later."""
    async with trading(exchange, tmp_path) as trader:
        exchange.faults.arm(Fault.model_validate({**PHASES[phase], "does": "hold", "when": "after"}))
        trader.buy()
        if phase == "cancel":
            await trader.until(trader.protected)
            await trader.move("96")
        await trader.until(lambda: exchange.faults.held() == 1)
        exchange.faults.arm(Fault.model_validate(LASTING[fault]))
        for armed in exchange.faults._armed:
            armed.released.set()
        await _finished(trader)

        happened = exchange.faults.happened[LASTING[fault]["does"]]
        assert happened > 0 or phase == "cancel", "after the last cancel nothing more is asked"
        _judge(trader, longest=LASTING[fault].get("lasts", 0.0) + ANSWERS_AFTER)


@pytest.mark.parametrize("when", ["entry", "exit"])
@pytest.mark.parametrize("fault", STREAM_FAULTS)
async def test_a_fault_of_the_private_stream_ends_in_equal_books(
    exchange: Served, tmp_path: Path, fault: str, when: str
) -> None:
    """What it did not bring, a reading does; what it brought twice, or too early, is booked once."""
    armed = StreamFault.model_validate({"does": fault, "count": 4, "seconds": 1.0})
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
