"""What a strategy costs: the variables that it reads, the candles that they need, the time that they take here."""

import time
from collections.abc import Iterable, Iterator

import numpy as np

from tradepods_core.shapes import Symbol
from tradepods_core.strategy.evaluate import terms
from tradepods_core.strategy.model import Strategy, Universe
from tradepods_core.times import Timeframe
from tradepods_signals.engine.candle_reader import PAGE
from tradepods_signals.engine.plan import Calculation, Plans, candles_needed, make_plan
from tradepods_signals.engine.universe import Chosen, most_members, named
from tradepods_signals.engine.windows import COLUMNS

RUNS = 15  # of which the median counts


def explained(strategies: Iterable[Strategy]) -> Iterator[str]:
    """Lines for people: each strategy alone, then all that are enabled together."""
    each = tuple(strategies)
    for strategy in each:
        yield from _one(strategy)
    enabled = [strategy for strategy in each if strategy.spec.enabled]
    if len(enabled) > 1:
        yield f"all {len(enabled)} enabled together, what they share counted once:"
        yield from _together(enabled)


def _one(strategy: Strategy) -> Iterator[str]:
    spec = strategy.spec
    state = "" if spec.enabled else " (disabled: costs nothing until it is enabled)"
    sides = ", ".join(f"{entry.side} {entry.type}" for entry in spec.entries)
    rules = ", ".join(rule.type for rule in spec.management if rule.enabled)
    yield f"{strategy.namespace}/{strategy.name} on {spec.timeframe}{state}"
    yield f"  entries: {sides}" + (f"; management: {rules}" if rules else "")
    alone = strategy.model_copy(update={"spec": spec.model_copy(update={"enabled": True})})
    if spec.universe.top:
        most = most_members(spec.universe.top)
        yield f"  universe: the {spec.universe.top} most traded, up to {most} while ranks move; counted below as {most}"
    for plan in _planned([alone]).values():
        for one in plan.calculations:
            names = ", ".join(map(str, one.series))
            yield f"  {names}: {one.candles:,} candles of {one.timeframe}, {_microseconds(one):.1f} us a symbol"
    own = sorted({str(term) for rule in spec.management for term in terms(rule.when) if not term.of_market})
    if own:
        yield f"  of the position, in the worker: {', '.join(own)}"
    yield from _together([alone])


def _planned(strategies: Iterable[Strategy]) -> Plans:
    """The plans as they are at most; who the most traded will be is not known here, so they are numbered."""
    each = tuple(strategies)
    return make_plan(each, {one.key: Chosen(symbols=_symbols(one.spec.universe)) for one in each})


def _symbols(universe: Universe) -> frozenset[Symbol]:
    return named(universe) | {f"#{rank}" for rank in range(most_members(universe.top))}


def _together(strategies: Iterable[Strategy]) -> Iterator[str]:
    """The history that is read once, and the time of each timeframe's cycle."""
    plans = _planned(strategies)
    for timeframe, symbols in candles_needed(plans).items():
        requests = sum(-(-count // PAGE) for count in symbols.values())
        longest = max(symbols.values())
        yield f"  warms up with {longest:,} candles of {timeframe}, {_age(longest, timeframe)}: {requests} requests"
    for plan in plans.values():
        cost = sum(_microseconds(one) * len(one.symbols) for one in plan.calculations) / 1000
        yield (
            f"  each cycle of {plan.timeframe}: {len(plan.terms)} variables in {len(plan.calculations)} calculations "
            f"for {len(plan.universe)} symbols, about {cost:.2f} ms on this machine"
        )


def _age(candles: int, timeframe: Timeframe) -> str:
    hours = candles * timeframe.seconds / 3600
    return f"{hours / 24:.1f} days" if hours > 48 else f"{hours:.1f} hours"  # noqa: PLR2004 - two days


def _microseconds(one: Calculation) -> float:
    """The median time of one call, on candles that are made up."""
    columns = np.full((COLUMNS, one.candles), 100.0) + np.sin(np.arange(one.candles))
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        one.function(columns, one.params)
        found.append(time.perf_counter() - begun)
    return sorted(found)[RUNS // 2] * 1e6
