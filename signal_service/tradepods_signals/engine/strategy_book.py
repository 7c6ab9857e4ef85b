"""The strategies in force: what the folder holds that is right, but for what a person has disabled.

A strategy that is broken is not in force, whatever stood there before: an older version that goes on under the same
name would trade by rules that nobody can read any more.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import structlog

from tradepods_core.errors import Problem, Temporary
from tradepods_core.strategy.model import Strategy
from tradepods_signals.engine.plan import Plans, make_plan
from tradepods_signals.engine.universe import Chosen, UniverseBook
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.strategies import StrategySource

log = structlog.get_logger()


class Switches(Protocol):
    """What a person has asked for, and who is to know what is in force."""

    @property
    def disabled(self) -> frozenset[str]:
        """The keys of strategies that may not signal by request."""
        ...

    def take(self, strategies: Iterable[Strategy]) -> None:
        """These strategies are in force from now on."""
        ...

    def find_broken(self, problems: Iterable[Problem]) -> None:
        """This keeps strategies out from now on."""
        ...


class StrategyBook:
    """Looks at the source whenever the plans are asked for; the same object comes back while nothing has changed.

    `universe` says which symbols each strategy looks at from then on.
    """

    def __init__(
        self, *, source: StrategySource, switches: Switches, metrics: Metrics, universe: UniverseBook | None = None
    ) -> None:
        self._source, self._switches, self._metrics = source, switches, metrics
        self.universe = universe or UniverseBook(held=frozenset)
        self._strategies: tuple[Strategy, ...] = ()
        self._disabled: frozenset[str] = frozenset()
        self._chosen: Mapping[str, Chosen] = {}
        self._plans: Plans = {}

    def plans(self) -> Plans:
        """What is computed from now on."""
        changed = self._look()
        disabled = self._switches.disabled
        enabled = [one for one in self._strategies if one.spec.enabled and one.key not in disabled]
        chosen = self.universe.choose(enabled)
        if changed or disabled != self._disabled or chosen != self._chosen:
            self._disabled, self._chosen = disabled, chosen
            self._plans = make_plan(enabled, chosen)
        return self._plans

    def _look(self) -> bool:
        """Whether the source held something new; while it can't be read, nothing is known to have changed."""
        try:
            found = self._source.read()
        except Temporary as error:
            log.warning("strategies_unread", error=str(error))
            return False
        if found is None:
            return False
        self._strategies = found.strategies
        self._metrics.strategies.labels("read").set(len(found.strategies))
        self._metrics.strategies.labels("broken").set(len(found.problems))
        for problem in found.problems:
            log.error("strategy_broken", field=problem.field, value=problem.value, fix=problem.fix)
        log.info("strategies_read", strategies=[strategy.key for strategy in found.strategies])
        self._switches.find_broken(found.problems)
        self._switches.take(found.strategies)
        return True
