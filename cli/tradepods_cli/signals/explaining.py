"""What each strategy said about a symbol in a cycle: what fired, what nearly did, and the numbers. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tradepods_core.shapes import Symbol
from tradepods_core.strategy.evaluate import reading, weighed
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import PublishedStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One entry of one strategy.

    Attributes:
        fired: the cycle holds its signal.
        comparisons: each with its numbers, and whether it holds; "?" for a number that the cycle does not tell.

    """

    strategy: str
    side: str
    kind: str
    fired: bool
    comparisons: tuple[tuple[bool, str], ...]

    @property
    def held(self) -> int:
        """How many of the comparisons hold."""
        return sum(held for held, _ in self.comparisons)


def explained(
    cycle: Cycle, *, previous: Cycle | None, strategies: Iterable[PublishedStrategy], symbol: Symbol
) -> list[Weighed]:
    """Every entry that looks at this symbol in this cycle's timeframe: what fired first, then by how near it was.

    `previous` is the cycle before, of the same timeframe: a cross is told by both.
    """
    entries = _entries(cycle, previous=previous, strategies=strategies, symbol=symbol)
    return sorted(entries, key=lambda one: (not one.fired, -one.held / max(len(one.comparisons), 1), one.strategy))


def _entries(
    cycle: Cycle, *, previous: Cycle | None, strategies: Iterable[PublishedStrategy], symbol: Symbol
) -> Iterator[Weighed]:
    now = cycle.variables.get(symbol, {})
    before: Mapping[str, float] = {} if previous is None else previous.variables.get(symbol, {})
    read = reading(now, {**before, **cycle.before.get(symbol, {})})
    for strategy in strategies:
        if strategy.spec.timeframe != cycle.timeframe:
            continue
        name = f"{strategy.namespace}/{strategy.name}"
        for entry in strategy.spec.entries:
            fired = any(
                (one.namespace, one.strategy, one.symbol, one.side, one.kind)
                == (strategy.namespace, strategy.name, symbol, entry.side, entry.type)
                for one in cycle.signals
            )
            told = tuple((bool(held), text.replace(" nan", " ?")) for held, text in weighed(entry.when, read))
            yield Weighed(strategy=name, side=entry.side, kind=entry.type, fired=fired, comparisons=told)
