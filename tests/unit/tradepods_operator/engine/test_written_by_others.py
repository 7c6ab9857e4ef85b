"""What somebody else writes into an account's status or into its objects costs one pass, and never its service."""

import pytest

from support.operated import ALICE, Bench, keys_of, live
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, POD, Ref

OWN = Ref(ACCOUNT, ALICE.namespace, ALICE.name)
DEPLOYED = Ref(DEPLOYMENT, ALICE.namespace, CHILDREN[DEPLOYMENT](ALICE.name))
NO_TIMES = ["junk", "2026-01-01", "9999-12-31T23:59:59Z"]


@pytest.fixture
async def bench() -> Bench:
    """An account whose worker runs."""
    found = Bench()
    await found.serve(live(), keys_of())
    return found


async def test_another_programs_condition_is_no_reason_to_write(bench: Bench) -> None:
    """Conditions are told by their type, in whatever order they are listed."""
    own = (await bench.status())["conditions"]
    theirs = {**own[0], "type": "Synced"}
    await bench.cluster.patch(OWN, {"status": {"conditions": [theirs, *reversed(own)]}})
    bench.cluster.writes.clear()
    for _ in range(3):
        await bench.reconcile()

    assert bench.cluster.writes == []


@pytest.mark.parametrize("name", [names.ROLLED_AT, names.STARTED_AT, names.HELD_SINCE, names.CRASHES])
@pytest.mark.parametrize("text", NO_TIMES)
async def test_an_annotation_that_names_no_time_is_put_up_with(bench: Bench, name: str, text: str) -> None:
    """The object is put right all the same, and a restart is carried out."""
    await bench.cluster.patch(DEPLOYED, {"metadata": {"annotations": {name: text}}, "spec": {"replicas": 3}})
    await bench.edit(annotations={names.RESTART: "now"})
    await bench.settle()

    deployment = await bench.deployment()
    assert deployment["spec"]["replicas"] == 1
    assert names.RESTART in deployment["spec"]["template"]["metadata"]["annotations"]
    assert deployment["spec"]["paused"] is False


async def test_a_start_that_is_said_to_be_yet_to_come_takes_nobodys_turn() -> None:
    """Else whoever may write annotations in one namespace could keep all others' accounts from starting."""
    bench = Bench(rollout={"maxConcurrent": 1})
    await bench.put(keys_of(), live(), keys_of("bob"), live("bob"))
    await bench.settle()
    await bench.cluster.patch(DEPLOYED, {"metadata": {"annotations": {names.STARTED_AT: NO_TIMES[-1]}}})
    await bench.reconcile()

    assert bench.roster.peers(ALICE, bench.now()).under_way == 0
    assert not any(entry.under_way for entry in bench.roster.entries())


@pytest.mark.parametrize("text", ["junk", "3 junk", "3 2026-01-01", "x 2026-01-01T00:00:00Z"])
async def test_a_pods_annotation_that_cannot_be_read_is_as_none(bench: Bench, text: str) -> None:
    """The pod is told again."""
    await bench.edit(entryPct=9)
    await bench.settle()
    await bench.hear(settings_hash="older")
    (pod,) = await bench.pods()
    ref = Ref(POD, ALICE.namespace, pod["metadata"]["name"])
    await bench.cluster.patch(ref, {"metadata": {"annotations": {names.TOLD: text}}})
    await bench.settle()

    times, _, _ = (await bench.only_pod())["metadata"]["annotations"][names.TOLD].partition(" ")
    assert times.isdecimal()
