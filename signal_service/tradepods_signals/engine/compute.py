"""Windows in, cycle out. Pure: the same candles give the same bytes, on any machine and from any length of history."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tradepods_core.ids import cycle_id, signal_id
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.evaluate import explained, holds
from tradepods_core.strategy.model import EntryRule, Strategy
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle, Signal, valid_for
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.plan import TimeframePlan
from tradepods_signals.engine.values import BEFORE, Values, Windows
from tradepods_signals.engine.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a cycle is of: the candle's close, when it is published (market time), the replay's step."""

    close: datetime
    published_at: datetime
    step: int | None
    revision: int = 1


def _never() -> bool:
    return False


def compute(
    windows: Windows,
    *,
    plan: TimeframePlan,
    moment: Moment,
    cooldowns: Cooldowns,
    overdue: Callable[[], bool] = _never,
) -> Cycle:
    """One cycle. Symbols for which there is no time once it is `overdue` are late, as are those without a candle."""
    values = Values(plan)
    late, missing = values.compute(windows, close=moment.close, overdue=overdue)
    there = {symbol: place for place, symbol in enumerate(plan.universe) if symbol not in late}
    spoken = _Spoken(plan, moment, values, there, windows[plan.timeframe], cooldowns)
    before = {symbol: values.told(place, which=BEFORE, only=plan.crossing) for symbol, place in there.items()}
    variables = {symbol: values.told(place) for symbol, place in there.items()}
    return Cycle(
        id=spoken.cycle,
        timeframe=str(plan.timeframe),
        close=moment.close,
        revision=moment.revision,
        published_at=moment.published_at,
        valid_until=_valid_until(plan.timeframe, moment),
        universe=plan.universe,
        signals=tuple(spoken.signals()),
        variables={symbol: told for symbol, told in variables.items() if told},
        before={symbol: told for symbol, told in before.items() if told},
        late=late,
        missing=missing,
        step=moment.step,
    )


def _valid_until(timeframe: Timeframe, moment: Moment) -> datetime:
    """Until when its signals may be acted on: one that is told after an outage speaks of a market that is gone."""
    lasts = valid_for(timeframe)
    in_time = moment.published_at - moment.close <= lasts
    return (moment.published_at if in_time else moment.close) + lasts


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What the strategies say of the symbols that are there, by their places in the arrays."""

    plan: TimeframePlan
    moment: Moment
    values: Values
    there: Mapping[Symbol, int]
    windows: Mapping[Symbol, Window]
    cooldowns: Cooldowns

    @property
    def cycle(self) -> str:
        """The cycle's id."""
        return cycle_id(self.plan.timeframe, self.moment.close)

    def signals(self) -> Iterator[Signal]:
        """By strategy, then symbol."""
        for strategy in self.plan.strategies:
            yield from self._of_strategy(strategy)

    def _of_strategy(self, strategy: Strategy) -> Iterator[Signal]:
        """At most one signal a symbol and side: of several entries that hold, the first one written."""
        read = self.values.arrays()
        held: list[tuple[EntryRule, Any]] = [(entry, holds(entry.when, read)) for entry in strategy.spec.entries]
        for symbol in sorted(self.there.keys() & self.plan.symbols[strategy.key]):
            said: set[str] = set()
            for entry, where in held:
                if entry.side not in said and where[self.there[symbol]]:
                    said.add(entry.side)
                    if self.cooldowns.over(strategy, symbol, entry.side, close=self.moment.close):
                        yield self._signal(strategy, symbol, entry)

    def _signal(self, strategy: Strategy, symbol: Symbol, entry: EntryRule) -> Signal:
        namespace, name = strategy.namespace, strategy.name
        return Signal(
            id=signal_id(cycle=self.cycle, namespace=namespace, strategy=name, symbol=symbol, side=entry.side),
            strategy=name,
            namespace=namespace,
            revision=self.plan.revisions[strategy.key],
            symbol=symbol,
            side=entry.side,
            kind=entry.type,
            strength=entry.strength,
            reference_price=Decimal(repr(float(self.windows[symbol].rows[-1, 4]))),
            reasons=explained(entry.when, self.values.at(self.there[symbol])),
        )
