"""Two accounts with one key or one bot: never two traders, and nothing that is open is left alone."""

from typing import Any

import pytest

from support.operated import ALICE, Bench, account, keys_of, live, secret
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, POD, Key, Ref

BOB = Key("traders", "bob")
KEYS_OF_ALICE = {"credentialsSecretRef": {"name": "alice-exchange"}}


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


def _bot(name: str) -> dict[str, Any]:
    return {"secretRef": {"name": f"{name}-telegram"}, "chatIds": ["1"]}


async def _replicas(bench: Bench, key: Key) -> int | None:
    found = await bench.deployment(key)
    return None if found is None else int(found["spec"]["replicas"])


async def _one_bot_after_all(bench: Bench, *, held: tuple[bool, bool]) -> None:
    """Alice's account is the older one; a person gives it the bot of bob's."""
    await bench.serve(account(telegram=_bot("alice")), secret("alice-telegram", botToken="1:a"), held=held[0])
    bench.clock.advance(60)
    own = live("bob", telegram=_bot("bob"))
    await bench.serve(own, keys_of("bob"), secret("bob-telegram", botToken="1:b"), held=held[1])
    await bench.replace_secret(secret("alice-telegram", botToken="1:b"))
    for key in (ALICE, BOB):
        await bench.settle(key)


@pytest.mark.parametrize(
    ("held", "replicas", "refused"),
    [
        ((False, False), (1, 0), BOB),
        ((False, True), (0, 1), ALICE),
        ((True, False), (1, 0), BOB),
        ((True, True), (1, 1), BOB),
    ],
)
async def test_who_holds_something_keeps_what_two_have(
    bench: Bench, held: tuple[bool, bool], replicas: tuple[int, int], refused: Key
) -> None:
    """Where both do, both follow what is open until the later one is flat; it says at once why it isn't served."""
    await _one_bot_after_all(bench, held=held)

    assert (await _replicas(bench, ALICE), await _replicas(bench, BOB)) == replicas
    assert await bench.said("Stalled", refused) == ("True", "SharedSecret")


async def test_a_worker_that_is_flat_at_last_ends(bench: Bench) -> None:
    """Until then it was kept for what it held."""
    await _one_bot_after_all(bench, held=(True, True))
    await bench.hear(BOB, held=False)
    await bench.settle(BOB)

    assert (await _replicas(bench, ALICE), await _replicas(bench, BOB)) == (1, 0)


async def _waits_for_alice(bench: Bench, **spec: Any) -> None:
    """Bob's account has the key of alice's, which trades."""
    await bench.serve(live(**spec), keys_of())
    bench.clock.advance(60)
    await bench.put(live("bob", **KEYS_OF_ALICE))
    await bench.settle(BOB)
    assert await bench.said("Stalled", BOB) == ("True", "SharedSecret")


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_key_is_free_once_the_last_pod_has_ended(bench: Bench, restarted: bool) -> None:
    """A worker that was told to stop trades until it has."""
    await _waits_for_alice(bench)
    await bench.edit(ALICE, state="Stopped")
    await bench.settle(ALICE)
    if restarted:
        bench.restart()
        await bench.settle(ALICE)
    await bench.settle(BOB)
    assert await _replicas(bench, BOB) is None

    await bench.end(ALICE)
    await bench.settle(ALICE)
    await bench.settle(BOB)
    assert await _replicas(bench, BOB) == 1


async def _collect_garbage(bench: Bench) -> None:
    """What alice's account owns goes before its worker's pod has ended."""
    for kind, name in CHILDREN.items():
        await bench.cluster.delete(Ref(kind, "traders", name("alice")))


@pytest.mark.parametrize("policy", ["Retain", "Flatten"])
async def test_the_key_of_an_account_that_is_gone_is_free_once_its_last_pod_has_ended(
    bench: Bench, policy: str
) -> None:
    """Its objects go first; it is looked at again, and no place in the fleet is its own for ever."""
    await _waits_for_alice(bench, deletionPolicy=policy)
    await bench.cluster.delete(Ref(ACCOUNT, "traders", "alice"))
    await bench.settle(ALICE)
    if policy == "Flatten":
        await bench.hear(ALICE)
        await bench.settle(ALICE)
    else:
        await _collect_garbage(bench)
    assert await bench.cluster.get(Ref(ACCOUNT, "traders", "alice")) is None
    assert (await bench.reconcile(ALICE)).again_in == 30
    await bench.settle(BOB)
    assert await _replicas(bench, BOB) is None

    await bench.end(ALICE)
    assert (await bench.reconcile(ALICE)).again_in is None
    await bench.settle(BOB)
    assert await _replicas(bench, BOB) == 1
    assert bench.roster.keys() == [BOB]


async def test_a_pod_that_has_come_to_its_end_trades_no_more(bench: Bench) -> None:
    """It may be listed for long."""
    await _waits_for_alice(bench)
    await bench.edit(ALICE, state="Stopped")
    await bench.settle(ALICE)
    await bench.cluster.patch(Ref(POD, "traders", "alice-pod"), {"status": {"phase": "Failed"}})
    await bench.settle(ALICE)
    await bench.settle(BOB)

    assert await _replicas(bench, BOB) == 1


async def test_who_was_stopped_for_another_stays_so_while_its_pod_ends(bench: Bench) -> None:
    """Though it is the older one, and the other is flat by now: else both would start and stop by turns."""
    await _one_bot_after_all(bench, held=(False, True))
    await bench.hear(BOB, held=False)
    for key in (BOB, ALICE, BOB):
        await bench.settle(key)

    assert (await _replicas(bench, ALICE), await _replicas(bench, BOB)) == (0, 1)
