"""The conductor: marks, then cycles, then a ping; and no candle is asked for twice."""

from datetime import timedelta

from support.build import BTC, ETH, FIVE, NOON
from support.conducting import Run
from support.signals_history import entry, strategy, wave
from support.stream_events import names, waiting
from tradepods_core.errors import Permanent
from tradepods_signals.engine.candle_store import ATTEMPTS, PATIENCE
from tradepods_signals.metrics import Metrics

SLOW = {"var": "price", "op": ">", "ref": {"var": "sma", "params": {"period": 1000}}}


async def test_of_one_step_come_marks_then_the_cycle_then_a_ping() -> None:
    """Whoever hears the ping has all of the step; each part says which step it is."""
    run = await Run().warm()
    found = await run.hear(5, step=7)

    assert names(found) == ["marks", "cycle", "ping"]
    assert [event.data["step"] for event in found] == [7, 7, 7]
    assert [event.data.get("at", event.data.get("publishedAt")) for event in found] == ["2025-06-02T12:05:00Z"] * 3


async def test_a_cycle_is_of_the_candle_that_has_closed() -> None:
    """Published at market time, its candles read up to that close and not beyond."""
    found = await (await Run().warm()).cycle(5.5)

    assert found.id == "5m@2025-06-02T12:05:00Z"
    assert found.published_at == NOON + timedelta(minutes=5.5)
    assert (found.late, found.missing) == ((), ())
    assert found.variables.keys() == {BTC, ETH}


async def test_between_closes_there_are_marks_and_pings_only() -> None:
    """And nothing is asked of the venue."""
    run = await Run().warm()
    asked = run.feed.asked

    for minutes in (1.0, 4.99):
        assert names(await run.hear(minutes)) == ["marks", "ping"]
    assert run.feed.asked == asked


async def test_a_cycle_is_published_once() -> None:
    """The next marks of the same candle add nothing."""
    run = await Run().warm()

    assert names(await run.hear(5)) == ["marks", "cycle", "ping"]
    assert names(await run.hear(5.1)) == ["marks", "ping"]


async def test_the_candle_that_closed_before_warming_up_gives_no_cycle() -> None:
    """Its signals are of a market that is gone; the next close gives the first cycle."""
    run = await Run().warm()

    assert names(await run.hear(0.1)) == ["marks", "ping"]
    assert run.hub.latest() is None
    assert (await run.cycle(5)).close == NOON + FIVE.length


async def test_marks_of_symbols_that_nobody_looks_at_are_left_out() -> None:
    """The venue sends all of its symbols."""
    run = await Run(strategy(symbols=[BTC])).warm()
    found = await run.hear(1)

    assert run.conductor.watched == {BTC}
    assert found[0].data["marks"] == {BTC: "100"}


async def test_only_missing_candles_are_asked_for() -> None:
    """One request a symbol to warm up, one a symbol and close from then on."""
    run = await Run().warm()
    assert run.feed.asked == 2

    for number in (1, 2, 3):
        await run.hear(5 * number)
        assert run.feed.asked == 2 + 2 * number


async def test_a_long_history_is_read_in_pages() -> None:
    """1,001 candles are three requests, and the last page is followed by none."""
    slow = strategy(entry(SLOW), symbols=[BTC])
    run = await Run(slow, closes={BTC: wave(1_050)}).warm()

    assert run.feed.asked == 3
    assert (await run.cycle(5)).missing == ()


async def test_a_short_history_is_read_once() -> None:
    """A symbol listed lately is missing until it has candles enough; nobody asks for more than there is."""
    run = await Run(strategy(entry(SLOW), symbols=[BTC]), closes={BTC: wave(30)}).warm()
    found = await run.cycle(5)

    assert (found.missing, found.late) == ((BTC,), ())
    assert run.feed.asked == 2


async def test_closes_that_were_slept_through_are_made_up_for() -> None:
    """After a pause the newest candle is spoken of, and the ones between are read with it."""
    run = await Run().warm()
    asked = run.feed.asked
    found = await run.cycle(20)

    assert found.close == NOON + 4 * FIVE.length
    assert found.missing == found.late == ()
    assert run.feed.asked == asked + 2


async def test_after_an_outage_of_the_marks_the_cycle_in_between_is_told_as_history() -> None:
    """Its variables are of use; its signals have expired, and no late symbol is added to it."""
    run = await Run().warm()
    run.feed.away = {ETH}
    found = await run.cycle(8)
    run.feed.away = set()

    assert (found.close, found.late) == (NOON + FIVE.length, (ETH,))
    assert found.valid_until == NOON + timedelta(minutes=6)
    assert names(await run.hear(8.2)) == ["marks", "ping"]
    assert (await run.cycle(10)).valid_until == NOON + timedelta(minutes=11)


async def test_a_torn_window_is_read_again() -> None:
    """A candle that the venue shows too late leaves a gap: missing once, whole again at the next close."""
    run = await Run().warm()
    lost = run.feed.lose(ETH, after=1)

    assert (await run.cycle(10)).missing == (ETH,)
    run.feed.find(ETH, lost)
    assert (await run.cycle(15)).missing == ()


async def test_a_candle_that_comes_a_moment_late_is_waited_for() -> None:
    """It is asked for again after a short pause, and only for the symbol that lacks it."""
    run = await Run().warm()
    asked, lost = run.feed.asked, run.feed.lose(ETH, after=1)
    run.on_pause = lambda: run.feed.find(ETH, lost)
    found = await run.cycle(5)

    assert (found.late, found.missing) == ((), ())
    assert run.pauses == [PATIENCE]
    assert run.feed.asked == asked + 3


async def test_a_symbol_whose_candle_does_not_come_is_late() -> None:
    """After some attempts the cycle is published without it; at the next close it is back."""
    run = await Run().warm()
    run.feed.away = {ETH}
    found = await run.cycle(5)

    assert (found.late, found.missing) == ((ETH,), ())
    assert found.variables.keys() == {BTC}
    assert run.pauses == [PATIENCE] * (ATTEMPTS - 1)
    run.feed.away = set()
    assert (await run.cycle(10)).late == ()


async def test_a_symbol_that_the_venue_does_not_know_costs_that_symbol_only() -> None:
    """Refused while warming up and at each close, it is late; every other has its cycle."""
    run = Run()
    run.feed.away, run.feed.error = {ETH}, Permanent("there is no market ETH/USDT:USDT")
    await run.warm()

    for minutes in (5, 10):
        found = await run.cycle(minutes)
        assert (found.late, found.missing) == ((ETH,), ())
        assert found.variables.keys() == {BTC}


async def test_a_venue_that_does_not_answer_at_all_stops_nothing() -> None:
    """Marks, a cycle that names every symbol as late, and the ping."""
    run = await Run().warm()
    run.feed.away = {BTC, ETH}

    found = await run.hear(5)

    assert names(found) == ["marks", "cycle", "ping"]
    assert found[1].data["late"] == [BTC, ETH]


async def test_a_venue_that_is_away_while_warming_up_is_asked_at_the_next_close() -> None:
    """The service starts all the same."""
    run = Run()
    run.feed.away = {BTC, ETH}
    await run.warm()
    run.feed.away = set()

    assert (await run.cycle(5)).late == ()


async def test_every_timeframe_has_its_own_cycles() -> None:
    """The shorter first where both close; the longer only where it closes."""
    run = await Run(strategy(name="fast"), strategy(name="slow", timeframe="15m")).warm()
    found = {minutes: await run.hear(minutes) for minutes in (5, 10, 15)}
    cycles = {minutes: [e.data["timeframe"] for e in events if e.name == "cycle"] for minutes, events in found.items()}

    assert cycles == {5: ["5m"], 10: ["5m"], 15: ["5m", "15m"]}
    assert names(found[15]) == ["marks", "cycle", "cycle", "ping"]


async def test_what_was_done_is_counted() -> None:
    """Cycles, symbols that were late, requests that were answered, and the last close."""
    run = await Run().warm()
    run.feed.away = {ETH}
    await run.hear(5)

    assert _sample(run.metrics, "cycles_total", timeframe="5m") == 1
    assert _sample(run.metrics, "absent_symbols_total") == 1
    assert _sample(run.metrics, "market_data_requests_total") == 3
    assert _sample(run.metrics, "last_close_timestamp_seconds") == (NOON + FIVE.length).timestamp()


async def test_readers_are_counted_with_each_cycle() -> None:
    """Those who are there at that moment: one who has left counts no more."""
    run = await Run().warm()
    other = run.hub.subscribe(last_event=None)
    await run.hear(5)
    assert _sample(run.metrics, "subscribers") == 2

    await waiting(other)
    await run.hear(10)
    assert _sample(run.metrics, "subscribers") == 1


def _sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics._registry.get_sample_value(f"tradepods_signals_{name}", labels)
