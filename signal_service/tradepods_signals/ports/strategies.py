"""Where strategies are written."""

from dataclasses import dataclass
from typing import Protocol

from tradepods_core.errors import Problem
from tradepods_core.strategy.model import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategiesRead:
    """What a place with strategies holds: those that are right, and what is wrong with the others."""

    strategies: tuple[Strategy, ...]
    problems: tuple[Problem, ...] = ()


class StrategySource(Protocol):
    """Where strategies are written."""

    def read(self) -> StrategiesRead | None:
        """All that it holds; None where nothing has changed since. Raises Temporary where it can't be read now."""
        ...
