"""Windows in, cycle out. Pure: the same candles give the same bytes, on any machine and from any length of history."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradepods_core.ids import cycle_id, signal_id
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.evaluate import explained, holds
from tradepods_core.strategy.model import EntryRule, Strategy
from tradepods_core.strategy.variables import Term
from tradepods_core.wire.cycle import Cycle, Signal, valid_for
from tradepods_signals.engine.indicators import values
from tradepods_signals.engine.plan import TimeframePlan, revision_of, symbols_of
from tradepods_signals.engine.windows import Window

DIGITS = 8  # significant digits of a value: windows of different length agree in these
Values = Mapping[Term, tuple[float, float]]  # the newest value, and the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a cycle is of: the candle's close, when it is published (market time), the replay's step."""

    close: datetime
    published_at: datetime
    step: int | None


def compute(windows: Mapping[Symbol, Window], *, plan: TimeframePlan, moment: Moment) -> Cycle:
    """One cycle. A symbol without its newest candle is late, one with a gap or too short a history is missing."""
    found = {symbol: _values(windows[symbol], plan, moment) for symbol in plan.universe}
    known = {symbol: value for symbol, value in found.items() if value is not None}
    identifier = cycle_id(plan.timeframe, moment.close)
    unknown = [symbol for symbol in plan.universe if symbol not in known]
    late = [symbol for symbol in unknown if windows[symbol].close != moment.close]
    return Cycle(
        id=identifier,
        timeframe=str(plan.timeframe),
        close=moment.close,
        published_at=moment.published_at,
        valid_until=moment.published_at + valid_for(plan.timeframe),
        universe=plan.universe,
        signals=tuple(_signals(identifier, plan, known, windows)),
        variables={symbol: {str(term): pair[0] for term, pair in value.items()} for symbol, value in known.items()},
        late=tuple(late),
        missing=tuple(symbol for symbol in unknown if symbol not in late),
        step=moment.step,
    )


def _values(window: Window, plan: TimeframePlan, moment: Moment) -> Values | None:
    if not window.usable(close=moment.close, needed=plan.candles):
        return None
    rows = window.rows[-plan.candles :]
    found = {term: values(term, rows)[-2:] for term in plan.terms}
    pairs = {term: (_rounded(float(pair[-1])), _rounded(float(pair[0]))) for term, pair in found.items()}
    return pairs if all(math.isfinite(newest) for newest, _ in pairs.values()) else None


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _signals(
    cycle: str, plan: TimeframePlan, known: Mapping[Symbol, Values], windows: Mapping[Symbol, Window]
) -> Iterator[Signal]:
    for strategy in plan.strategies:
        for symbol in sorted(set(symbols_of(strategy)) & known.keys()):
            yield from _of_symbol(cycle, strategy, symbol, known[symbol], windows[symbol])


def _of_symbol(cycle: str, strategy: Strategy, symbol: Symbol, known: Values, window: Window) -> Iterator[Signal]:
    """At most one signal a side: of several entries that hold, the first one written."""

    def read(term: Term, ago: int) -> float:
        return known[term][ago]

    said: set[str] = set()
    for entry in strategy.spec.entries:
        if entry.side not in said and holds(entry.when, read):
            said.add(entry.side)
            yield _signal(cycle, strategy, symbol, entry, window, reasons=explained(entry.when, read))


def _signal(
    cycle: str, strategy: Strategy, symbol: Symbol, entry: EntryRule, window: Window, *, reasons: tuple[str, ...]
) -> Signal:
    return Signal(
        id=signal_id(cycle=cycle, namespace=strategy.namespace, strategy=strategy.name, symbol=symbol, side=entry.side),
        strategy=strategy.name,
        namespace=strategy.namespace,
        revision=revision_of(strategy),
        symbol=symbol,
        side=entry.side,
        kind=entry.type,
        strength=entry.strength,
        reference_price=Decimal(repr(float(window.rows[-1, 4]))),
        reasons=reasons,
    )
