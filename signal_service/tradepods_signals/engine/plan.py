"""What the enabled strategies need: per timeframe the strategies, the symbols, the terms, the candles."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tradepods_core.shapes import Symbol
from tradepods_core.strategy.evaluate import terms
from tradepods_core.strategy.model import Strategy
from tradepods_core.strategy.variables import Term
from tradepods_core.times import Timeframe

PREVIOUS = 1  # a cross looks one candle back


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeframePlan:
    """What is computed at each close of one timeframe.

    Attributes:
        universe: every symbol that one of its strategies looks at, sorted.
        terms: every term that one of them reads.
        candles: closed candles needed before the first cycle.

    """

    timeframe: Timeframe
    strategies: tuple[Strategy, ...]
    universe: tuple[Symbol, ...]
    terms: tuple[Term, ...]
    candles: int


def make_plan(strategies: Iterable[Strategy]) -> Mapping[Timeframe, TimeframePlan]:
    """The plan of all enabled strategies, by timeframe, shortest first."""
    grouped: dict[Timeframe, list[Strategy]] = {}
    for strategy in sorted(strategies, key=lambda s: s.key):
        if strategy.spec.enabled:
            grouped.setdefault(Timeframe.parse(strategy.spec.timeframe), []).append(strategy)
    return {timeframe: _timeframe(timeframe, grouped[timeframe]) for timeframe in sorted(grouped)}


def _timeframe(timeframe: Timeframe, strategies: list[Strategy]) -> TimeframePlan:
    universe = sorted({symbol for strategy in strategies for symbol in symbols_of(strategy)})
    needed = [term for s in strategies for entry in s.spec.entries for term in terms(entry.when)]
    distinct = tuple(sorted(set(needed), key=str))
    return TimeframePlan(
        timeframe=timeframe,
        strategies=tuple(strategies),
        universe=tuple(universe),
        terms=distinct,
        candles=max((term.warmup for term in distinct), default=1) + PREVIOUS,
    )


def symbols_of(strategy: Strategy) -> tuple[Symbol, ...]:
    """The symbols that a strategy looks at."""
    universe = strategy.spec.universe
    return tuple(symbol for symbol in universe.include if symbol not in universe.exclude)


def revision_of(strategy: Strategy) -> str:
    """Names a strategy's content: the same spec has the same revision on any machine."""
    text = json.dumps(strategy.spec.model_dump(by_alias=True, mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
