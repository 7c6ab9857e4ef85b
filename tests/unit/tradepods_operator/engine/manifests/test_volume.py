"""The claim of a ledger: what of it can't ever change isn't asked to."""

from typing import Any

import pytest

from support.operated import Bench, account
from tradepods_operator.ports import CLAIM, Ref

NAMED = Ref(CLAIM, "traders", "account-alice-ledger")


async def _served(**storage: str) -> Bench:
    bench = Bench()
    await bench.serve(account(ledger={"storage": storage}))
    return bench


async def _spec(bench: Bench) -> dict[str, Any]:
    found = await bench.cluster.get(NAMED)
    assert found is not None
    return dict(found["spec"])


def _by(bench: Bench, **changes: Any) -> None:
    """Another operator, of changed values."""
    bench.policy = bench.policy.model_copy(update=changes)
    bench.restart()


async def test_a_claim_that_is_there_keeps_its_access_mode() -> None:
    """The fleet's is for new ones: the API server would refuse the change, and with it hold up its account for good."""
    bench = await _served()
    before, writes = await bench.cluster.get(NAMED), len(bench.cluster.writes)
    _by(bench, access_mode="ReadWriteOnce")
    await bench.settle()
    assert (await _spec(bench))["accessModes"] == ["ReadWriteOncePod"]
    _by(bench, access_mode="ReadWriteOncePod")
    await bench.settle()

    assert await bench.cluster.get(NAMED) == before
    assert bench.cluster.writes[writes:] == []


async def test_a_claim_that_is_there_keeps_its_class() -> None:
    """One that the spec names later, another, or none any more."""
    bench = await _served(storageClassName="fast")
    for name in ("slow", None):
        await bench.edit(ledger={"storage": {"storageClassName": name}})
        await bench.settle()
        assert (await _spec(bench))["storageClassName"] == "fast"


async def test_a_claim_without_a_class_gets_none() -> None:
    """It is bound by what the cluster has as its own."""
    bench = await _served()
    await bench.edit(ledger={"storage": {"storageClassName": "fast"}})
    await bench.settle()

    assert "storageClassName" not in await _spec(bench)


async def test_a_class_that_the_cluster_has_filled_in_costs_no_write() -> None:
    """It is seen at the next look at the account; nothing of ours has changed."""
    bench = await _served()
    await bench.cluster.patch(NAMED, {"spec": {"storageClassName": "standard", "volumeName": "v1"}})
    before = len(bench.cluster.writes)
    await bench.settle()

    assert bench.cluster.writes[before:] == []


async def test_a_claim_grows() -> None:
    """Its class may refuse that; a mode that has changed beside it is passed over."""
    bench = await _served(size="1Gi")
    _by(bench, access_mode="ReadWriteOnce")
    await bench.edit(ledger={"storage": {"size": "2Gi"}})
    await bench.settle()

    spec = await _spec(bench)
    assert (spec["accessModes"], spec["resources"]["requests"]["storage"]) == (["ReadWriteOncePod"], "2Gi")


@pytest.mark.parametrize("mode", ["ReadWriteOncePod", "ReadWriteOnce"])
async def test_a_claim_that_is_made_anew_has_the_mode_of_its_time(mode: str) -> None:
    """Whoever deletes one that no storage could serve gets another one."""
    bench = await _served()
    await bench.cluster.delete(NAMED)
    _by(bench, access_mode=mode)
    await bench.settle()

    assert (await _spec(bench))["accessModes"] == [mode]
