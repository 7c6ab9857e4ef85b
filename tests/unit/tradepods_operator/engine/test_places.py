"""The places of a fleet that may have so many workers: who has one, who waits, and what the waiting costs."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from support.operated import ALICE, Bench, account, keys_of, live
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.news import News
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import ACCOUNT, SECRET, Key, Ref

ZED, BOB, CAROL = (Key("traders", name) for name in ("zed", "bob", "carol"))
QUEUED = ("True", "Queued")


async def _works(bench: Bench, key: Key) -> bool:
    found = await bench.deployment(key)
    return found is not None and found["spec"]["replicas"] == 1


async def _settled(bench: Bench, *keys: Key) -> None:
    """Known to each other, as they are at a start, and served."""
    for _ in range(2):
        for key in keys:
            await bench.settle(key)


@pytest.mark.parametrize(
    "document",
    [
        live("zed", priority=10),
        account("zed", priority=10, exchange={"id": "binanceusdm", "environment": "custom", "url": "http://x.example"}),
        {**account("zed", priority=10), "annotated": {names.RECONCILE: "paused"}},
    ],
    ids=["its Secret is missing", "its address is not allowed", "it is left alone"],
)
async def test_an_account_that_can_not_be_served_keeps_no_place(document: dict[str, Any]) -> None:
    """However important it is: the others have all of them, until it can be."""
    bench = Bench(maxWorkers=2)
    if annotations := document.pop("annotated", None):
        document["metadata"]["annotations"] = annotations
    await bench.put(document, account("bob"), account("carol"))
    await _settled(bench, ZED, BOB, CAROL)

    assert [await _works(bench, key) for key in (ZED, BOB, CAROL)] == [False, True, True]


async def test_an_account_that_comes_to_its_keys_late_waits_for_a_place() -> None:
    """As no worker that runs is put back."""
    bench = Bench(maxWorkers=1)
    await bench.put(live("zed", priority=10), account("bob"))
    await _settled(bench, ZED, BOB)
    await bench.put(keys_of("zed"))
    await bench.look_at_secrets()
    await _settled(bench, ZED)

    assert await bench.said("Reconciling", ZED) == QUEUED


async def test_an_account_whose_worker_runs_keeps_its_place_though_it_can_not_be_served() -> None:
    """It trades on with the keys that it has."""
    bench = Bench(maxWorkers=1)
    await bench.serve(live("zed"), keys_of("zed"))
    await bench.cluster.delete(Ref(SECRET, "traders", "zed-exchange"))
    await bench.look_at_secrets()
    await bench.put(account("bob"))
    await _settled(bench, ZED, BOB)

    assert await bench.said("Ready", ZED) == ("False", "SecretNotUsable")
    assert await bench.said("Reconciling", BOB) == QUEUED


async def test_an_account_that_rests_keeps_no_place() -> None:
    """The next one begins once its last pod has ended."""
    bench = Bench(maxWorkers=1)
    await bench.serve(account("zed", priority=10))
    await bench.put(account("bob"))
    for count in range(1, 4):
        await bench.crash(count, key=ZED)
        await bench.reconcile(ZED)
    bench.digests.clear()
    await bench.settle(ZED)
    await bench.settle(BOB)
    assert await bench.said("Reconciling", BOB) == QUEUED

    await bench.end(ZED)
    await _settled(bench, ZED, BOB)
    assert [await _works(bench, key) for key in (ZED, BOB)] == [False, True]


async def test_an_account_that_shares_what_another_has_keeps_no_place() -> None:
    """It will not have a worker before that has changed."""
    ref = {"credentialsSecretRef": {"name": "one-exchange"}}
    bench = Bench(maxWorkers=2)
    await bench.put(keys_of("one"), live("bob", **ref), live("zed", priority=10, **ref))
    await bench.settle(BOB)
    await bench.put(account("carol"))
    await _settled(bench, BOB, ZED, CAROL)

    assert await bench.said("Stalled", ZED) == ("True", "SharedSecret")
    assert [await _works(bench, key) for key in (BOB, CAROL)] == [True, True]


async def _two_wait(bench: Bench) -> None:
    """For the place of zed."""
    await bench.serve(account("zed"))
    await bench.put(account("carol", priority=5), account("bob"))
    await _settled(bench, CAROL, BOB)
    bench.triggered.clear()


async def test_who_waits_for_a_place_asks_for_nothing_meanwhile() -> None:
    """Thousands may wait: time alone calls for no pass, and a look at everything for none either."""
    bench = Bench(maxWorkers=1)
    await _two_wait(bench)
    bench.clock.advance(3600)
    survey = Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=News())

    assert (await bench.reconcile(BOB)).again_in is None
    assert await survey.behind(await survey.begin()) == []
    assert bench.triggered == []


async def _stopped(bench: Bench) -> None:
    await bench.edit(ZED, state="Stopped")
    await bench.settle(ZED)
    assert bench.triggered == []
    await bench.end(ZED)


async def _deleted(bench: Bench) -> None:
    await bench.end(ZED)
    await bench.cluster.delete(Ref(ACCOUNT, "traders", "zed"))


async def _rests(bench: Bench) -> None:
    for count in range(1, 4):
        await bench.crash(count, key=ZED)
        await bench.reconcile(ZED)
    bench.digests.clear()
    await bench.settle(ZED)
    await bench.end(ZED)


@pytest.mark.parametrize("leaves", [_stopped, _deleted, _rests])
@pytest.mark.parametrize("anew", [False, True], ids=["the same operator", "one that is new"])
async def test_who_leaves_a_place_calls_for_the_first_in_line(
    leaves: Callable[[Bench], Awaitable[None]], anew: bool
) -> None:
    """Once the last pod has ended: one account for each place, however many wait."""
    bench = Bench(maxWorkers=1)
    await _two_wait(bench)
    if anew:
        bench.restart()
        survey = Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=News())
        assert await survey.behind(await survey.begin()) == []
    await leaves(bench)
    await bench.settle(ZED)
    assert bench.triggered == [CAROL]

    await _settled(bench, CAROL, BOB)
    assert [await _works(bench, key) for key in (CAROL, BOB)] == [True, False]


async def test_who_gives_up_its_turn_calls_for_the_next() -> None:
    """It was the first in line for a place that is free, and has lost its Secret before it could begin."""
    bench = Bench(maxWorkers=2, rollout={"maxConcurrent": 1})
    await bench.put(*(live(name, priority=9) for name in ("alice", "zed")), keys_of("alice"), keys_of("zed"))
    await bench.settle(ALICE)
    await bench.settle(ZED)
    await bench.put(account("bob"))
    await bench.settle(BOB)
    assert await bench.said("Reconciling", ZED) == ("True", "WaitsForTurn")
    assert await bench.said("Reconciling", BOB) == QUEUED
    await bench.cluster.delete(Ref(SECRET, "traders", "zed-exchange"))
    await bench.look_at_secrets()
    await bench.settle(ZED)

    assert bench.triggered == [BOB]


async def test_a_place_that_was_left_unseen_is_found_by_a_look_at_everything() -> None:
    """The safety net: a watch has missed it, or the word to the next in line was lost."""
    bench = Bench(maxWorkers=1)
    await _two_wait(bench)
    await _deleted(bench)
    await bench.settle(ZED)
    survey = Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=News())

    assert await survey.behind(await survey.begin()) == [CAROL]
