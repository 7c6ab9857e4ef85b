"""Whatever happens to an account, a plan that was carried out leaves nothing to do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support.operated import Bench, NothingThere, keys_of, live, secret
from tradepods_core.errors import Invalid
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, SECRET, Gone, Ref

OWN = Ref(ACCOUNT, "traders", "alice")
Happening = Callable[[Bench], Awaitable[None]]


def _edit(**spec: Any) -> Happening:
    return lambda bench: bench.edit(**spec)


def _annotate(name: str, value: str | None) -> Happening:
    return lambda bench: bench.edit(annotations={name: value})


async def _rotate(bench: Bench) -> None:
    await bench.replace_secret(secret("alice-exchange", apiKey=f"k{len(bench.cluster.writes)}", apiSecret="s"))


async def _lose_secret(bench: Bench) -> None:
    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))
    await bench.look_at_secrets()


async def _crash(bench: Bench) -> None:
    pod = await bench.only_pod()
    await bench.crash(pod["status"]["containerStatuses"][0]["restartCount"] + 1)


async def _drift(bench: Bench) -> None:
    await bench.cluster.patch(Ref(DEPLOYMENT, "traders", "account-alice"), {"spec": {"replicas": 9}})


async def _lose_deployment(bench: Bench) -> None:
    await bench.cluster.delete(Ref(DEPLOYMENT, "traders", "account-alice"))


async def _wait(bench: Bench) -> None:
    bench.clock.advance(700)


async def _away(bench: Bench) -> None:
    bench.fleet_known = not bench.fleet_known


async def _new_operator(bench: Bench) -> None:
    bench.restart()


async def _delete(bench: Bench) -> None:
    await bench.cluster.delete(OWN)


HAPPENINGS: dict[str, Happening] = {
    "settings": _edit(entryPct=7),
    "template": _edit(resources={"limits": {"memory": "300Mi"}}),
    "template back": _edit(resources=None),
    "wrong": _edit(leverage=500),
    "right": _edit(leverage=5),
    "stopped": _edit(state="Stopped"),
    "running": _edit(state="Running"),
    "manual": _edit(rollout="Manual"),
    "auto": _edit(rollout="Auto"),
    "flatten": _edit(deletionPolicy="Flatten"),
    "retain": _edit(deletionPolicy="Retain"),
    "paper": _edit(dryRun=True),
    "left alone": _annotate(names.RECONCILE, "paused"),
    "taken up": _annotate(names.RECONCILE, None),
    "restart": _annotate(names.RESTART, "1"),
    "pause": _annotate(names.PAUSE, "true"),
    "rotated": _rotate,
    "secret gone": _lose_secret,
    "crash": _crash,
    "drift": _drift,
    "deployment gone": _lose_deployment,
    "pod ready": lambda bench: bench.pod(),
    "pod not ready": lambda bench: bench.pod(ready=False),
    "heard": lambda bench: bench.hear(),
    "holds": lambda bench: bench.hear(held=True),
    "silent": lambda bench: bench.hear(silent=True, held=True),
    "later": _wait,
    "fleet": _away,
    "operator": _new_operator,
    "deleted": _delete,
}


async def _happens(name: str, bench: Bench) -> bool:
    """Whether it could: what isn't there can't be changed, and no worker reports settings that nobody can read."""
    try:
        await HAPPENINGS[name](bench)
    except (NothingThere, Gone, Invalid):
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(HAPPENINGS)), max_size=8))
def test_a_plan_that_is_carried_out_leaves_nothing_to_do(happenings: list[str]) -> None:
    """After every happening the passes come to their end, and one more writes nothing."""

    async def run() -> None:
        bench = Bench()
        await bench.serve(live(), keys_of())
        for name in happenings:
            if not await _happens(name, bench):
                continue
            await bench.settle()
            before = len(bench.cluster.writes)
            await bench.reconcile()
            assert bench.cluster.writes[before:] == [], name
            bench.clock.advance(1)

    asyncio.run(run())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(HAPPENINGS.keys() - {"deleted", "stopped", "pod not ready"})), max_size=8))
def test_an_account_comes_back_from_everything(happenings: list[str]) -> None:
    """Once a person has put everything right, the worker runs."""

    async def run() -> None:
        bench = Bench()
        await bench.serve(live(), keys_of())
        for name in happenings:
            if await _happens(name, bench):
                await bench.settle()
        bench.fleet_known = True
        fine = {names.RECONCILE: None, names.RESTART: "put right", names.PAUSE: None}
        await bench.edit(annotations=fine, leverage=5, rollout="Auto", state="Running", dryRun=False)
        await bench.replace_secret(keys_of())
        await bench.settle()
        await bench.pod()
        await bench.hear()
        await bench.settle()
        assert await bench.said("Ready") == ("True", "Trading")

    asyncio.run(run())
