"""A roll-out that stops is told of: nobody looks at the conditions of a thousand accounts."""

from support.operated import Bench, keys_of, live
from tradepods_operator.engine.counted import Counted, is_held_up
from tradepods_operator.ports import EVENT, Key

KEYS = [Key("traders", f"a{number}") for number in range(4)]


async def _look_at_all(bench: Bench, *, times: int = 2) -> None:
    for _ in range(times):
        for key in KEYS:
            await bench.reconcile(key)


async def _counted(bench: Bench) -> int:
    """How many accounts an alert would count."""
    counted = Counted(is_held_up)
    for key in KEYS:
        counted.saw(key, {"status": await bench.status(key)})
    return len(counted)


async def test_each_account_that_waits_says_so_once() -> None:
    """By a Warning, and counted for an alert; no more once the roll-out goes on."""
    bench = Bench(rollout={"maxConcurrent": 2, "progressSeconds": 60})
    for key in KEYS:
        await bench.serve(live(key.name), keys_of(key.name))
    worker = bench.policy.worker.model_copy(update={"image": "new:2"})
    bench.policy = bench.policy.model_copy(update={"worker": worker})
    bench.restart()
    await _look_at_all(bench)
    for key in KEYS[:2]:
        await bench.pod(key, ready=False)
    bench.clock.advance(61)
    await _look_at_all(bench, times=4)
    told = [one for one in await bench.cluster.list(EVENT) if one["reason"] == "RolloutStopped"]

    assert sorted(one["involvedObject"]["name"] for one in told) == [key.name for key in KEYS[2:]]
    assert {one["type"] for one in told} == {"Warning"}
    assert await _counted(bench) == 2
    for key in KEYS[:2]:
        await bench.pod(key)
    await _look_at_all(bench)
    assert await _counted(bench) == 0
