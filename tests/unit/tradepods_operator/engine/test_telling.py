"""How a pause reaches a worker whose account can't be served for the moment."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from support.operated import Bench, account, keys_of, live
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.reading import read_account
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import annotation
from tradepods_operator.ports import CLAIM, CONFIG_MAP, SECRET, Ref


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _handed(bench: Bench) -> Any:
    found = await bench.cluster.get(Ref(CONFIG_MAP, "traders", "account-alice-settings"))
    assert found is not None
    return json.loads(found["data"]["settings.json"])


async def _wrong_spec(bench: Bench) -> None:
    await bench.edit(leverage=500)


async def _lost_secret(bench: Bench) -> None:
    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))


async def _foreign_claim(bench: Bench) -> None:
    await bench.cluster.patch(
        Ref(CLAIM, "traders", "account-alice-ledger"), {"metadata": {"labels": {names.MANAGED_BY: "x"}}}
    )


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(_wrong_spec, "InvalidSpec"), (_lost_secret, "SecretNotUsable"), (_foreign_claim, "NameConflict")],
)
@pytest.mark.parametrize("by", [names.PAUSE, names.HALT, "state"])
async def test_whoever_pauses_is_obeyed_though_nothing_else_can_be_handed_on(
    bench: Bench, spoil: Callable[[Bench], Awaitable[None]], reason: str, by: str
) -> None:
    """By the settings that the worker has: they change in nothing else, and its pod is told."""
    await bench.serve(live(), keys_of())
    before = await _handed(bench)
    await spoil(bench)
    changes: dict[str, Any] = {"maxPositions": 3, **({"state": "Paused"} if by == "state" else {})}
    await bench.edit(**changes)
    await bench.settle()
    assert (await bench.condition("Ready"))["reason"] == reason
    if by != "state":
        assert await _handed(bench) == before
        await bench.edit(annotations={by: "true"})
        await bench.settle()

    after = await _handed(bench)
    assert after == {**before, "state": "Paused"}
    assert annotation(await bench.only_pod(), names.SETTINGS) == settings_hash(read_account(after))
    assert (await bench.status())["settingsHash"] == settings_hash(read_account(after))
    assert await bench.said("SettingsApplied") == ("False", "Told")


async def test_a_pause_stays_until_other_settings_can_be_handed_on(bench: Bench) -> None:
    """Taken back meanwhile, it ends once the account can be served."""
    await bench.serve(live(), keys_of())
    await _lost_secret(bench)
    await bench.edit(annotations={names.PAUSE: "true"})
    await bench.settle()
    await bench.edit(annotations={names.PAUSE: None})
    await bench.settle()
    assert (await _handed(bench))["state"] == "Paused"

    await bench.put(keys_of())
    await bench.settle()
    assert (await _handed(bench)).get("state", "Running") == "Running"


async def test_somebody_elses_settings_are_not_paused(bench: Bench) -> None:
    """They are no worker's of ours."""
    data = {"settings.json": "{}"}
    about = {"name": "account-alice-settings", "namespace": "traders"}
    await bench.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data}, account())
    await bench.edit(annotations={names.PAUSE: "true"})
    await bench.settle()

    assert await _handed(bench) == {}
