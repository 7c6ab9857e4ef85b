"""When a changed pod template restarts a worker."""

from typing import Any

import pytest

from support.operated import ALICE, Bench, account, keys_of, live, secret
from tradepods_core.wire.fleet import Condition
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.policy import Policy
from tradepods_operator.ports import POD, SECRET, Key, Ref

NEW = {"limits": {"memory": "300Mi"}}


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _held(bench: Bench, key: Key = ALICE) -> bool:
    found = await bench.deployment(key)
    return bool(found["spec"]["paused"])


@pytest.mark.parametrize(
    ("rollout", "open_", "ready", "fresh", "known", "held"),
    [
        ("Auto", True, True, True, True, ""),
        ("WhenFlat", False, True, True, True, ""),
        ("WhenFlat", True, True, True, True, "HoldsPosition"),
        ("WhenFlat", True, False, True, True, ""),
        ("WhenFlat", True, True, False, True, ""),
        ("WhenFlat", False, True, True, False, "FleetUnknown"),
        ("Manual", False, True, True, True, "Manual"),
    ],
)
async def test_a_new_template_takes_effect_by_the_accounts_rollout(  # noqa: PLR0917 - a table
    bench: Bench, rollout: str, open_: bool, ready: bool, fresh: bool, known: bool, held: str
) -> None:
    """WhenFlat waits for a Ready pod that is heard and holds something; Manual for a person."""
    await bench.serve(live(rollout=rollout), keys_of(), held=open_)
    await bench.pod(ready=ready)
    await bench.hear(held=open_, silent=not fresh)
    bench.fleet_known = known
    await bench.edit(resources=NEW)
    await bench.settle()

    assert await _held(bench) == bool(held)
    if held:
        assert await bench.said("Reconciling") == ("True", held)
        assert await bench.note(names.HELD_SINCE)
    else:
        assert await bench.note(names.ROLLED_AT)


async def test_a_change_that_is_held_back_keeps_the_account_ready(bench: Bench) -> None:
    """Nothing is wrong: the change shows as Reconciling."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(resources=NEW)
    await bench.settle()

    assert (await bench.said("Ready"))[0] == "True"
    assert "until the account is flat" in (await bench.condition("Reconciling"))["message"]


async def test_a_held_change_goes_through_once_the_account_is_flat(bench: Bench) -> None:
    """And its template is the one that was waiting."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(resources=NEW)
    await bench.settle()
    await bench.hear(held=False)
    await bench.settle()

    assert not await _held(bench)
    assert not await bench.note(names.HELD_SINCE)
    container = (await bench.deployment())["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"]["limits"] == {"cpu": "500m", "memory": "300Mi"}


async def test_a_position_holds_a_change_back_for_so_long_only(bench: Bench) -> None:
    """MaxWait."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(resources=NEW)
    await bench.settle()
    bench.clock.advance(71 * 3600)
    await bench.settle()
    assert await _held(bench)

    bench.clock.advance(2 * 3600)
    await bench.settle()
    assert not await _held(bench)


async def test_a_change_that_is_taken_back_restarts_nothing(bench: Bench) -> None:
    """The pod is of that template already."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(resources=NEW)
    await bench.settle()
    await bench.edit(resources=None)
    await bench.settle()

    assert not await _held(bench)
    assert not await bench.note(names.ROLLED_AT)


async def test_a_rotated_secret_restarts_its_worker_at_once(bench: Bench) -> None:
    """The old key may be revoked: no position holds that back."""
    await bench.serve(live(rollout="Manual"), keys_of(), held=True)
    await bench.replace_secret(secret("alice-exchange", apiKey="another-key-7", apiSecret="another-secret-7"))
    await bench.settle()

    assert not await _held(bench)
    assert await bench.note(names.ROLLED_AT)


async def test_another_key_of_the_same_secret_restarts_nothing(bench: Bench) -> None:
    """Only the keys that are used count."""
    await bench.serve(live(), keys_of())
    before = (await bench.deployment())["spec"]
    more = keys_of()
    more["data"]["note"] = "YQ=="
    await bench.replace_secret(more)
    await bench.settle()

    assert (await bench.deployment())["spec"] == before


async def test_a_persons_restart_counts_at_once(bench: Bench) -> None:
    """tradepods.dev/restart, whatever is written there; also where the rollout is Manual."""
    await bench.serve(live(rollout="Manual"), keys_of(), held=True)
    await bench.edit(resources=NEW, annotations={names.RESTART: "because"})
    await bench.settle()

    assert not await _held(bench)


async def _fleet(bench: Bench, count: int, **terms: Any) -> list[Key]:
    keys = [Key("traders", f"a{number}") for number in range(count)]
    for key in keys:
        await bench.serve(live(key.name, **terms), keys_of(key.name))
    return keys


def _newer(bench: Bench) -> None:
    """Another image for the whole fleet."""
    changed = bench.policy.model_copy(update={"worker": bench.policy.worker.model_copy(update={"image": "new:2"})})
    assert isinstance(changed, Policy)
    bench.policy = changed
    bench.restart()


async def _look_at_all(bench: Bench, keys: list[Key]) -> None:
    """As an operator does before it begins: then nothing is decided without knowing the others."""
    for key in keys:
        await bench.reconcile(key)


async def test_a_fleet_wide_change_restarts_a_few_at_a_time() -> None:
    """The next one when the last is Ready: a thousand restarts at once get the address banned."""
    bench = Bench(rollout={"maxConcurrent": 2})
    keys = await _fleet(bench, 5)
    _newer(bench)
    await _look_at_all(bench, keys)
    await _look_at_all(bench, keys)
    assert [await _held(bench, key) for key in keys] == [False, False, True, True, True]
    assert await bench.said("Reconciling", keys[2]) == ("True", "WaitsForTurn")

    await bench.pod(keys[0])
    await _look_at_all(bench, keys)
    await _look_at_all(bench, keys)
    assert [await _held(bench, key) for key in keys] == [False, False, False, True, True]


async def test_two_failed_restarts_stop_the_rest() -> None:
    """What fails twice would fail for all; they stay on the template that works."""
    bench = Bench(rollout={"maxConcurrent": 2, "progressSeconds": 60})
    keys = await _fleet(bench, 4)
    _newer(bench)
    await _look_at_all(bench, keys)
    for key in keys[:2]:
        await bench.pod(key, ready=False)
    bench.clock.advance(61)
    await _look_at_all(bench, keys)
    await _look_at_all(bench, keys)

    assert [await _held(bench, key) for key in keys] == [False, False, True, True]
    assert await bench.said("Reconciling", keys[3]) == ("True", "RolloutStopped")


async def _two_restarts_come_to_nothing(bench: Bench, keys: list[Key], *, ready_between: bool = False) -> None:
    _newer(bench)
    await _look_at_all(bench, keys)
    for key in keys[:2]:
        for ready in (True, False) if ready_between else (False,):
            await bench.pod(key, ready=ready)
            await bench.settle(key)
    bench.clock.advance(61)


async def test_a_worker_that_was_ready_after_its_restart_has_not_failed() -> None:
    """What it runs into later stops nobody else's restart."""
    bench = Bench(rollout={"maxConcurrent": 2, "progressSeconds": 60})
    keys = await _fleet(bench, 4)
    await _two_restarts_come_to_nothing(bench, keys, ready_between=True)
    await _look_at_all(bench, keys)

    assert not any([await bench.note(names.ROLLED_AT, key) for key in keys[:2]])
    assert [await _held(bench, key) for key in keys] == [False, False, False, False]


@pytest.mark.parametrize("wrong", ["keys", "secret"])
async def test_restarts_that_fail_for_an_accounts_own_keys_stop_nobody_elses(wrong: str) -> None:
    """Two tenants' keys say nothing of the template."""
    bench = Bench(rollout={"maxConcurrent": 2, "progressSeconds": 60})
    keys = await _fleet(bench, 4)
    await _two_restarts_come_to_nothing(bench, keys)
    for key in keys[:2]:
        if wrong == "keys":
            refused = Condition(type="CredentialsValid", status="False", reason="InvalidKey")
            await bench.hear(key, conditions=(refused,))
        else:
            await bench.cluster.delete(Ref(SECRET, key.namespace, f"{key.name}-exchange"))
    await bench.look_at_secrets()
    await _look_at_all(bench, keys)

    assert [await _held(bench, key) for key in keys] == [False, False, False, False]


async def test_live_workers_start_a_few_at_a_time() -> None:
    """Each start reads its whole account; a dry run reads none."""
    bench = Bench(rollout={"maxConcurrent": 2})
    keys = [Key("traders", f"a{number}") for number in range(3)]
    for key in keys:
        await bench.put(live(key.name), keys_of(key.name))
        await bench.settle(key)
    await bench.put(account())
    await bench.settle()

    assert [(await bench.deployment(key))["spec"]["replicas"] for key in (*keys, ALICE)] == [1, 1, 0, 1]
    await bench.pod(keys[0])
    await _look_at_all(bench, keys)
    assert (await bench.deployment(keys[2]))["spec"]["replicas"] == 1


@pytest.mark.parametrize("turn", ["start", "restart"])
async def test_a_turn_that_comes_to_nothing_is_looked_at_when_it_is_over(turn: str) -> None:
    """Nothing happens then, but others wait for it; neither does anything while it is under way."""
    bench = Bench(rollout={"maxConcurrent": 1, "progressSeconds": 60})
    keys = [Key("traders", f"a{number}") for number in range(2)]
    if turn == "restart":
        await _fleet(bench, 2)
        _newer(bench)
        await _look_at_all(bench, keys)
        await _look_at_all(bench, keys)
        await bench.pod(keys[0], ready=False)
    else:
        for key in keys:
            await bench.put(live(key.name), keys_of(key.name))
            await bench.settle(key)
    bench.clock.advance(20)
    again_in = (await bench.reconcile(keys[0])).again_in
    assert again_in == 41

    bench.clock.advance(again_in)
    assert (await bench.reconcile(keys[0])).again_in is None
    await bench.settle(keys[1])
    assert (await bench.deployment(keys[1]))["spec"]["replicas"] == 1
    assert not await _held(bench, keys[1])


async def test_a_pod_that_is_deleted_while_a_change_is_held_is_no_start(bench: Bench) -> None:
    """It comes back, and what is held may take effect with it."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(resources=NEW)
    await bench.settle()
    await bench.cluster.delete(Ref(POD, "traders", "alice-pod"))
    await bench.settle()

    assert (await bench.deployment())["spec"]["replicas"] == 1
    assert not await _held(bench)
