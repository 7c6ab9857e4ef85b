"""What is known of an account's objects is what an API server would answer, or nothing."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.operated import ALICE, Bench, account
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import Account, read
from tradepods_operator.engine.shelf import Objects
from tradepods_operator.engine.store import CHILDREN, Store
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, POD, Document, Kind, Ref

OWN = Ref(ACCOUNT, ALICE.namespace, ALICE.name)


@pytest.fixture
async def bench() -> Bench:
    """An account whose worker runs."""
    found = Bench()
    await found.serve(account())
    return found


async def _account(bench: Bench) -> Account:
    document = await bench.cluster.get(OWN)
    assert document is not None
    return read(document)


async def _child(bench: Bench, kind: Kind) -> Any:
    return await bench.cluster.get(Ref(kind, ALICE.namespace, CHILDREN[kind](ALICE.name)))


async def _served(bench: Bench) -> Objects:
    """As the API server has it."""
    children = {kind: child for kind in CHILDREN if (child := await _child(bench, kind)) is not None}
    return Objects(children=children, pods=tuple(await bench.pods()))


async def test_a_running_workers_objects_are_known(bench: Bench) -> None:
    """As they are, so that a pass asks for the account alone."""
    assert bench.store.running(await _account(bench)) == await _served(bench)
    before = len(bench.cluster.reads)
    await bench.reconcile()

    assert bench.cluster.reads[before:] == [f"get {OWN}"]


async def test_what_is_older_than_what_is_known_changes_nothing(bench: Bench) -> None:
    """A watch is behind the answer to our own write."""
    older = await _child(bench, CONFIG_MAP)
    await bench.edit(entryPct=7)
    await bench.settle()
    bench.store.shown(CONFIG_MAP, older)

    assert bench.store.running(await _account(bench)) == await _served(bench)


async def test_a_write_of_ours_that_is_older_than_what_is_known_is_no_proof(bench: Bench) -> None:
    """A cluster that was restored counts from an earlier version on: what is known may be of what is no more."""
    known = await _child(bench, CONFIG_MAP)
    before = {**known, "metadata": {**known["metadata"], "resourceVersion": "1"}}
    bench.store.left(CONFIG_MAP, known)
    assert bench.store.running(await _account(bench)) is not None
    bench.store.left(CONFIG_MAP, before)

    assert bench.store.running(await _account(bench)) is None


@pytest.mark.parametrize("kind", [DEPLOYMENT, CONFIG_MAP, POD])
async def test_where_one_is_gone_all_are_read(bench: Bench, kind: Kind) -> None:
    """Something of another's may be in its place, which no watch of ours shows."""
    (pod,) = await bench.pods()
    await bench.cluster.delete(Ref(kind, ALICE.namespace, pod["metadata"]["name"]) if kind == POD else _ref(kind))

    assert bench.store.running(await _account(bench)) is None


def _ref(kind: Kind) -> Ref:
    return Ref(kind, ALICE.namespace, CHILDREN[kind](ALICE.name))


async def test_an_object_that_nobody_saw_is_not_taken_over(bench: Bench) -> None:
    """Ours went, and somebody made his own under its name, without our labels: no watch shows it, a pass finds it."""
    ref, his = _ref(NETWORK_POLICY), {"metadata": {"name": names.worker("alice"), "namespace": ALICE.namespace}}
    await bench.cluster.delete(ref)
    await bench.put({"apiVersion": NETWORK_POLICY.api, "kind": NETWORK_POLICY.name, "spec": {}, **his})
    await bench.settle()

    assert await bench.said("Stalled") == ("True", "NameConflict")
    assert (await _child(bench, NETWORK_POLICY))["spec"] == {}


@pytest.mark.parametrize("change", [{"state": "Stopped"}, {"deletionPolicy": "Flatten"}])
async def test_before_a_worker_starts_or_its_account_goes_all_are_read(bench: Bench, change: dict[str, Any]) -> None:
    """Nobody watches its claim."""
    await bench.edit(**change)
    await bench.settle()
    if "deletionPolicy" in change:
        await bench.cluster.delete(OWN)
    else:
        await bench.edit(state="Running")

    assert bench.store.running(await _account(bench)) is None


async def test_what_a_failed_pass_has_left_is_read(bench: Bench) -> None:
    """Its write may have come through although no answer has."""

    async def unanswered(document: Document) -> Document:
        raise TimeoutError(document)

    bench.cluster.apply = unanswered  # type: ignore[method-assign]
    await bench.edit(entryPct=7)
    with pytest.raises(TimeoutError):
        await bench.reconcile()

    assert bench.store.running(await _account(bench)) is None


async def test_what_was_read_while_something_changed_is_not_kept(bench: Bench) -> None:
    """It is open which of them is newer."""
    read_then, since = (await _served(bench)).packed(), bench.store.mark()
    await bench.cluster.patch(_ref(DEPLOYMENT), {"spec": {"replicas": 9}})
    bench.store.keep(ALICE, read_then, since=since)

    assert bench.store.running(await _account(bench)) is None


async def test_what_was_read_since_something_changed_stands(bench: Bench) -> None:
    """A watch that has missed a change is healed by it."""
    store, deployment = Store(), await _child(bench, DEPLOYMENT)
    store.shown(DEPLOYMENT, deployment)
    since = store.mark()
    await bench.cluster.patch(_ref(DEPLOYMENT), {"spec": {"replicas": 9}})
    store.keep(ALICE, (await _served(bench)).packed(), since=since)

    assert store.running(await _account(bench)) == await _served(bench)


async def test_what_is_read_of_other_accounts_is_not_kept(bench: Bench) -> None:
    """One that has gone while nobody watched would be in memory for good."""
    bench.store.only([], since=bench.store.mark())

    assert bench.store.running(await _account(bench)) is None


async def test_versions_that_cannot_be_compared_are_not_trusted(bench: Bench) -> None:
    """An API server may name them as it likes."""
    changed = await _child(bench, CONFIG_MAP)
    bench.store.shown(CONFIG_MAP, {**changed, "metadata": {**changed["metadata"], "resourceVersion": "a7"}})

    assert bench.store.running(await _account(bench)) is None


CHANGES = st.sampled_from([*CHILDREN, POD])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CHANGES, st.sampled_from(["patch", "delete", "pass", "late"])), max_size=12))
def test_what_is_known_is_what_there_is(changes: list[tuple[Kind, str]]) -> None:
    """Whatever is changed, in whatever order it is shown: what is known never differs from what is asked for."""

    async def run() -> None:
        bench = Bench()
        await bench.serve(account())
        late: list[tuple[Kind, Document]] = []
        for kind, what in changes:
            ref = _ref(kind) if kind != POD else Ref(POD, ALICE.namespace, "alice-pod")
            document = await bench.cluster.get(ref)
            if what == "pass":
                await bench.reconcile()
            elif what == "late":
                for one in late:
                    bench.store.shown(*one)
            elif document is not None and what == "patch":
                late.append((kind, document))
                await bench.cluster.patch(ref, {"metadata": {"annotations": {"changed": str(len(late))}}})
            elif document is not None:
                await bench.cluster.delete(ref)
            known = bench.store.running(await _account(bench))
            assert known is None or known == await _served(bench)

    asyncio.run(run())
