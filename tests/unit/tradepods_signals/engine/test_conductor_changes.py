"""The conductor while things change: strategies in force, candles that come late, time that runs out."""

import itertools
from datetime import timedelta

from structlog.testing import capture_logs

from support.build import BTC, ETH, FIVE, NOON
from support.conducting import WAVES, Run
from support.signals_history import ABOVE_100, entry, strategy, wave
from support.stream_events import names
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.engine.conductor import AGAIN, BUDGET
from tradepods_signals.engine.plan import Plans, make_plan

SLOW = {"var": "price", "op": ">", "ref": {"var": "sma", "params": {"period": 50}}}
LONGER = {"var": "rsi", "params": {"period": 2}, "op": ">", "value": 0, "timeframe": "15m"}
ALWAYS = {"var": "price", "op": ">", "value": 0}


async def test_changed_strategies_are_in_force_at_the_next_cycle() -> None:
    """Neither in the one before nor only in the one after."""
    run = await Run(strategy(name="a")).warm()
    assert (await run.cycle(5)).variables[BTC].keys() == {"rsi(period=2)"}

    run.plans = make_plan([strategy(entry(SLOW), name="b", symbols=[BTC])])
    found = await run.cycle(10)

    assert found.universe == (BTC,)
    assert found.variables[BTC].keys() == {"price", "sma(period=50)"}


async def test_a_longer_history_is_read_before_the_cycle_that_needs_it() -> None:
    """A minute after the change, not at the close that everybody waits for."""
    run = await Run(strategy(entry(ABOVE_100))).warm()
    run.plans = make_plan([strategy(entry(SLOW))])
    asked = run.feed.asked

    assert names(await run.hear(1)) == ["marks", "ping"]
    await run.settle()
    assert run.feed.asked == asked + 2
    assert (await run.cycle(5)).missing == ()
    assert run.feed.asked == asked + 4


async def test_the_history_of_a_symbol_that_comes_in_holds_up_nobody() -> None:
    """Until it is read the symbol is late, by name; then the cycle comes again with it."""
    run = await Run(strategy(entry(ALWAYS), symbols=[BTC])).warm()
    run.plans = make_plan([strategy(entry(ALWAYS))])
    run.feed.shut(ETH)
    first = [event.data for minutes in (4, 5) for event in await run.hear(minutes) if event.name == "cycle"]
    await run.settle()
    run.feed.open(ETH)
    await run.settle()
    second = await run.cycle(5 + AGAIN.total_seconds() / 60)

    assert [(found["revision"], found["universe"], found["late"]) for found in first] == [(1, [BTC, ETH], [ETH])]
    assert (second.revision, second.late, second.missing) == (2, (), ())
    assert second.variables.keys() == {BTC, ETH}


async def test_while_a_longer_history_is_read_the_shorter_one_goes_on() -> None:
    """What other strategies say of the symbol is not lost meanwhile."""
    short, long = strategy(entry(ALWAYS), name="a"), strategy(entry(SLOW), name="b")
    run = await Run(short).warm()
    run.plans = make_plan([short, long])
    run.feed.shut(ETH)
    found = await run.cycle(5)
    run.feed.open(ETH)
    await run.settle()
    after = await run.cycle(10)

    assert found.late == ()
    assert ETH in found.missing
    assert [signal.symbol for signal in found.signals if signal.strategy == "a"] == [BTC, ETH]
    assert (after.late, after.missing) == ((), ())


async def test_in_a_replay_a_step_waits_for_the_history_of_what_comes_in() -> None:
    """So that its cycles are the same on any machine."""
    run = await Run(strategy(entry(ALWAYS), symbols=[BTC])).warm()
    run.plans = make_plan([strategy(entry(ALWAYS))])
    found = (await run.hear(5, step=1))[1]

    assert (found.data["late"], found.data["universe"]) == ([], [BTC, ETH])


async def test_what_leaves_before_its_history_is_read_does_not_come_back() -> None:
    """And what was read for it disturbs nobody."""
    run = await Run(strategy(entry(ALWAYS), symbols=[BTC])).warm()
    before = run.plans
    run.feed.shut(ETH)
    run.plans = make_plan([strategy(entry(SLOW))])
    await run.hear(1)
    await run.settle()
    run.plans = before
    await run.hear(2)
    run.feed.open(ETH)
    await run.settle()

    assert run.conductor.watched == {BTC}
    assert ((found := await run.cycle(5)).late, found.universe) == ((), (BTC,))


async def test_symbols_of_strategies_that_are_gone_are_no_longer_read() -> None:
    """Nor are their marks sent."""
    run = await Run(strategy(name="a"), strategy(name="b", symbols=[BTC])).warm()
    run.plans = make_plan([strategy(name="b", symbols=[BTC])])
    found = await run.hear(5)

    assert run.conductor.watched == {BTC}
    assert found[0].data["marks"].keys() == {BTC}
    assert found[1].data["universe"] == [BTC]


async def test_without_any_strategy_there_are_marks_and_pings_until_one_comes() -> None:
    """A service that begins with an empty folder waits for what is put there; its first cycle is the next close's."""
    run = Run()
    plans, run.plans = run.plans, {}
    await run.warm()
    assert names(await run.hear(5)) == ["marks", "ping"]

    run.plans = plans
    assert names(await run.hear(10)) == ["marks", "ping"]
    assert (await run.cycle(15)).missing == ()


async def test_the_plans_are_asked_for_once_a_minute() -> None:
    """Marks come every second: a folder is not looked at that often."""
    run, asked = Run(), list[int]()

    def plans() -> Plans:
        asked.append(1)
        return run.plans

    run.conductor._ask_plans = plans
    await run.warm()
    for seconds in (2, 30, 59, 60, 61, 119, 121):
        await run.hear(seconds / 60)

    assert len(asked) == 3


async def test_a_longer_timeframes_candles_are_read_when_they_close() -> None:
    """One more request a symbol at that close, none at the others."""
    run = await Run(strategy(entry(LONGER), symbols=[BTC])).warm()
    asked = run.feed.asked
    counts = []
    for minutes in (5, 10, 15):
        assert (await run.cycle(minutes)).missing == ()
        counts.append(run.feed.asked - asked)

    assert counts == [1, 2, 4]


async def test_a_late_candle_is_published_in_a_higher_revision() -> None:
    """The cycle again, with the symbol, its signals no longer valid than those of the first."""
    run = await Run(strategy(entry(ALWAYS))).warm()
    lost = run.feed.lose(ETH, after=1)
    first = await run.cycle(5)
    run.feed.find(ETH, lost)

    assert names(await run.hear(5 + 4 / 60)) == ["marks", "ping"]
    second = await run.cycle(5 + AGAIN.total_seconds() / 60)

    assert (first.revision, first.late, second.revision, second.late) == (1, (ETH,), 2, ())
    assert (second.id, second.valid_until) == (first.id, first.valid_until)
    assert second.published_at == first.published_at + AGAIN
    assert [signal.symbol for signal in second.signals] == [BTC, ETH]
    assert second.signals[:1] == first.signals
    assert names(await run.hear(5.5)) == ["marks", "ping"]


async def test_a_candle_that_comes_too_late_changes_no_cycle() -> None:
    """After `valid_until` nobody may act on it: it is read, so that the next cycle has it, and no more."""
    run = await Run().warm()
    run.feed.away = {ETH}
    await run.hear(5)
    asked, run.feed.away = run.feed.asked, set()

    assert names(await run.hear(6.1)) == ["marks", "ping"]
    assert names(await run.hear(6.3)) == ["marks", "ping"]
    assert run.feed.asked == asked + 1


async def test_a_candle_is_asked_for_until_its_deadline_and_then_named_as_missing() -> None:
    """90 seconds for five minutes; from then on there is one question at each close until it is there."""
    run = await Run().warm()
    run.feed.away = {ETH}
    await run.hear(5)
    with capture_logs() as logs:
        asked = [await _asked_at(run, minutes) for minutes in (6.4, 6.5, 6.6, 6.8, 9.9, 10, 15)]

    assert asked == [1, 1, 0, 0, 0, 2, 2]  # at 10 and 15 one of each symbol
    assert [entry for entry in logs if entry["event"] == "candles_missing"] == [
        {
            "event": "candles_missing",
            "log_level": "warning",
            "timeframe": "5m",
            "close": "2025-06-02T12:05:00Z",
            "symbols": [ETH],
        }
    ]
    assert run.metrics._registry.get_sample_value("tradepods_signals_candles_missing_total", {"timeframe": "5m"}) == 1
    run.feed.away = set()
    assert (await run.cycle(20)).late == ()


async def _asked_at(run: Run, minutes: float) -> int:
    before = run.feed.asked
    await run.hear(minutes)
    return run.feed.asked - before


async def test_symbols_for_which_time_runs_out_are_late_by_name() -> None:
    """Those that came first are in the cycle."""
    run = await Run(strategy(entry(ALWAYS))).warm()
    run.seconds = itertools.chain([0.0, BUDGET], itertools.repeat(BUDGET + 0.1))
    found = await run.cycle(5)

    assert (found.late, found.missing) == ((ETH,), ())
    assert found.variables.keys() == {BTC}
    assert [signal.symbol for signal in found.signals] == [BTC]


async def test_a_replay_has_no_budget() -> None:
    """Its cycles are the same on a slow machine."""
    run = await Run().warm()
    run.seconds = itertools.count(0.0, 10 * BUDGET)
    found = (await run.hear(5, step=1))[1]

    assert found.data["late"] == []


async def test_a_strategy_is_silent_until_its_cooldown_is_over() -> None:
    """Ten minutes after it spoke of a symbol and side it may speak again, by the candles' time."""
    run = await Run(strategy(entry(ALWAYS), symbols=[BTC], cooldownSeconds=600)).warm()

    assert [len((await run.cycle(5 * number)).signals) for number in range(1, 6)] == [1, 0, 1, 0, 1]


async def test_a_day_of_cycles_is_the_same_bytes_twice() -> None:
    """From the same candles, read page by page or after a change of strategies, whenever they were published."""
    bodies: list[list[bytes]] = []
    for offset in (0.0, 1.5):
        run = await Run(strategy(entry(SLOW), entry(LONGER, side="short"), cooldownSeconds=900), closes=WAVES).warm()
        found = [Cycle.model_validate((await run.hear(5 * n + offset))[1].data) for n in range(1, 10)]
        bodies.append([cycle.body() for cycle in found])

    assert bodies[0] == bodies[1]
    assert len(set(bodies[0])) == 9


async def test_another_strategys_needs_change_no_value() -> None:
    """A strategy that comes with a longer warm-up moves no bit of what the others read."""
    alone = await Run(strategy(entry(SLOW), name="a"), closes={BTC: wave(800), ETH: wave(800, seed=2)}).warm()
    long = strategy(entry({"var": "ema", "params": {"period": 30}, "op": ">", "value": 0}), name="b")
    both = await Run(strategy(entry(SLOW), name="a"), long, closes={BTC: wave(800), ETH: wave(800, seed=2)}).warm()
    first, second = await alone.cycle(5), await both.cycle(5)

    assert second.close == first.close == NOON + timedelta(minutes=5) == NOON + FIVE.length
    assert all(second.variables[BTC][name] == value for name, value in first.variables[BTC].items())
