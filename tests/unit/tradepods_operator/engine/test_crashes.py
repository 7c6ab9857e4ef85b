"""A worker that crashes again and again rests."""

import pytest

from support.operated import ALICE, Bench, account, keys_of, live, secret
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import DEPLOYMENT, Key, Ref


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _replicas(bench: Bench, key: Key = ALICE) -> int:
    return int((await bench.deployment(key))["spec"]["replicas"])


async def _crash(bench: Bench, times: int, *, apart: float = 60, first: int = 1, **how: str) -> None:
    for count in range(first, first + times):
        await bench.crash(count, **how)  # type: ignore[arg-type]  # reason only
        await bench.settle()
        bench.clock.advance(apart)


async def test_three_crashes_within_ten_minutes_stop_a_worker(bench: Bench) -> None:
    """Scaled to zero, Degraded, and it says until when."""
    await bench.serve(account())
    await _crash(bench, 2)
    assert await _replicas(bench) == 1

    await _crash(bench, 1, first=3)
    assert await _replicas(bench) == 0
    assert await bench.said("Stalled") == ("True", "Degraded")
    assert "rests until" in (await bench.condition("Ready"))["message"]


async def test_crashes_that_are_far_apart_do_not(bench: Bench) -> None:
    """Ten minutes."""
    await bench.serve(account())
    await _crash(bench, 5, apart=301)

    assert await _replicas(bench) == 1


async def test_running_out_of_memory_is_not_its_own_fault(bench: Bench) -> None:
    """It comes back and is reconciled."""
    await bench.serve(account())
    await _crash(bench, 5, reason="OOMKilled")

    assert await _replicas(bench) == 1


async def test_another_operator_goes_on_counting(bench: Bench) -> None:
    """What was seen is in the cluster."""
    await bench.serve(account())
    await _crash(bench, 2)
    bench.restart()
    await _crash(bench, 1, first=3)

    assert await _replicas(bench) == 0


async def test_a_rest_ends_and_the_next_one_is_twice_as_long(bench: Bench) -> None:
    """30 minutes, then an hour."""
    await bench.serve(account())
    await _crash(bench, 3)
    bench.clock.advance(30 * 60)
    await bench.settle()
    assert await _replicas(bench) == 1

    await bench.pod()
    await _crash(bench, 3)
    bench.clock.advance(45 * 60)
    await bench.settle()
    assert await _replicas(bench) == 0
    bench.clock.advance(20 * 60)
    await bench.settle()
    assert await _replicas(bench) == 1


@pytest.mark.parametrize("change", ["spec", "restart", "secret"])
async def test_a_change_ends_a_rest_at_once(bench: Bench, change: str) -> None:
    """Of the spec, of a Secret, or a person's word."""
    await bench.serve(live(), keys_of())
    await _crash(bench, 3)
    if change == "spec":
        await bench.edit(leverage=3)
    elif change == "restart":
        await bench.edit(annotations={names.RESTART: "1"})
    else:
        await bench.replace_secret(secret("alice-exchange", apiKey="another-key-7", apiSecret="another-secret-7"))
    await bench.settle()

    assert await _replicas(bench) == 1


async def test_where_many_crash_nobody_is_stopped() -> None:
    """More than a tenth of the fleet within ten minutes: it is hardly their own fault."""
    bench = Bench()
    keys = [Key("traders", f"a{number}") for number in range(6)]
    for key in keys:
        await bench.serve(account(key.name))
    for key in keys:
        for count in range(1, 4):
            await bench.crash(count, key=key)
            await bench.settle(key)

    assert [await _replicas(bench, key) for key in keys] == [0, 0, 0, 1, 1, 1]


async def test_a_note_that_somebody_has_spoilt_is_no_reason_to_fail(bench: Bench) -> None:
    """It is begun anew."""
    await bench.serve(account())
    ref = Ref(DEPLOYMENT, "traders", "account-alice")
    await bench.cluster.patch(ref, {"metadata": {"annotations": {names.CRASHES: '{"seen": [1'}}})
    await bench.settle()

    assert await _replicas(bench) == 1
