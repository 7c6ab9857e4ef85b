"""A deletionPolicy that can't come to its end, or needs a worker that isn't there: nothing is left in silence."""

from typing import Any

import pytest

from support.operated import Bench, account, keys_of, live, position
from tradepods_core.errors import Permanent
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, EVENT, SECRET, Document, Key, Reconciled, Ref

OWN = Ref(ACCOUNT, "traders", "alice")
BOB = Key("traders", "bob")


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _warnings(bench: Bench) -> list[str]:
    """What was told of dropped policies."""
    found = await bench.cluster.list(EVENT)
    return [one["message"] for one in found if (one["type"], one["reason"]) == ("Warning", "DeletionPolicyDropped")]


async def _is_gone(bench: Bench) -> bool:
    return await bench.cluster.get(OWN) is None


async def _replicas(bench: Bench) -> int:
    return int((await bench.deployment())["spec"]["replicas"])


async def _until_gone(bench: Bench) -> list[Reconciled]:
    """Passes until the account is gone, that one included."""
    done = []
    while not await _is_gone(bench):
        done.append(await bench.reconcile())
    return done


@pytest.mark.parametrize("policy", ["Flatten", "CancelOrders"])
async def test_a_policy_that_has_not_come_to_its_end_in_time_is_told_of(bench: Bench, policy: str) -> None:
    """A Warning Event, and the pass says it for log and figure; exactly once, and what was open by the last word."""
    await bench.serve(live(deletionPolicy=policy), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert await _warnings(bench) == []
    bench.clock.advance(601)
    (done,) = await _until_gone(bench)

    said = f"{policy} has not come to its end in time: positions open by the last that was heard: 1"
    assert done.dropped == said
    assert await _warnings(bench) == [said]


async def test_a_policy_that_is_skipped_with_something_open_is_told_of_too(bench: Bench) -> None:
    """A person has asked for it; with nothing open there is nothing to tell."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.edit(annotations={names.SKIP_FINALIZER: "true"})
    await bench.cluster.delete(OWN)
    (done,) = await _until_gone(bench)

    assert done.dropped == "its annotation says to skip Flatten: positions open by the last that was heard: 1"
    assert await _warnings(bench) == [done.dropped]


async def test_in_a_namespace_that_goes_it_is_told_where_the_operator_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An API server takes nothing new there, not even an Event; it names namespace and account, and comes once."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()
    create = bench.cluster.create

    async def refused(document: Document) -> None:
        if document["metadata"]["namespace"] == OWN.namespace:
            raise Permanent("403: unable to create new content in namespace traders because it is being terminated")
        await create(document)

    monkeypatch.setattr(bench.cluster, "create", refused)
    bench.clock.advance(601)
    (done,) = await _until_gone(bench)
    (told,) = await bench.cluster.list(EVENT, namespace=bench.policy.release_namespace)

    assert await _warnings(bench) == [f"TradingAccount traders/alice: {done.dropped}"]
    about = told["involvedObject"]
    assert (about["kind"], about["name"], about["namespace"]) == ("Namespace", "traders", told["metadata"]["namespace"])


@pytest.mark.parametrize("how", ["done", "skipped while flat", "never had a worker"])
async def test_an_end_as_it_should_be_is_no_warning(bench: Bench, how: str) -> None:
    """Nothing is left open."""
    if how == "never had a worker":
        await bench.put(account(deletionPolicy="Flatten", state="Stopped"))
    else:
        await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=how == "done")
    if how == "skipped while flat":
        await bench.edit(annotations={names.SKIP_FINALIZER: "true"})
    await bench.settle()
    await bench.cluster.delete(OWN)
    await bench.settle()
    if how == "done":
        await bench.hear(held=False)
    await bench.settle()

    assert await _is_gone(bench)
    assert await _warnings(bench) == []


async def _without_worker(bench: Bench, why: str, *, policy: str) -> None:
    """An account that holds something, and whose worker was stopped."""
    await bench.serve(live(deletionPolicy=policy), keys_of(), held=True)
    if why == "degraded":
        for count in range(1, 4):
            await bench.crash(count)
            await bench.settle()
    else:
        await bench.edit(state="Stopped", annotations={names.CONFIRM_STOP: "true"})
        await bench.settle()
    assert await _replicas(bench) == 0
    await bench.end()
    await bench.hear(held=True, silent=True)


@pytest.mark.parametrize("policy", ["Flatten", "CancelOrders"])
@pytest.mark.parametrize("why", ["degraded", "stopped"])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_worker_starts_for_the_end_of_an_account_that_holds_something(
    bench: Bench, why: str, policy: str, restarted: bool
) -> None:
    """Whatever it was stopped for; it goes once that says that its work is done. A new operator goes by the status."""
    await _without_worker(bench, why, policy=policy)
    if restarted:
        bench.digests.clear()
        bench.restart()
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert await _replicas(bench) == 1
    assert await bench.said("Reconciling") == ("True", "Deleting")

    await bench.pod()
    await bench.settle()
    assert not await _is_gone(bench)
    await bench.hear(positions=() if policy == "Flatten" else (position(protected=False),))
    await bench.settle()
    assert await _is_gone(bench)
    assert await _warnings(bench) == []


async def test_a_start_for_its_end_takes_a_turn() -> None:
    """A namespace that goes with a thousand accounts starts no thousand workers at once."""
    bench = Bench(rollout={"maxConcurrent": 1})
    await _without_worker(bench, "stopped", policy="Flatten")
    await bench.put(live("bob"), keys_of("bob"))
    await bench.settle(BOB)
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert await _replicas(bench) == 0

    await bench.pod(BOB)
    await bench.settle(BOB)
    await bench.settle()
    assert await _replicas(bench) == 1


async def test_where_no_worker_may_start_the_deadline_is_waited_out(bench: Bench) -> None:
    """The status says why; a person may mend it meanwhile."""
    await _without_worker(bench, "stopped", policy="Flatten")
    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))
    await bench.look_at_secrets()
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert not await _is_gone(bench)
    assert await _replicas(bench) == 0
    assert "without a worker: spec.credentialsSecretRef: no Secret" in (await bench.condition("Reconciling"))["message"]
    bench.clock.advance(601)
    (done,) = await _until_gone(bench)

    assert await _warnings(bench) == [done.dropped]
    assert "has not come to its end in time" in done.dropped


async def test_a_policy_counts_though_the_rest_of_the_spec_cannot_be_used(bench: Bench) -> None:
    """The worker that runs is not let go with what it holds."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.edit(leverage=500)
    await bench.settle()
    await bench.cluster.delete(OWN)
    await bench.settle()

    assert not await _is_gone(bench)
    assert await _replicas(bench) == 1


async def test_a_write_that_comes_too_late_makes_no_second_event(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Event is there before the account is let go: an operator that dies between them leaves no silence."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()
    bench.clock.advance(601)

    async def refuse(*_: Any) -> None:
        raise ConnectionAbortedError

    monkeypatch.setattr(bench.cluster, "patch", refuse)
    with pytest.raises(ConnectionAbortedError):
        await bench.reconcile()
    assert len(await _warnings(bench)) == 1
    monkeypatch.undo()
    bench.clock.advance(5)
    await _until_gone(bench)

    assert len(await _warnings(bench)) == 1
