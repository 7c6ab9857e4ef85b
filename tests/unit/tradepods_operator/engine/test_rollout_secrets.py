"""A Secret that many share restarts their workers a few at a time, whatever is open."""

from typing import Any

import pytest

from support.operated import Bench, keys_of, live, secret
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import Key

MANY = 6


def _proxy(password: str) -> dict[str, Any]:
    return secret("proxy", url=f"http://user:{password}@proxy.example:3128")


async def _fleet(bench: Bench) -> list[Key]:
    """Each holds something, and reaches the exchange by the same proxy."""
    await bench.put(_proxy("old"))
    exchange = {"id": "binanceusdm", "proxySecretRef": {"name": "proxy"}}
    keys = [Key("traders", f"a{number}") for number in range(MANY)]
    for key in keys:
        await bench.serve(live(key.name, exchange=exchange), keys_of(key.name), held=True)
    return keys


async def _restarting(bench: Bench, keys: list[Key]) -> list[Key]:
    return [key for key in keys if await bench.note(names.ROLLED_AT, key)]


@pytest.mark.parametrize("asked", ["secret", "person"])
async def test_many_that_are_asked_at_once_take_turns(asked: str) -> None:
    """A thousand that begin together read a thousand accounts, and the exchange bans the address."""
    bench = Bench(rollout={"maxConcurrent": 2})
    keys = await _fleet(bench)
    if asked == "secret":
        await bench.replace_secret(_proxy("new"))
    else:
        for key in keys:
            await bench.edit(key, annotations={names.RESTART: "now"})
    for key in keys:
        await bench.settle(key)
    assert await _restarting(bench, keys) == keys[:2]
    assert await bench.said("Reconciling", keys[2]) == ("True", "WaitsForTurn")

    await bench.pod(keys[0])
    for key in keys:
        await bench.settle(key)
    assert await _restarting(bench, keys) == keys[1:3]


async def test_restarts_that_have_failed_keep_no_new_secret_back() -> None:
    """It may be what mends them, and the old one may be revoked."""
    bench = Bench(rollout={"maxConcurrent": 2, "progressSeconds": 60})
    keys = await _fleet(bench)
    await bench.replace_secret(_proxy("new"))
    for key in keys[:2]:
        await bench.settle(key)
        await bench.pod(key, ready=False)
    bench.clock.advance(61)
    for key in keys[:3]:
        await bench.settle(key)

    assert await _restarting(bench, keys) == keys[:3]


async def test_so_many_look_for_a_turn_at_once_however_many_wait() -> None:
    """A thousand that each looked every few seconds would keep the API server from all others' work."""
    bench = Bench(rollout={"maxConcurrent": 1})
    keys = [Key("traders", f"a{number:02}") for number in range(41)]
    for key in keys:
        await bench.put(live(key.name), keys_of(key.name))
        await bench.settle(key)
    waited = [(await bench.reconcile(key)).again_in for key in keys[1:]]

    assert len(waited) == 40
    assert {round(seconds or 0) for seconds in waited} == {49}
    assert (await bench.reconcile(keys[1])).again_in == pytest.approx(5 * 39 / 4)
