"""Accounts whose objects are of a release that is gone: who has the place now says so, and is not held up by them."""

from support.operated import ALICE, Bench, account, keys_of, live
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, Key, Ref

NEW = "00000000-0000-4000-8000-0000000000bb"
BOB = Key("traders", "bob")
OWN = Ref(ACCOUNT, "traders", "alice")


def _after(first: Bench, *, namespace: str = "tradepods", **changes: object) -> Bench:
    """The operator of a release with another fleet's id, on the same cluster."""
    other = Bench(fleetId=NEW, releaseNamespace=namespace, **changes)
    other.cluster, other.clock = first.cluster, first.clock
    other.cluster.watch = other._shown
    other.restart()
    return other


async def test_a_release_that_was_installed_anew_without_its_fleets_id_says_so() -> None:
    """Whatever the one before it has written last: nobody else is in its place."""
    first = Bench()
    await first.serve(live(), keys_of())
    other = _after(first)
    await other.settle()

    assert await other.said("Stalled") == ("True", "ServedElsewhere")
    assert "give another its fleetId" in (await other.condition("Ready"))["message"]


async def test_accounts_of_another_release_take_no_place_of_ours() -> None:
    """Neither one that runs there, nor one that waits in a line that is not ours."""
    first = Bench()
    await first.serve(account())
    other = _after(first, namespace="playground", maxWorkers=1)
    await other.put(account("bob"))
    for _ in range(2):
        await other.settle(ALICE)
        await other.settle(BOB)
    assert (await other.deployment(BOB))["spec"]["replicas"] == 1

    stopped = {"spec": {"replicas": 0}}
    await other.cluster.patch(Ref(DEPLOYMENT, "traders", "account-alice"), stopped)
    again = _after(first, namespace="playground", maxWorkers=1)
    await again.settle(ALICE)
    await again.settle(BOB)
    assert await again.said("Reconciling", BOB) != ("True", "Queued")


async def test_an_account_that_retains_is_let_go_by_whoever_sees_it() -> None:
    """There is nothing to carry out; and nothing is told as dropped."""
    first = Bench()
    await first.serve(live(deletionPolicy="Flatten"), keys_of())
    await first.cluster.patch(OWN, {"spec": {"deletionPolicy": "Retain"}})
    await first.cluster.delete(OWN)
    other = _after(first, namespace="playground")
    done = await other.reconcile()

    assert await other.cluster.get(OWN) is None
    assert done.dropped == ""
