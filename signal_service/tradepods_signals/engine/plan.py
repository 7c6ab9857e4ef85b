"""What the enabled strategies need: per timeframe the strategies, the symbols, the terms, the candles."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tradepods_core.shapes import Symbol
from tradepods_core.strategy.condition import When
from tradepods_core.strategy.evaluate import crossing_terms, terms
from tradepods_core.strategy.management import in_order
from tradepods_core.strategy.model import Strategy
from tradepods_core.strategy.revision import revision_of
from tradepods_core.strategy.variables import Term
from tradepods_core.times import Timeframe
from tradepods_signals.engine.indicators import INDICATORS, Function
from tradepods_signals.engine.universe import Chosen, named

PREVIOUS = 1  # a cross looks one candle back


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """One call of an indicator's function a symbol, whose series are one or more terms.

    Attributes:
        candles: closed candles that it is computed from, neither more nor fewer: so a value is the same whatever else
            is computed, and however long the history is.
        series: which of the function's series each term is.
        symbols: those that a strategy looks at which reads one of the terms.

    """

    function: Function
    params: Mapping[str, float]
    timeframe: Timeframe
    candles: int
    series: Mapping[Term, int]
    symbols: frozenset[Symbol]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeframePlan:
    """What is computed at each close of one timeframe.

    Attributes:
        symbols: where each of its strategies may enter, by key.
        universe: every symbol that one of its strategies covers, sorted; those among them that it has left and an
            account still holds.
        revisions: of its strategies, by key.
        terms: every term that one of them reads.
        crossing: terms of which a management rule reads the value before, too.

    """

    timeframe: Timeframe
    strategies: tuple[Strategy, ...]
    revisions: Mapping[str, str]
    symbols: Mapping[str, frozenset[Symbol]]
    universe: tuple[Symbol, ...]
    terms: tuple[Term, ...]
    crossing: frozenset[Term]
    calculations: tuple[Calculation, ...]

    @property
    def candles(self) -> int:
        """Closed candles of its own timeframe needed before the first cycle."""
        own = (calculation.candles for calculation in self.calculations if calculation.timeframe == self.timeframe)
        return max(own, default=1 + PREVIOUS)


Plans = Mapping[Timeframe, TimeframePlan]


def make_plan(strategies: Iterable[Strategy], chosen: Mapping[str, Chosen] | None = None) -> Plans:
    """The plan of all enabled strategies, by timeframe, shortest first.

    `chosen` is the universe of each by its key; one that is not among them looks at what it names.
    """
    grouped: dict[Timeframe, list[Strategy]] = {}
    for strategy in sorted(strategies, key=lambda s: s.key):
        if strategy.spec.enabled:
            grouped.setdefault(Timeframe.parse(strategy.spec.timeframe), []).append(strategy)
    given = chosen or {}
    return {timeframe: _timeframe(timeframe, grouped[timeframe], given) for timeframe in sorted(grouped)}


def _timeframe(timeframe: Timeframe, strategies: list[Strategy], given: Mapping[str, Chosen]) -> TimeframePlan:
    chosen = {one.key: given.get(one.key) or Chosen(symbols=named(one.spec.universe)) for one in strategies}
    readers: dict[Term, set[Symbol]] = {}
    for strategy in strategies:
        for term in terms_of(strategy):
            readers.setdefault(term, set()).update(chosen[strategy.key].covered)
    rules = [rule for strategy in strategies for rule in in_order(strategy.spec.management)]
    return TimeframePlan(
        timeframe=timeframe,
        strategies=tuple(strategies),
        revisions={strategy.key: revision_of(strategy.spec) for strategy in strategies},
        symbols={key: one.symbols for key, one in chosen.items()},
        universe=tuple(sorted(frozenset().union(*(one.covered for one in chosen.values())))),
        terms=tuple(sorted(readers, key=str)),
        crossing=frozenset(term for rule in rules for term in crossing_terms(rule.when)),
        calculations=tuple(_calculations(readers, own=timeframe)),
    )


def _calculations(readers: Mapping[Term, set[Symbol]], *, own: Timeframe) -> Iterator[Calculation]:
    """Terms that one call gives together are one calculation, on the timeframe that they are of."""
    together: dict[tuple[Function, tuple[tuple[str, float], ...], Timeframe], list[Term]] = {}
    for term in sorted(readers, key=str):
        timeframe = Timeframe.parse(term.timeframe) if term.timeframe else own
        together.setdefault((INDICATORS[term.var][0], term.params, timeframe), []).append(term)
    for (function, params, timeframe), found in together.items():
        yield Calculation(
            function=function,
            params=dict(params),
            timeframe=timeframe,
            candles=max(term.warmup for term in found) + PREVIOUS,
            series={term: INDICATORS[term.var][1] for term in found},
            symbols=frozenset().union(*(readers[term] for term in found)),
        )


def candles_needed(plans: Plans) -> Mapping[Timeframe, Mapping[Symbol, int]]:
    """How many closed candles of which symbol and timeframe all plans together need, shortest timeframe first."""
    found: dict[Timeframe, dict[Symbol, int]] = {}
    for plan in plans.values():
        for timeframe in (plan.timeframe, *(one.timeframe for one in plan.calculations)):
            found.setdefault(timeframe, {})
        needs = [(plan.timeframe, symbol, 1 + PREVIOUS) for symbol in plan.universe]
        needs += [(c.timeframe, symbol, c.candles) for c in plan.calculations for symbol in c.symbols]
        for timeframe, symbol, count in needs:
            symbols = found[timeframe]
            symbols[symbol] = max(count, symbols.get(symbol, 0))
    return {timeframe: dict(sorted(found[timeframe].items())) for timeframe in sorted(found)}


def terms_of(strategy: Strategy) -> tuple[Term, ...]:
    """The market variables that a strategy's entries and enabled management rules read."""
    spec = strategy.spec
    whens: list[When] = [entry.when for entry in spec.entries]
    whens += [rule.when for rule in in_order(spec.management)]
    return tuple(dict.fromkeys(term for when in whens for term in terms(when) if term.of_market))
