"""What a person has asked for: that trading is halted, that a strategy may not signal. Stored, and told to everyone.

What makes trading safer holds at once and is stored then; what lets it go on is stored first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from tradepods_core.errors import Problem
from tradepods_core.strategy.model import Strategy
from tradepods_core.strategy.revision import revision_of
from tradepods_core.times import Now
from tradepods_core.wire.published import Halt, PublishedStrategy, StrategyInForce, StrategyProblem, Switched
from tradepods_core.wire.stream import Strategies
from tradepods_signals.engine.hub import Hub
from tradepods_signals.ports.doors import Conflict, NotFound
from tradepods_signals.ports.history import History

log = structlog.get_logger()


class Steering:
    """Halts and switches. `halt` and `switched` are what the history says holds; `changed` hears of each halt."""

    def __init__(
        self,
        *,
        hub: Hub,
        history: History,
        now: Now,
        halt: Halt,
        switched: Mapping[str, Switched],
        changed: Callable[[], None],
    ) -> None:
        self._hub, self._history, self._now, self._changed = hub, history, now, changed
        self._halt, self._switched = halt, dict(switched)
        self._strategies: tuple[Strategy, ...] = ()
        self._broken: tuple[StrategyProblem, ...] = ()
        hub.halt(halt)

    @property
    def halted(self) -> Halt:
        """Whether trading is halted."""
        return self._halt

    @property
    def disabled(self) -> frozenset[str]:
        """The keys of strategies that may not signal by request."""
        return frozenset(self._switched)

    @property
    def broken(self) -> Sequence[StrategyProblem]:
        """What keeps other strategies out."""
        return self._broken

    def find_broken(self, problems: Iterable[Problem]) -> None:
        """This keeps strategies out from now on, and nothing else."""
        self._broken = tuple(StrategyProblem(field=one.field, value=one.value, fix=one.fix) for one in problems)

    def take(self, strategies: Iterable[Strategy]) -> None:
        """These strategies are in force from now on."""
        self._strategies = tuple(sorted(strategies, key=lambda strategy: strategy.key))
        self._hub.strategies(Strategies(strategies=tuple(self._in_force(one) for one in self._strategies)))

    def strategies(self) -> Sequence[PublishedStrategy]:
        """The strategies in force."""
        return [
            PublishedStrategy(**dict(self._in_force(strategy)), spec=strategy.spec) for strategy in self._strategies
        ]

    async def halt(self, *, why: str, who: str) -> Halt:
        """No account opens anything from now on; raises Temporary where it holds but could not be stored."""
        self._told(Halt(why=why, who=who, at=self._now()))
        await self._history.halt(self._halt)
        return self._halt

    async def resume(self, *, why: str, who: str) -> Halt:
        """Accounts may open again; raises Temporary, and nothing has changed."""
        log.info("resume_asked", why=why, who=who)
        resumed = Halt(who=who, at=self._now())
        await self._history.halt(resumed)
        self._told(resumed)
        return self._halt

    async def switch(self, key: str, *, enabled: bool, why: str, who: str) -> StrategyInForce:
        """Let a strategy signal or not, as its manifest allows."""
        strategy = next((one for one in self._strategies if one.key == key), None)
        if strategy is None:
            there = ", ".join(one.key for one in self._strategies) or "none"
            raise NotFound(f"there is no strategy {key}: there are {there}")
        if enabled and not strategy.spec.enabled:
            raise Conflict(f"the manifest of {key} disables it: set spec.enabled to true there")
        at = self._now()
        if enabled:
            await self._history.switch(key, None, who=who, why=why, at=at)
            self._switched.pop(key, None)
        else:
            self._switched[key] = Switched(why=why, who=who, at=at)
        self.take(self._strategies)
        log.warning("strategy_switched", strategy=key, enabled=enabled, why=why, who=who)
        if not enabled:
            await self._history.switch(key, self._switched[key], who=who, why=why, at=at)
        return self._in_force(strategy)

    def _told(self, halt: Halt) -> None:
        self._halt = halt
        self._hub.halt(halt)
        self._changed()
        log.warning("halt", halted=bool(halt.why), why=halt.why, who=halt.who)

    def _in_force(self, strategy: Strategy) -> StrategyInForce:
        disabled = self._switched.get(strategy.key)
        return StrategyInForce(
            namespace=strategy.namespace,
            name=strategy.name,
            revision=revision_of(strategy.spec),
            enabled=strategy.spec.enabled and disabled is None,
            disabled=disabled,
        )
