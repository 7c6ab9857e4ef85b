"""What the status says of an account that a person's annotation keeps the operator off: only what is so."""

import json

import pytest

from support.operated import Bench, account, hash_of
from tradepods_cli.cluster.holding import change_of, result_of, waits_for
from tradepods_cli.cluster.standing import standing_of
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, Document, Ref

OWN = Ref(ACCOUNT, "traders", "alice")
WHY = "not handed on: tradepods.dev/reconcile keeps the operator off"


@pytest.fixture
async def bench() -> Bench:
    """One whose worker runs, and is left alone."""
    found = Bench()
    await found.serve(account())
    await found.edit(annotations={names.RECONCILE: "paused"})
    await found.settle()
    return found


async def _own(bench: Bench) -> Document:
    found = await bench.cluster.get(OWN)
    assert found is not None
    return found


async def test_settings_that_were_not_handed_on_are_not_said_to_be(bench: Bench) -> None:
    """The status names those that the worker has, and says why it has no others."""
    before = await bench.status()
    assert await bench.said("SettingsApplied") == ("True", "Fine")
    assert await bench.said("Ready") == ("True", "Trading")
    await bench.edit(entryPct=7)
    await bench.settle()

    now = await bench.status()
    assert now["settingsHash"] == before["settingsHash"] != hash_of(await _own(bench))
    assert await bench.said("SettingsApplied") == ("False", "LeftAlone")
    assert (await bench.condition("SettingsApplied"))["message"] == WHY
    assert await bench.said("Ready") == ("False", "SettingsNotApplied")


async def test_settings_are_handed_on_once_the_operator_may(bench: Bench) -> None:
    """And said to be from then on."""
    await bench.edit(entryPct=7)
    await bench.settle()
    await bench.edit(annotations={names.RECONCILE: None})
    await bench.settle()
    assert (await bench.status())["settingsHash"] == hash_of(await _own(bench))
    await bench.hear()
    await bench.settle()

    assert await bench.said("SettingsApplied") == ("True", "Fine")


@pytest.mark.parametrize("ends", [False, True], ids=["a worker runs", "its pod is away for a moment"])
async def test_a_pause_that_was_not_handed_on_is_not_confirmed(bench: Bench, ends: bool) -> None:
    """The worker that begins next would open: nobody is told that it opens nothing."""
    await bench.edit(annotations={names.PAUSE: "true"})
    change = change_of(await _own(bench))
    if ends:
        await bench.end()
    await bench.settle()

    now = standing_of(await _own(bench))
    assert result_of(change, now) == "not confirmed"
    assert waits_for(change, now) == f"LeftAlone: {WHY}"
    files = await bench.cluster.get(Ref(CONFIG_MAP, "traders", "account-alice-settings"))
    assert files is not None
    assert json.loads(files["data"]["settings.json"]).get("state", "Running") == "Running"


async def test_an_account_that_was_never_served_has_no_settings() -> None:
    """Nothing was handed to anybody."""
    bench = Bench()
    document = account()
    document["metadata"]["annotations"] = {names.RECONCILE: "paused"}
    await bench.put(document)
    await bench.settle()

    assert "settingsHash" not in await bench.status()
    assert await bench.said("SettingsApplied") == ("False", "LeftAlone")
