"""What happens before an account goes."""

import json
from typing import Any

import pytest

from support.operated import ALICE, BOT, Bench, account, keys_of, live, position, secret
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.reading import read_account
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, CLAIM, CONFIG_MAP, DEPLOYMENT, Ref

OWN = Ref(ACCOUNT, "traders", "alice")


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _told(bench: Bench) -> dict[str, Any]:
    found = await bench.cluster.get(Ref(CONFIG_MAP, "traders", "account-alice-settings"))
    assert found is not None
    return dict(found["data"])


async def test_a_retained_account_has_no_finalizer(bench: Bench) -> None:
    """Nothing of it can be stuck; garbage collection takes its objects."""
    await bench.serve(account())

    found = await bench.cluster.get(OWN)
    assert found is not None
    assert not found["metadata"].get("finalizers")


@pytest.mark.parametrize("before", ["CancelOrders", "Flatten"])
async def test_a_finalizer_is_there_before_any_object(bench: Bench, before: str) -> None:
    """And no object has an owner: foreground deletion would end the worker before its work."""
    await bench.put(account(deletionPolicy=before))
    await bench.reconcile()
    found = await bench.cluster.get(OWN)
    assert found is not None
    assert found["metadata"]["finalizers"] == [names.FINALIZER]
    assert await bench.deployment() is None

    await bench.settle()
    assert "ownerReferences" not in (await bench.deployment())["metadata"]


async def test_a_policy_that_becomes_retain_lets_go_of_the_finalizer(bench: Bench) -> None:
    """Once every object has its owner again."""
    await bench.serve(account(deletionPolicy="Flatten"))
    await bench.edit(deletionPolicy="Retain")
    await bench.settle()

    found = await bench.cluster.get(OWN)
    assert found is not None
    assert not found["metadata"].get("finalizers")
    assert (await bench.deployment())["metadata"]["ownerReferences"]


async def test_an_account_is_flat_before_it_goes(bench: Bench) -> None:
    """Its worker is told, keeps running until it says that nothing is open, and then goes; the ledger stays."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()
    told = await _told(bench)
    assert told["ending"].startswith("Flatten ")
    assert json.loads(told["settings.json"])["state"] == "Paused"
    assert await bench.said("Reconciling") == ("True", "Deleting")
    assert (await bench.deployment())["spec"]["replicas"] == 1

    await bench.hear(held=False)
    await bench.reconcile()
    assert await bench.cluster.get(OWN) is None
    assert await bench.deployment() is None
    assert len(await bench.cluster.list(CLAIM)) == 1


async def test_a_heartbeat_from_before_proves_nothing(bench: Bench) -> None:
    """That it was flat a moment ago: an entry may be under way until it has heard of its end."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of())
    await bench.cluster.delete(OWN)
    await bench.settle()

    assert await bench.cluster.get(OWN) is not None


async def test_orders_are_taken_back_before_an_account_goes(bench: Bench) -> None:
    """CancelOrders: autoExit off takes stop and take-profit back; the positions stay."""
    await bench.serve(live(deletionPolicy="CancelOrders", autoExit=True), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert json.loads((await _told(bench))["settings.json"])["autoExit"] is False

    await bench.hear(positions=(position(protected=False),))
    await bench.reconcile()
    assert await bench.cluster.get(OWN) is None


@pytest.mark.parametrize("asked", [None, ["autoExit", "entryPct"]])
async def test_no_command_puts_the_orders_back_that_an_account_takes_with_it(
    bench: Bench, asked: list[str] | None
) -> None:
    """A typed /autoexit on is refused from then on, and one of before ends, for the manifest no longer offers it."""
    telegram = {"secretRef": {"name": "bot"}, "chatIds": ["1"], **({} if asked is None else {"overrides": asked})}
    body = live(deletionPolicy="CancelOrders", telegram=telegram)
    await bench.serve(body, keys_of(), secret("bot", botToken=BOT), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()

    said = json.loads((await _told(bench))["settings.json"])["telegram"]
    assert said == {**telegram, "overrides": ["dryRun", "entryPct"] if asked is None else ["entryPct"]}


async def _ends(bench: Bench) -> bool:
    await bench.settle()
    return await bench.cluster.get(OWN) is None


async def test_a_deletion_is_never_stuck(bench: Bench) -> None:
    """It waits so long, and no longer."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    bench.clock.advance(599)
    assert not await _ends(bench)
    bench.clock.advance(2)

    assert await _ends(bench)


async def test_a_person_may_skip_the_policy(bench: Bench) -> None:
    """The escape annotation."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.edit(annotations={names.SKIP_FINALIZER: "true"})
    await bench.cluster.delete(OWN)

    assert await _ends(bench)


async def test_an_account_without_a_worker_goes_at_once(bench: Bench) -> None:
    """Nobody could do anything."""
    await bench.put(account(deletionPolicy="Flatten", state="Stopped"))
    await bench.settle()
    await bench.cluster.delete(OWN)

    assert await _ends(bench)


async def test_an_account_that_comes_back_finds_its_ledger(bench: Bench) -> None:
    """The claim is the same one, and its worker starts on it."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of())
    (before,) = await bench.cluster.list(CLAIM)
    await bench.cluster.delete(OWN)
    await bench.settle()
    await bench.hear()
    assert await _ends(bench)
    await bench.put(live())
    await bench.settle()

    (after,) = await bench.cluster.list(CLAIM)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert await bench.cluster.get(Ref(DEPLOYMENT, "traders", "account-alice")) is not None
    assert bench.roster.keys() == [ALICE]


async def test_how_long_a_deletion_may_take_is_said_in_whole_minutes(bench: Bench) -> None:
    """Never more than the deadline, and never none."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    for passed, left in ((0, 10), (0.5, 10), (59, 10), (480.5, 1), (59.5, 1)):
        bench.clock.advance(passed)
        await bench.reconcile()
        assert (await bench.condition("Reconciling"))["message"] == f"Flatten is under way, for {left} min more at most"


EVIL = "https://evil.example"


def _bot(**changes: str) -> dict[str, Any]:
    return {"secretRef": {"name": "alice-telegram"}, "chatIds": ["1"], **changes}


@pytest.mark.parametrize("before", ["CancelOrders", "Flatten"])
async def test_deletion_hands_a_worker_no_address_that_the_operator_does_not_allow(bench: Bench, before: str) -> None:
    """Its next start would send the bot's token there; the account ends by the settings that the worker has."""
    document = live(deletionPolicy=before, telegram=_bot(), autoExit=True)
    await bench.serve(document, keys_of(), secret("alice-telegram", botToken=BOT), held=True)
    await bench.edit(telegram=_bot(apiUrl=EVIL), leverage=3)
    await bench.settle()
    assert await bench.said("Stalled") == ("True", "EndpointNotAllowed")
    await bench.cluster.delete(OWN)
    await bench.settle()

    told = await _told(bench)
    spec = json.loads(told["settings.json"])
    assert EVIL not in told["settings.json"]
    assert spec["state"] == "Paused"
    assert "leverage" not in spec
    assert spec["autoExit"] is (before == "Flatten")
    assert told.get("ending", "").startswith("Flatten") is (before == "Flatten")

    hidden = position(protected=before == "Flatten")
    held = () if before == "Flatten" else (hidden,)
    await bench.hear(settings_hash=settings_hash(read_account(spec)), positions=held)
    await bench.reconcile()
    assert await bench.cluster.get(OWN) is None


async def test_deletion_leaves_an_object_of_somebody_else_as_it_is(bench: Bench) -> None:
    """The settings' ConfigMap too, where another one has its name now; the account goes when its time is up."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    ref = Ref(CONFIG_MAP, "traders", "account-alice-settings")
    await bench.cluster.delete(ref)
    about = {"namespace": ref.namespace, "name": ref.name, "labels": {"team": "b"}}
    await bench.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": {"settings.json": "{}"}})
    await bench.cluster.delete(OWN)
    await bench.settle()
    assert await _told(bench) == {"settings.json": "{}"}
    assert await bench.cluster.get(OWN) is not None

    bench.clock.advance(601)
    await bench.settle()
    assert await bench.cluster.get(OWN) is None
    assert await _told(bench) == {"settings.json": "{}"}
