"""The loop over the marks: warm up at the first, acknowledge each step once all of it is published."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from support.build import BTC, ETH, FIVE, NOON, market
from support.conducting import candles_of, told_by
from support.signals_history import candles, strategy, wave
from support.stream_events import Event, names, parsed
from tradepods_signals.adapters.feed_memory import MemoryFeed
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import make_plan
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.market import MarksSeen
from tradepods_signals.tasks.marks import follow


class Replay:
    """A replay that notes what a reader had heard by the time of each acknowledgement."""

    def __init__(self, *seen: MarksSeen) -> None:
        history = {(symbol, FIVE): candles(wave(200), until=NOON + 10 * FIVE.length) for symbol in (BTC, ETH)}
        self.feed = MemoryFeed(markets={BTC: market(), ETH: market(ETH)}, history=history, marks=seen)
        self.hub = Hub(boot="b")
        plans, metrics = make_plan([strategy()]), Metrics()
        self.conductor = Conductor(
            candles=candles_of(self.feed, metrics, sleep=_never),
            plans=lambda: plans,
            hub=self.hub,
            publish=told_by(self.hub),
            metrics=metrics,
        )
        self.chunks = self.hub.subscribe(last_event=None).chunks()
        self.said: list[str] = []
        self.shown: list[datetime] = []
        self.heard: dict[int, list[Event]] = {}

    async def join(self) -> None:
        self.said.append(f"joined after {self.feed.asked} requests")

    async def acknowledge(self, step: int) -> None:
        self.said.append(f"acknowledged {step}")
        self.heard[step] = parsed(await anext(self.chunks))

    async def run(self, *, lockstep: bool = True) -> None:
        """Follow all of the marks."""
        steps = self if lockstep else None
        await follow(self.feed.marks(), conductor=self.conductor, show=self.shown.append, steps=steps)


async def _never(seconds: float) -> None:
    raise AssertionError(f"nothing is late here, yet it pauses for {seconds} s")


def _seen(minutes: Sequence[float], *, step: int | None = 0) -> list[MarksSeen]:
    return [
        MarksSeen(
            at=NOON + timedelta(minutes=one), marks={BTC: Decimal(100)}, step=None if step is None else step + index
        )
        for index, one in enumerate(minutes)
    ]


async def test_history_is_read_before_the_replay_is_joined() -> None:
    """A market that stands still until then has not moved on meanwhile."""
    replay = Replay(*_seen([0, 1]))
    await replay.run()

    assert replay.said == ["joined after 2 requests", "acknowledged 0", "acknowledged 1"]


async def test_a_step_is_acknowledged_once_all_of_it_is_published() -> None:
    """Marks, the cycle of a candle that it closed, and the ping that ends it."""
    replay = Replay(*_seen([0, 4.75, 5, 5.25]))
    await replay.run()

    assert {step: names(events) for step, events in replay.heard.items()} == {
        0: ["marks", "ping"],
        1: ["marks", "ping"],
        2: ["marks", "cycle", "ping"],
        3: ["marks", "ping"],
    }
    assert all(event.data["step"] == step for step, events in replay.heard.items() for event in events)


async def test_market_time_is_shown_with_every_reading() -> None:
    """The clock of the service's readiness follows the stream."""
    replay = Replay(*_seen([0, 1, 2]))
    await replay.run()

    assert replay.shown == [NOON + timedelta(minutes=minutes) for minutes in (0, 1, 2)]


async def test_a_live_market_has_no_steps_to_acknowledge() -> None:
    """Neither where nothing is replayed, nor for a reading without a step."""
    live, stepless = Replay(*_seen([0, 5], step=None)), Replay(*_seen([0, 5], step=None))
    await live.run(lockstep=False)
    await stepless.run()

    assert live.said == []
    assert stepless.said == ["joined after 2 requests"]
    assert names(parsed(await anext(live.chunks))) == ["marks", "ping", "marks", "cycle", "ping"]
