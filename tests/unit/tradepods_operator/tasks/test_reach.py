"""Which namespaces the operator may read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from support.build import WALL
from tradepods_core.errors import Permanent
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.adapters.memory import MemoryCluster
from tradepods_operator.ports import POD, Document, Kind
from tradepods_operator.tasks import reach


class Guarded(MemoryCluster):
    """An API server that refuses lists of pods in some namespaces, of "" to who asks for all."""

    def __init__(self, *shut: str, clock: ManualClock) -> None:
        super().__init__(now=clock.now)
        self.shut = set(shut)

    async def pages(
        self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> AsyncIterator[Sequence[Document]]:
        """One page."""
        if kind == POD and namespace in self.shut:
            raise Permanent(f"pods is forbidden in {namespace or 'the cluster'}")
        yield await self.list(kind, namespace=namespace, labels=labels)


def _guarded(*shut: str) -> Any:
    clock = ManualClock(WALL)
    return Guarded(*shut, clock=clock), clock


async def test_a_namespace_of_which_one_kind_may_not_be_listed_is_shut() -> None:
    """Half of what is there would be taken for all of it."""
    cluster, _ = _guarded("desk")

    assert await reach.shut(cluster, ("traders", "desk")) == ("desk",)
    assert await reach.shut(cluster, ("traders",)) == ()
    assert await reach.shut(cluster, ()) == ()


@pytest.mark.parametrize("named", [("desk",), ("desk", "traders"), ()])
async def test_where_nothing_may_be_read_there_is_nothing_to_do(named: tuple[str, ...]) -> None:
    """The first words of the API server say what is wanting."""
    cluster, _ = _guarded("", "desk", "traders")

    with pytest.raises(Permanent, match="pods is forbidden"):
        await reach.shut(cluster, named)


async def test_a_namespace_that_opens_is_noticed() -> None:
    """Within seconds."""
    cluster, clock = _guarded("desk", "traders")

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        if (clock.now() - WALL).total_seconds() >= 30:
            cluster.shut.discard("traders")

    assert await reach.until_open(cluster, ("desk", "traders"), sleep=sleep) == "traders"
    assert (clock.now() - WALL).total_seconds() == 30
