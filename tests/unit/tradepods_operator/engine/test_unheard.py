"""A worker that was not heard yet, as operator and signal service are both new, is no flat one."""

from datetime import timedelta

import pytest

from support.build import WALL
from support.operated import ALICE, BOT, Bench, account, heartbeat, keys_of, live, secret
from tradepods_core.wire.fleet import Digest, Fleet
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.engine.fleet_board import FleetBoard
from tradepods_operator.ports import Key

BOB = Key("traders", "bob")
NEW = {"limits": {"memory": "300Mi"}}


async def _begun_anew(*, held: bool, listened: bool, **changes: int) -> Bench:
    """Both, beside a worker that runs and reports to neither yet."""
    bench = Bench(**changes)
    await bench.serve(live(), keys_of(), held=held)
    bench.digests.clear()
    bench.restart()
    bench.fleet_listened = listened
    return bench


@pytest.mark.parametrize(
    ("held", "listened", "waits"), [(True, True, True), (False, False, True), (False, True, False)]
)
async def test_a_new_template_waits_until_it_was_heard(held: bool, listened: bool, waits: bool) -> None:
    """By its status something is open, or nobody has listened for long enough to say that nothing is."""
    bench = await _begun_anew(held=held, listened=listened)
    await bench.edit(resources=NEW)
    await bench.settle()
    assert (await bench.deployment())["spec"]["paused"] is waits
    if waits:
        assert await bench.said("Reconciling") == ("True", "FleetUnknown")
        assert (await bench.reconcile()).again_in == 30

    bench.fleet_listened = True
    await bench.hear(held=False)
    await bench.settle()
    assert (await bench.deployment())["spec"]["paused"] is False


@pytest.mark.parametrize(("held", "listened", "replicas"), [(True, True, 1), (False, False, 1), (False, True, 0)])
async def test_it_is_not_stopped_unasked(held: bool, listened: bool, replicas: int) -> None:
    """A person may, by the annotation that the message names."""
    bench = await _begun_anew(held=held, listened=listened)
    await bench.edit(state="Stopped")
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == replicas
    if replicas:
        assert await bench.said("Stalled") == ("True", "StopNotConfirmed")
        assert 'tradepods.dev/confirm-stop: "true"' in (await bench.condition("Stalled"))["message"]

    await bench.edit(annotations={"tradepods.dev/confirm-stop": "true"})
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == 0


async def test_what_was_heard_before_the_fleet_could_not_be_asked_proves_nothing() -> None:
    """Worker and service may go on, and what was flat then may hold something by now: nobody is stopped by that."""
    bench = Bench()
    for name in ("alice", "bob"):
        await bench.serve(live(name), keys_of(name))
        bench.clock.advance(60)
    bench.fleet_known = False
    await bench.edit(state="Stopped")
    await bench.settle()
    assert await bench.said("Stalled") == ("True", "StopNotConfirmed")
    assert "the signal service does not answer" in (await bench.condition("Stalled"))["message"]
    await bench.edit(BOB, credentialsSecretRef={"name": "alice-exchange"})
    await bench.settle(BOB)
    assert await bench.said("Stalled", BOB) == ("True", "SharedSecret")
    assert [(await bench.deployment(key))["spec"]["replicas"] for key in (ALICE, BOB)] == [1, 1]

    bench.fleet_known = True
    for key in (BOB, ALICE):
        await bench.settle(key)
    assert [(await bench.deployment(key))["spec"]["replicas"] for key in (ALICE, BOB)] == [0, 0]


async def test_it_is_not_stopped_for_a_secret_that_another_has_too() -> None:
    """Nobody would follow what may be open."""
    bench = Bench()
    bot = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
    await bench.serve(account(telegram=bot), secret("bot", botToken=BOT))
    bench.clock.advance(60)
    await bench.serve(live("bob"), keys_of("bob"))
    bench.digests.clear()
    bench.restart()
    bench.fleet_listened = False
    await bench.settle()
    await bench.edit(BOB, telegram=bot)
    await bench.settle(BOB)
    assert await bench.said("Stalled", BOB) == ("True", "SharedSecret")
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1

    bench.fleet_listened = True
    await bench.settle(BOB)
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 0


async def test_an_account_without_a_worker_waits_for_its_place_all_the_same() -> None:
    """There is nobody to be heard."""
    bench = await _begun_anew(held=False, listened=False, maxWorkers=1)
    await bench.settle()
    await bench.put(account("bob", priority=5))
    await bench.settle(BOB)

    assert await bench.said("Reconciling", BOB) == ("True", "Queued")


def _heard(run: int, *names: str) -> Fleet:
    said = [Digest(namespace="traders", name=name, version=1, seen_at=WALL, heartbeat=heartbeat("x")) for name in names]
    return Fleet(run=run, version=run + 1, accounts=tuple(said))


def test_a_minute_of_listening_is_enough() -> None:
    """From the first answer of the service's present run; of one that was away for long, from its next answer."""
    clock = ManualClock(WALL)
    board = FleetBoard(now=clock.now)
    assert not board.listened()
    for run, passed, listened in ((1, 59, False), (1, 1, True), (2, 59, False), (2, 1, True), (2, 121, False)):
        board.take(_heard(run, ALICE.name))
        clock.advance(timedelta(seconds=passed).total_seconds())
        assert board.listened() is listened
    board.take(_heard(2))
    assert not board.listened()
