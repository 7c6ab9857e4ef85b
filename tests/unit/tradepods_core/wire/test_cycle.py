"""Cycles: order, validity, and the bytes that the same candles always give."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from support.build import BTC, ETH, NOON, cycle, signal
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle, valid_for
from tradepods_core.wire.stream import Ping, encode


def test_signals_are_decided_by_strength_then_by_id() -> None:
    """Strength first; ties in the order of their ids, so that every machine agrees."""
    weak, strong, tied = signal(ETH), signal(BTC, strength=Decimal(2)), signal(BTC, "short")

    assert cycle(weak, tied, strong).in_order() == [strong, tied, weak]


@pytest.mark.parametrize(("timeframe", "seconds"), [("1m", 12), ("3m", 36), ("5m", 60), ("1h", 60), ("1d", 60)])
def test_a_signal_is_valid_for_a_fifth_of_its_candle_and_a_minute_at_most(timeframe: str, seconds: int) -> None:
    """min(20 % of the timeframe, 60 s)."""
    assert valid_for(Timeframe.parse(timeframe)) == timedelta(seconds=seconds)


def test_the_body_says_nothing_of_when_it_was_published() -> None:
    """Two computations of the same candles at different times give the same bytes."""
    first = cycle(signal())
    again = first.model_copy(update={"published_at": NOON + timedelta(seconds=3), "step": 7})

    assert first.body() == again.body()
    assert first.body() != cycle().body()


def test_a_cycle_survives_the_wire() -> None:
    """What is sent is what arrives, prices exact."""
    sent = cycle(signal(reference_price=Decimal("0.00001230")))

    assert Cycle.model_validate_json(sent.model_dump_json(by_alias=True)) == sent
    assert '"referencePrice":"0.0000123"' in sent.model_dump_json(by_alias=True)


def test_a_newer_service_may_say_more() -> None:
    """Unknown fields are left out, so either side may be newer."""
    body = cycle().model_dump(by_alias=True, mode="json") | {"mood": "calm"}

    assert Cycle.model_validate(body) == cycle()


def test_an_event_is_written_as_server_sent_events_are() -> None:
    """id, event, data, an empty line."""
    text = encode("ping", Ping(at=NOON, step=3), identifier="b-1").decode()

    assert text == 'id: b-1\nevent: ping\ndata: {"at":"2025-06-02T12:00:00Z","step":3}\n\n'


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity"])
def test_a_signal_without_a_price_is_no_signal(price: str) -> None:
    """Sizing would divide by it."""
    body = (
        cycle(signal()).model_dump_json(by_alias=True).replace('"referencePrice":"100"', f'"referencePrice":"{price}"')
    )

    with pytest.raises(ValidationError, match="referencePrice"):
        Cycle.model_validate_json(body)
