"""What an account has is nobody else's while a pod of it trades by it, whatever its spec and its Secrets say by now."""

from typing import Any

import pytest

from support.operated import ALICE, KEY, SECRET_KEY, Bench, keys_of, live, secret
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.news import News
from tradepods_operator.engine.observed import read
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import ACCOUNT, CLAIM, SECRET, Key, Ref

BOB = Key("traders", "bob")
OWN = Ref(ACCOUNT, ALICE.namespace, ALICE.name)
OTHER_KEY = secret("alice-exchange", apiKey="another-key-of-alice", apiSecret=SECRET_KEY)


@pytest.fixture
async def bench() -> Bench:
    """Alice's account trades."""
    found = Bench()
    await found.serve(live(), keys_of())
    found.clock.advance(60)
    return found


async def _bob_waits(bench: Bench) -> None:
    """His account has a copy of alice's key."""
    await bench.put(live("bob"), secret("bob-exchange", apiKey=f"{KEY}-alice", apiSecret=SECRET_KEY))
    await bench.settle(BOB)
    assert await _refused(bench)


async def _refused(bench: Bench) -> bool:
    await bench.settle(BOB)
    return await bench.deployment(BOB) is None and await bench.said("Stalled", BOB) == ("True", "SharedSecret")


async def _look(bench: Bench) -> list[Key]:
    survey = Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=News())
    return await survey.behind(await survey.begin())


async def test_a_key_that_was_replaced_is_free_once_the_worker_has_restarted(bench: Bench) -> None:
    """Its pod goes by the old one until its turn, or for as long as the account is left alone."""
    await _bob_waits(bench)
    await bench.edit(annotations={names.RECONCILE: "paused"})
    await bench.replace_secret(OTHER_KEY)
    await bench.settle()
    assert await _refused(bench)

    await bench.edit(annotations={names.RECONCILE: None})
    await bench.settle()
    assert await _refused(bench)
    await bench.pod()
    await bench.settle()
    await bench.settle(BOB)
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_a_key_whose_secret_is_gone_is_still_its_workers(bench: Bench) -> None:
    """The worker goes on with what it has read."""
    await _bob_waits(bench)
    await bench.cluster.delete(Ref(SECRET, ALICE.namespace, "alice-exchange"))
    await bench.look_at_secrets()
    await bench.settle()

    assert await _refused(bench)


async def test_two_who_change_their_keys_with_each_other_come_to_rest(bench: Bench) -> None:
    """One after the other; at no time have two pods one key."""
    await bench.serve(live("bob"), keys_of("bob"))
    await bench.replace_secret(secret("alice-exchange", apiKey=f"{KEY}-bob", apiSecret=SECRET_KEY), noticed=False)
    await bench.replace_secret(secret("bob-exchange", apiKey=f"{KEY}-alice", apiSecret=SECRET_KEY))
    for _ in range(4):
        for key in (ALICE, BOB):
            await bench.settle(key)
            deployment: Any = await bench.deployment(key)
            await bench.end(key)
            if deployment["spec"]["replicas"]:
                await bench.pod(key)
    for key in (ALICE, BOB):
        await bench.hear(key)
        await bench.settle(key)
        assert await bench.said("Ready", key) == ("True", "Trading")


async def test_the_venue_account_of_a_worker_that_has_not_restarted_yet_is_its_own(bench: Bench) -> None:
    """By another key of that account bob's would trade beside it."""
    of = await bench.note(names.SECRETS) or (await bench.only_pod())["metadata"]["annotations"][names.SECRETS]
    await bench.hear(venue_account="venue-1", secrets_hash=of)
    await bench.serve(live("bob"), keys_of("bob"))
    of_bob = (await bench.only_pod(BOB))["metadata"]["annotations"][names.SECRETS]
    await bench.edit(annotations={names.RECONCILE: "paused"})
    await bench.replace_secret(OTHER_KEY)
    await bench.settle()
    await bench.hear(BOB, venue_account="venue-1", secrets_hash=of_bob)
    await bench.settle(BOB)

    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")


async def test_an_operator_that_starts_knows_pods_whose_account_is_gone(bench: Bench) -> None:
    """Moved to another name or namespace while a pod of the old one has not ended, on a node that is lost for one."""
    await bench.cluster.delete(OWN)
    for kind, name in CHILDREN.items():
        if kind != CLAIM:  # garbage collection
            await bench.cluster.delete(Ref(kind, "traders", name("alice")))
    bench.restart()
    await bench.put(live("bob", credentialsSecretRef={"name": "alice-exchange"}))
    assert await _look(bench) == [ALICE, BOB]
    assert await _refused(bench)

    await bench.end()
    assert (await bench.reconcile()).again_in is None
    await bench.settle(BOB)
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1
    assert bench.roster.keys() == [BOB]


async def test_pods_whose_account_is_gone_stop_nobody_who_trades(bench: Bench) -> None:
    """Whoever has a worker goes on: which of them was first can't be told any more."""
    await bench.serve(live("bob"), keys_of("bob"))
    await bench.cluster.delete(OWN)
    await bench.replace_secret(secret("bob-exchange", apiKey=f"{KEY}-alice", apiSecret=SECRET_KEY), noticed=False)
    bench.restart()
    await _look(bench)
    await bench.settle(BOB)

    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_an_account_of_the_same_name_does_not_free_what_the_old_ones_pod_has(bench: Bench) -> None:
    """Deleted and applied again with another key, before the worker has ended."""
    await _bob_waits(bench)
    await bench.cluster.delete(OWN)
    assert (await bench.reconcile()).again_in == 30
    await bench.replace_secret(OTHER_KEY, noticed=False)
    await bench.put(live())
    await bench.settle()
    assert await _refused(bench)

    await bench.pod()
    await bench.settle()
    await bench.settle(BOB)
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_secrets_that_were_read_as_their_account_went_are_not_kept(bench: Bench) -> None:
    """A fleet whose accounts come and go would keep a little of each."""
    gone = read(await bench.cluster.get(OWN) or {})
    await bench.end()
    await bench.cluster.delete(OWN)
    await bench.reconcile()
    assert not await bench.reconciler.secrets_changed(gone)

    assert not bench.reconciler.knows_secrets(ALICE)
