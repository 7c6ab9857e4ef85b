"""A signal service in memory: it goes by the strategies of its ConfigMap once it looks."""

import json
from collections.abc import Mapping, Sequence

from tradepods_core.errors import Temporary
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.revision import revision_of
from tradepods_core.wire.published import StrategyProblem
from tradepods_operator.ports import Cluster, Key, Ref, StrategiesHeard


class MemoryStrategies:
    """Stands for the service.

    Attributes:
        asked: how often.
        away: it answers nobody.
        looks: whether it looks at its files before each answer; the real one does so each minute.
        refuses: what it can't use, by the file's name.

    """

    def __init__(self, cluster: Cluster, files: Ref) -> None:
        self._cluster, self._files = cluster, files
        self._in_force: dict[Key, str] = {}
        self.asked, self.away, self.looks = 0, False, True
        self.refuses: Mapping[str, Sequence[StrategyProblem]] = {}

    async def strategies(self) -> StrategiesHeard:
        """What it goes by; raises Temporary."""
        self.asked += 1
        if self.away:
            raise Temporary("the signal service does not answer")
        if self.looks:
            await self._look()
        problems = tuple(problem for found in self.refuses.values() for problem in found)
        return StrategiesHeard(revisions=self._in_force, problems=problems)

    async def _look(self) -> None:
        found = await self._cluster.get(self._files) or {}
        whole = [json.loads(text) for name, text in (found.get("data") or {}).items() if name not in self.refuses]
        self._in_force = {
            Key(one["metadata"]["namespace"], one["metadata"]["name"]): revision_of(read_strategy(one["spec"]))
            for one in whole
        }
