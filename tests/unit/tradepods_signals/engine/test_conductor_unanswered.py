"""The conductor on a venue that does not answer, or never ends an answer: marks go on, and what was known is kept."""

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from support.build import BTC, ETH, FIVE, NOON
from support.conducting import Run
from support.signals_history import entry, strategy
from support.stream_events import names
from tradepods_signals.engine.conductor import AGAIN
from tradepods_signals.engine.plan import make_plan
from tradepods_signals.ports import Sleep

SLOW = {"var": "price", "op": ">", "ref": {"var": "sma", "params": {"period": 50}}}
ALWAYS = {"var": "price", "op": ">", "value": 0}


def _until(event: asyncio.Event) -> Sleep:
    """A pause that lasts until then."""

    async def pause(_seconds: float) -> None:
        await event.wait()

    return pause


async def test_a_longer_history_that_is_not_answered_takes_nothing_away() -> None:
    """The shorter one goes on until the longer is there; it is asked for again."""
    short, long = strategy(entry(ALWAYS), name="a"), strategy(entry(SLOW), name="b")
    run = await Run(short).warm()
    run.plans = make_plan([short, long])
    run.feed.away = {BTC, ETH}
    answered = asyncio.Event()
    run.conductor._store._sleep = _until(answered)
    await run.hear(1)
    await run.settle()
    run.feed.away = set()
    found = await run.cycle(5)
    answered.set()
    await run.settle()
    after = await run.cycle(10)

    assert (found.late, found.missing) == ((), (BTC, ETH))
    assert [signal.symbol for signal in found.signals if signal.strategy == "a"] == [BTC, ETH]
    assert (after.late, after.missing) == ((), ())


async def test_a_request_that_hangs_holds_up_neither_the_marks_nor_other_symbols() -> None:
    """Its symbol is late, and comes with the cycle's next revision."""
    run = await Run(reading=0.02).warm()
    run.feed.hang(ETH)
    async with asyncio.timeout(5):
        first = await run.cycle(5)
        hanging = names(await run.hear(5 + AGAIN.total_seconds() / 60))
    run.feed.open(ETH)
    second = await run.cycle(5 + 2 * AGAIN.total_seconds() / 60)

    assert (first.late, set(first.variables)) == ((ETH,), {BTC})
    assert hanging == ["marks", "ping"]
    assert (second.revision, second.late, second.missing) == (2, (), ())


async def test_history_that_hangs_does_not_hold_up_a_start() -> None:
    """Its symbol is late until it comes; nothing else is."""
    run = Run()
    run.feed.hang(ETH)
    async with asyncio.timeout(5):
        await run.conductor.warm_up(now=NOON + timedelta(seconds=1), within=0.02)
        first = await run.cycle(5)
    run.feed.open(ETH)
    await run.settle()
    read = run.conductor._store.windows[FIVE][ETH].close
    second = await run.cycle(10)

    assert (first.late, set(first.variables)) == ((ETH,), {BTC})
    assert read == NOON
    assert (second.late, second.missing) == ((), ())


async def test_history_that_hangs_does_not_hold_up_that_of_others() -> None:
    """A few are read by the way at once: the first may never come. How far it is is said."""
    run = Run()
    for symbol in (BTC, ETH):
        run.feed.hang(symbol)
    with capture_logs() as logs:
        await run.conductor.warm_up(now=NOON + timedelta(seconds=1), within=0.02)
        run.feed.open(ETH)
        await run.settle()
        first = await run.cycle(5)
        run.feed.open(BTC)
        await run.settle()

    assert (first.late, set(first.variables)) == ((BTC,), {ETH})
    told = [(entry["event"], entry["waiting"]) for entry in logs if "waiting" in entry]
    assert told == [("warm", 2), ("warming", 0)]
