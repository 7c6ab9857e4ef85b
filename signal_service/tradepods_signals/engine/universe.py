"""Which symbols a strategy looks at: the most traded and those that it names, as long as the venue trades them.

Ranks move all day. A symbol comes in at a rank of `top` or better, and stays until its rank is worse than a quarter
more than that: so one that wanders about the border neither comes nor goes. A symbol that an account holds stays
covered by marks and variables after it has left, and gives no entries.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy, Universe
from tradepods_core.wire.universe import KeptUniverse

LISTED_FOR = timedelta(days=30)  # before it is ranked: what is traded of a new symbol says little of the next weeks
SLACK = 4  # a member stays until its rank is worse than `top` and a part in so many of it
HEARD_BY = 2  # readings of the markets, an hour apart: by the second every account has reported since the start
Held = Callable[[], frozenset[Symbol]]
Volumes = Mapping[Symbol, Decimal]
Symbols = frozenset[Symbol]
NONE: Symbols = frozenset()
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One strategy's universe: where it may enter, and what it has left that an account still holds."""

    symbols: Symbols
    kept: Symbols = NONE

    @property
    def covered(self) -> Symbols:
        """All of which marks and variables are told."""
        return self.symbols | self.kept


def named(universe: Universe) -> Symbols:
    """The symbols that a strategy names."""
    return frozenset(universe.include) - frozenset(universe.exclude)


def ranking(markets: Mapping[Symbol, Market], volumes: Volumes, *, at: datetime) -> Sequence[Symbol]:
    """The perpetuals that may be chosen by volume, most traded first; ties go by name.

    One of which it is not known since when it is listed is taken for new.
    """
    found = [
        symbol
        for symbol, market in markets.items()
        if market.trading and market.listed_at is not None and at - market.listed_at >= LISTED_FOR
    ]
    traded = [symbol for symbol in found if volumes.get(symbol, ZERO) > ZERO]
    return sorted(traded, key=lambda symbol: (-volumes[symbol], symbol))


def most_members(top: int) -> int:
    """The rank to which a member stays, and so the most that there can be: a quarter more, rounded up."""
    return top + -(-top // SLACK)


def members(ranked: Sequence[Symbol], *, top: int, before: Collection[Symbol]) -> Symbols:
    """Who is in, at most a quarter more than `top`: who ranks so, and who was in before and ranks little worse."""
    stays = ranked[: most_members(top)]
    return frozenset(ranked[:top]) | frozenset(symbol for symbol in stays if symbol in before)


class UniverseBook:
    """The universe of each strategy in force.

    Args:
        held: the symbols that any account holds. None where that is not known step by step, as in a replay: then every
            symbol that a strategy has left is taken to be held.
        past: what an earlier run has kept.

    Attributes:
        watched: every symbol that a strategy covers, or will from the next choice on, and all that is held, whether a
            strategy is left or not: marks go by it.

    """

    def __init__(self, *, held: Held | None, past: KeptUniverse | None = None) -> None:
        past = past or KeptUniverse()
        self._held = held
        self._markets: Mapping[Symbol, Market] | None = None
        self._ranked: Sequence[Symbol] = ()
        self._top = {top: frozenset(symbols) for top, symbols in past.top.items()}
        self._covered = {key: frozenset(symbols) for key, symbols in past.covered.items()}
        self._unsure = NONE.union(*self._covered.values())
        self._learned = 0
        self._chosen: dict[str, Chosen] = {}
        self._strategies: tuple[Strategy, ...] = ()
        self.watched = NONE

    @property
    def by_volume(self) -> bool:
        """Whether a strategy in force asks for the most traded."""
        return any(strategy.spec.universe.top for strategy in self._strategies)

    def learn(self, markets: Mapping[Symbol, Market], volumes: Volumes, *, at: datetime) -> None:
        """The venue's markets and, where somebody asks for the most traded, the volume of the last 24 hours.

        Without volumes the ranks stay as they were: an answer that holds none must not empty a universe.
        """
        self._markets = markets
        self._learned += 1
        if self._learned == HEARD_BY:
            self._unsure = NONE
        ranked = ranking(markets, volumes, at=at)
        if ranked:
            self._ranked = ranked
            self._top = {top: members(ranked, top=top, before=before) for top, before in self._top.items()}
        elif self.by_volume:
            log.warning("universe_not_ranked", markets=len(markets), volumes=len(volumes))
        self._watch()

    def choose(self, strategies: Iterable[Strategy]) -> Mapping[str, Chosen]:
        """The universe of each strategy from now on, by its key. Who came and who went is said in the log.

        A held symbol stays covered where it was; one that was nowhere, by all: whose it is can't be known. After a
        start accounts have not been heard yet, and what an earlier run has covered is taken to be held.
        """
        self._strategies = tuple(strategies)
        self._top = {top: self._members(top) for one in self._strategies if (top := one.spec.universe.top)}
        chosen = {one.key: self._symbols(one.spec.universe) for one in self._strategies}
        held = NONE if self._held is None else self._held()
        known = NONE.union(*chosen.values(), *(self._covered.get(key, NONE) for key in chosen))
        found: dict[str, Chosen] = {}
        for key, symbols in chosen.items():
            left = self._covered.get(key, NONE) - symbols
            kept = left if self._held is None else left & (held | self._unsure) | held - known
            found[key] = Chosen(symbols=symbols, kept=self._listed(kept))
        self._tell(found)
        self._chosen, self._covered = found, {key: one.covered for key, one in found.items()}
        self._watch()
        return found

    def kept(self) -> KeptUniverse:
        """What a restart goes on with."""
        return KeptUniverse(
            top={top: tuple(sorted(symbols)) for top, symbols in sorted(self._top.items())},
            covered={key: tuple(sorted(symbols)) for key, symbols in sorted(self._covered.items())},
        )

    def _watch(self) -> None:
        """Those that come in next are told of before: workers learn their markets in time."""
        next_ones = (self._symbols(one.spec.universe) for one in self._strategies)
        held = self.watched if self._held is None else self._held() | self._unsure
        self.watched = held.union(*self._covered.values(), *next_ones)

    def _members(self, top: int) -> Symbols:
        before = self._top.get(top, NONE)
        return members(self._ranked, top=top, before=before) if self._ranked else before

    def _symbols(self, universe: Universe) -> Symbols:
        """Where a strategy may enter now: as long as the venue's markets are not known, all that it asks for."""
        asked = (self._top.get(universe.top, NONE) | frozenset(universe.include)) - frozenset(universe.exclude)
        markets = self._markets
        return asked if markets is None else frozenset(s for s in asked if s in markets and markets[s].trading)

    def _listed(self, symbols: Symbols) -> Symbols:
        """Those that the venue still has: of others there are no candles."""
        return symbols if self._markets is None else symbols & self._markets.keys()

    def _tell(self, found: Mapping[str, Chosen]) -> None:
        for strategy in self._strategies:
            now, before = found[strategy.key], self._chosen.get(strategy.key)
            if now == before:
                continue
            known = self._covered.get(strategy.key, NONE) if before is None else before.symbols
            log.info(
                "universe",
                strategy=strategy.key,
                symbols=len(now.symbols),
                entered=sorted(now.symbols - known),
                left=sorted(known - now.symbols),
                kept=sorted(now.kept),
                not_trading=sorted(named(strategy.spec.universe) - now.symbols),
            )
