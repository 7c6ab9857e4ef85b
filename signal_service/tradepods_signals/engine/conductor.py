"""Marks in, cycles out: at each close of a timeframe the candles are read, the cycle is computed and published."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle, valid_for
from tradepods_core.wire.stream import Marks, Ping
from tradepods_signals.engine.candle_gaps import deadline
from tradepods_signals.engine.candle_store import CandleStore
from tradepods_signals.engine.compute import Moment, compute
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import Plans, TimeframePlan, candles_needed
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.history import FiledCycle
from tradepods_signals.ports.market import MarksSeen

SLOW = 1.5  # seconds of computing after which it warns
READING = 4.0  # seconds in which candles are read at a close, and a quarter of it for late ones: marks wait meanwhile
BUDGET = 2.0  # seconds of computing after which the symbols that are left are late
MINUTE = Timeframe(60)  # every timeframe closes on one of these
AGAIN = timedelta(seconds=5)  # market time between two looks for late candles
Publish = Callable[[Cycle], Awaitable[None]]
log = structlog.get_logger()


@dataclass(slots=True)
class _Incomplete:
    """A published cycle that lacks late symbols, and when they are looked for again."""

    cycle: Cycle
    plan: TimeframePlan
    look_at: datetime


class Conductor:
    """What has been published of each timeframe. `plans` gives what is in force; it is asked once a minute.

    `publish` brings a cycle to its readers, `past` are the latest that an earlier run has published, `also` are symbols
    of which marks are told beside those of the plans,
    `clock` gives seconds of which only differences count, `reading` are those that a close may take to read candles.
    """

    def __init__(
        self,
        *,
        candles: CandleStore,
        plans: Callable[[], Plans],
        hub: Hub,
        publish: Publish,
        metrics: Metrics,
        cooldowns: Cooldowns | None = None,
        past: Iterable[FiledCycle] = (),
        also: Callable[[], frozenset[Symbol]] = frozenset,
        clock: Callable[[], float] = time.perf_counter,
        reading: float = READING,
    ) -> None:
        self._ask_plans, self._hub, self._publish = plans, hub, publish
        self._metrics, self._clock, self._reading = metrics, clock, reading
        self._cooldowns = cooldowns or Cooldowns()
        self._past = {cycle.timeframe: cycle.close for cycle in past}
        self._store, self._also = candles, also
        self._plans: Plans = {}
        self._asked_at: datetime | None = None
        self._done: dict[Timeframe, datetime] = {}
        self._incomplete: dict[Timeframe, _Incomplete] = {}

    @property
    def watched(self) -> frozenset[Symbol]:
        """Every symbol that a strategy looks at, or will at its next cycle."""
        return self._store.symbols | self._also()

    async def warm_up(self, *, now: datetime, within: float | None = None) -> None:
        """Read the history that indicators need. The candle that closes next gives the first cycle.

        What isn't there `within` these seconds of wall time is read by the way: marks are not told before this ends.
        """
        await self._take_plans(now, waits=True, within=within)
        waiting = 0 if within is None else self._store.set_aside(now)
        symbols = {str(timeframe): len(windows) for timeframe, windows in self._store.windows.items()}
        await log.ainfo("warm", symbols=symbols, waiting=waiting)

    async def hear(self, seen: MarksSeen) -> None:
        """Publish the marks, and every cycle whose candle they show to be closed."""
        await self._take_plans(seen.at, waits=seen.step is not None)
        watched = self.watched
        marks = {symbol: price for symbol, price in seen.marks.items() if symbol in watched}
        self._hub.marks(Marks(at=seen.at, marks=marks, step=seen.step))
        for timeframe, plan in self._plans.items():
            close = timeframe.last_close(seen.at)
            if close > self._done[timeframe]:
                self._done[timeframe] = close
                await self._cycle(plan, Moment(close=close, published_at=seen.at, step=seen.step))
            elif timeframe in self._incomplete:
                await self._complete(self._incomplete[timeframe], seen)
        self._hub.ping(Ping(at=seen.at, step=seen.step))

    async def _take_plans(self, now: datetime, *, waits: bool, within: float | None = None) -> None:
        """What is in force at the next cycle. A timeframe that is new has its first cycle at its next close.

        On a live market the cycles of the others do not wait for the history of what is new.
        """
        if (minute := MINUTE.last_close(now)) == self._asked_at:
            return
        self._asked_at = minute
        plans = self._ask_plans()
        if plans is self._plans:
            return
        self._plans = plans
        self._incomplete.clear()
        self._done = {timeframe: self._done.get(timeframe, self._begun(timeframe, now)) for timeframe in plans}
        self._store.fit(candles_needed(plans), aside=None if waits else now)
        if waits:
            await self._store.read(self._store.windows, now, attempts=1, within=within)

    def _begun(self, timeframe: Timeframe, now: datetime) -> datetime:
        """The close after which a start goes on: one that an earlier run has just missed is not left out."""
        close = timeframe.last_close(now)
        published = self._past.get(timeframe, close)
        return published if published < close and now - close <= valid_for(timeframe) else close

    async def _cycle(self, plan: TimeframePlan, moment: Moment) -> None:
        within = None if moment.step is not None else self._reading
        await self._store.read(_timeframes(plan), moment.close, within=within)
        cycle, seconds = self._computed(plan, moment)
        self._incomplete.pop(plan.timeframe, None)
        if cycle.late:
            self._incomplete[plan.timeframe] = _Incomplete(cycle, plan, moment.published_at + AGAIN)
        await self._tell(cycle, seconds)

    async def _complete(self, waiting: _Incomplete, seen: MarksSeen) -> None:
        """Look for the candles of late symbols until their deadline, and for time to compute them while it matters."""
        first, timeframes = waiting.cycle, _timeframes(waiting.plan)
        overdue = seen.at > first.close + deadline(waiting.plan.timeframe)
        if overdue:
            self._store.give_up(timeframes, first.close)
        elif seen.at >= waiting.look_at:
            waiting.look_at = seen.at + AGAIN
            within = None if seen.step is not None else self._reading / 4
            await self._store.read(timeframes, first.close, attempts=1, within=within)
            await self._revise(waiting, seen)
        wanted = waiting.cycle.late and seen.at <= first.valid_until
        if overdue or not (wanted or self._store.late(timeframes, first.close)):
            del self._incomplete[waiting.plan.timeframe]

    async def _revise(self, waiting: _Incomplete, seen: MarksSeen) -> None:
        """Publish a cycle again with the symbols that have come, while its signals may still be acted on."""
        first = waiting.cycle
        if seen.at > first.valid_until:
            return
        moment = Moment(close=first.close, published_at=seen.at, step=seen.step, revision=first.revision + 1)
        cycle, seconds = self._computed(waiting.plan, moment)
        if set(cycle.late) < set(first.late):
            waiting.cycle = cycle.model_copy(update={"valid_until": first.valid_until})
            await self._tell(waiting.cycle, seconds)

    def _computed(self, plan: TimeframePlan, moment: Moment) -> tuple[Cycle, float]:
        """A cycle, and the seconds it took. Its budget is of wall time: a replay has none, to be the same anywhere."""
        begun = self._clock()

        def overdue() -> bool:
            return moment.step is None and self._clock() - begun > BUDGET

        windows, cooldowns = self._store.windows, self._cooldowns
        cycle = compute(windows, plan=plan, moment=moment, cooldowns=cooldowns, overdue=overdue)
        return cycle, self._clock() - begun

    async def _tell(self, cycle: Cycle, seconds: float) -> None:
        self._cooldowns.hear(cycle)
        await self._publish(cycle)
        self._measure(cycle, seconds)

    def _measure(self, cycle: Cycle, seconds: float) -> None:
        self._metrics.compute.add(seconds)
        self._metrics.cycles.labels(cycle.timeframe).inc()
        self._metrics.signals.inc(len(cycle.signals))
        self._metrics.absent.inc(len(cycle.late) + len(cycle.missing))
        self._metrics.subscribers.set(self._hub.subscribers)
        self._metrics.last_close.set(cycle.close.timestamp())
        warn = log.warning if seconds > SLOW or cycle.late or cycle.missing else log.info
        warn(
            "cycle",
            id=cycle.id,
            revision=cycle.revision,
            signals=len(cycle.signals),
            late=cycle.late,
            missing=cycle.missing,
            milliseconds=round(seconds * 1000, 1),
        )


def _timeframes(plan: TimeframePlan) -> Mapping[Timeframe, None]:
    """Those of which the plan reads candles, its own first."""
    return dict.fromkeys([plan.timeframe, *(one.timeframe for one in plan.calculations)])
