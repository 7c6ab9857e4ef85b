"""A deletionPolicy holds from the pass that sees it on, whatever keeps the account from being served meanwhile."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from support.operated import BOT, Bench, account, keys_of, live, secret
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, CLAIM, CONFIG_MAP, DEPLOYMENT, EVENT, SECRET, Ref

OWN = Ref(ACCOUNT, "traders", "alice")
EVIL = {"secretRef": {"name": "alice-telegram"}, "chatIds": ["1"], "apiUrl": "https://evil.example"}
Trouble = Callable[[Bench], Awaitable[None]]


async def _no_secret(bench: Bench) -> None:
    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))
    await bench.look_at_secrets()


async def _no_address(bench: Bench) -> None:
    await bench.put(secret("alice-telegram", botToken=BOT))
    await bench.edit(telegram=EVIL)


async def _no_spec(bench: Bench) -> None:
    await bench.edit(leverage=500)


async def _left_alone(bench: Bench) -> None:
    await bench.edit(annotations={names.RECONCILE: "paused"})


TROUBLES: dict[str, Trouble] = {
    "its Secret is gone": _no_secret,
    "its address is not allowed": _no_address,
    "its spec can't be used": _no_spec,
    "a person keeps the operator off": _left_alone,
}


@pytest.fixture
async def bench() -> Bench:
    """A live account with Retain, whose worker holds a position."""
    found = Bench()
    await found.serve(live(autoExit=True), keys_of(), held=True)
    return found


async def _own(bench: Bench) -> Any:
    found = await bench.cluster.get(OWN)
    assert found is not None
    return found


async def _owned(bench: Bench) -> list[str]:
    children = [one for kind in (CONFIG_MAP, DEPLOYMENT, CLAIM) for one in await bench.cluster.list(kind)]
    return [one["metadata"]["name"] for one in children if "ownerReferences" in one["metadata"]]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_policy_holds_though_the_account_can_not_be_served(bench: Bench, trouble: str) -> None:
    """The account waits for it, and foreground deletion leaves it the worker that it takes."""
    await TROUBLES[trouble](bench)
    await bench.settle()
    assert await _owned(bench)
    await bench.edit(deletionPolicy="Flatten")
    await bench.settle()

    assert (await _own(bench))["metadata"]["finalizers"] == [names.FINALIZER]
    assert await _owned(bench) == []


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_account_that_can_not_be_served_does_not_go_with_something_open(bench: Bench, trouble: str) -> None:
    """Its worker keeps running until its policy has come to its end, or an Event says that it has not."""
    await TROUBLES[trouble](bench)
    await bench.edit(deletionPolicy="Flatten")
    await bench.settle()
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert (await _own(bench))["metadata"]["deletionTimestamp"]
    assert (await bench.deployment())["spec"]["replicas"] == 1

    bench.clock.advance(601)
    await bench.settle()
    assert await bench.cluster.get(OWN) is None
    assert "DeletionPolicyDropped" in [event["reason"] for event in await bench.cluster.list(EVENT)]


async def test_an_account_that_is_deleted_right_after_keeps_its_worker(bench: Bench) -> None:
    """Between the finalizer and the next pass: its objects lose their owner all the same."""
    await bench.edit(deletionPolicy="Flatten")
    await bench.reconcile()
    assert (await _own(bench))["metadata"]["finalizers"] == [names.FINALIZER]
    assert await _owned(bench)
    await bench.cluster.delete(OWN)
    await bench.settle()

    assert await _owned(bench) == []


async def test_a_policy_that_becomes_retain_again_gives_its_objects_back_their_owner(bench: Bench) -> None:
    """Once the account can be served."""
    await _no_secret(bench)
    await bench.edit(deletionPolicy="Flatten")
    await bench.settle()
    await bench.edit(deletionPolicy="Retain")
    await bench.settle()
    assert (await _own(bench))["metadata"]["finalizers"] == [names.FINALIZER]
    await bench.replace_secret(keys_of())
    await bench.settle()

    assert not (await _own(bench))["metadata"].get("finalizers")
    assert (await bench.deployment())["metadata"]["ownerReferences"]


async def test_nobody_elses_object_loses_its_owner_or_holds_a_deletion_up() -> None:
    """A Deployment that has the worker's name and is another team's is no worker of this account."""
    bench = Bench()
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "b", "uid": "1", "controller": True}
    about = {"name": "account-alice", "namespace": "traders", "labels": {"team": "b"}, "ownerReferences": [owner]}
    await bench.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": {"replicas": 1}})
    await bench.put(account(deletionPolicy="Flatten"))
    await bench.settle()
    assert await bench.said("Stalled") == ("True", "NameConflict")
    assert (await bench.deployment())["metadata"]["ownerReferences"] == [owner]
    await bench.cluster.delete(OWN)
    await bench.settle()

    assert await bench.cluster.get(OWN) is None
    assert await bench.cluster.list(EVENT) == [] or "DeletionPolicyDropped" not in [
        event["reason"] for event in await bench.cluster.list(EVENT)
    ]
