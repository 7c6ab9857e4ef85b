"""What becomes of an account: its objects, its status, and no write that is not needed."""

import json
from typing import Any

import pytest
import yaml

from support.operated import BOT, KEY, SECRET_KEY, Bench, account, keys_of, live, secret
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.reading import read_account
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, CLAIM, CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, SERVICE_ACCOUNT, Key, Ref

CHILDREN = {
    CONFIG_MAP: "account-alice-settings",
    SERVICE_ACCOUNT: "account-alice",
    CLAIM: "account-alice-ledger",
    NETWORK_POLICY: "account-alice",
    DEPLOYMENT: "account-alice",
}


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def test_an_account_gets_its_objects(bench: Bench) -> None:
    """Settings, identity, ledger, network policy, Deployment: each owned by the account but for the ledger."""
    await bench.put(account())
    await bench.settle()

    for kind, name in CHILDREN.items():
        child = await bench.cluster.get(Ref(kind, "traders", name))
        assert child is not None, kind
        assert ("ownerReferences" in child["metadata"]) == (kind != CLAIM)


async def test_an_unchanged_account_costs_no_write(bench: Bench) -> None:
    """However often it is looked at, by this operator or by another one."""
    await bench.serve(account())
    before = len(bench.cluster.writes)

    await bench.reconcile()
    bench.restart()
    await bench.reconcile()
    bench.clock.advance(3600)
    await bench.reconcile()

    assert bench.cluster.writes[before:] == []


async def test_changed_settings_reach_the_worker_without_a_restart(bench: Bench) -> None:
    """The ConfigMap changes and the pod's own annotation, never the template."""
    await bench.serve(account())
    template = (await bench.deployment())["spec"]["template"]
    await bench.edit(entryPct=7)
    await bench.settle()

    found = await bench.cluster.get(Ref(CONFIG_MAP, "traders", "account-alice-settings"))
    assert found is not None
    assert json.loads(found["data"]["settings.json"])["entryPct"] == 7
    assert (await bench.deployment())["spec"]["template"] == template
    (pod,) = await bench.pods()
    assert pod["metadata"]["annotations"][names.SETTINGS] == (await bench.status())["settingsHash"]
    assert await bench.said("SettingsApplied") == ("False", "Told")
    await bench.hear()
    await bench.settle()
    assert (await bench.said("SettingsApplied"))[0] == "True"


async def test_a_worker_reads_the_settings_that_the_operator_means(bench: Bench) -> None:
    """By its own reader, a very small number included: to YAML `1e-05` is a text."""
    await bench.serve(account(entryPct=0.00001, dca={"triggerPct": 1e-07, "stepPcts": [1e-05, 30]}))
    found = await bench.cluster.get(Ref(CONFIG_MAP, "traders", "account-alice-settings"))
    assert found is not None
    read = read_account(yaml.safe_load(found["data"]["settings.json"]))

    assert settings_hash(read) == (await bench.status())["settingsHash"]


async def test_a_worker_that_has_not_heard_is_told_again_but_not_for_ever(bench: Bench) -> None:
    """A mount that lags is touched a few times."""
    await bench.serve(account())
    await bench.edit(entryPct=7)
    told = 0
    for _ in range(20):
        before = len(bench.cluster.writes)
        await bench.settle()
        told += sum("Pod" in write for write in bench.cluster.writes[before:])
        bench.clock.advance(25)

    assert told == 5


@pytest.mark.parametrize("spec", [{"priority": 3}, {"rollout": "WhenFlat"}, {"resources": {"limits": {"cpu": "1"}}}])
async def test_what_only_the_operator_needs_is_not_told_to_the_worker(bench: Bench, spec: dict[str, Any]) -> None:
    """So a changed priority is no changed setting for its person."""
    await bench.serve(account())
    before = (await bench.status())["settingsHash"]
    await bench.edit(**spec)
    await bench.settle()

    assert (await bench.status())["settingsHash"] == before


@pytest.mark.parametrize("name", [names.PAUSE, names.HALT])
async def test_a_persons_annotation_pauses_the_worker(bench: Bench, name: str) -> None:
    """As Argo CD's actions set it: a patched spec.state would be undone."""
    await bench.serve(account())
    await bench.edit(annotations={name: "true"})
    await bench.settle()

    found = await bench.cluster.get(Ref(CONFIG_MAP, "traders", "account-alice-settings"))
    assert found is not None
    assert json.loads(found["data"]["settings.json"])["state"] == "Paused"


async def test_a_stopped_account_has_no_pod_and_is_ready_once_it_is_gone(bench: Bench) -> None:
    """Its settings and ledger stay."""
    await bench.serve(account())
    await bench.edit(state="Stopped")
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == 0
    assert (await bench.said("Ready"))[0] == "False"

    await bench.cluster.delete(Ref(kind=_pod_kind(), namespace="traders", name="alice-pod"))
    await bench.settle()
    assert await bench.said("Ready") == ("True", "Stopped")


async def test_an_account_with_something_open_is_stopped_only_if_that_is_confirmed(bench: Bench) -> None:
    """Nothing would follow its positions: the annotation says that this is meant."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(state="Stopped")
    await bench.hear(held=True)
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == 1
    assert await bench.said("Stalled") == ("True", "StopNotConfirmed")

    await bench.edit(annotations={names.CONFIRM_STOP: "true"})
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == 0


async def test_a_persons_annotation_keeps_the_operator_off(bench: Bench) -> None:
    """Only the status says so; children stay as they are."""
    await bench.serve(account())
    await bench.edit(annotations={names.RECONCILE: "paused"}, entryPct=9)
    before = len(bench.cluster.writes)
    await bench.settle()

    assert {write.split()[0] for write in bench.cluster.writes[before:]} <= {"status", "create"}
    assert await bench.said("ReconciliationPaused") == ("True", "Annotated")


async def test_what_somebody_changed_by_hand_is_put_back(bench: Bench) -> None:
    """Drift."""
    await bench.serve(account())
    ref = Ref(DEPLOYMENT, "traders", "account-alice")
    await bench.cluster.patch(ref, {"spec": {"replicas": 3, "strategy": {"type": "RollingUpdate"}}})
    await bench.settle()

    found = await bench.deployment()
    assert (found["spec"]["replicas"], found["spec"]["strategy"]["type"]) == (1, "Recreate")


async def test_what_others_add_beside_it_is_theirs(bench: Bench) -> None:
    """A label of another program is neither taken away nor a reason to write."""
    await bench.serve(account())
    ref = Ref(DEPLOYMENT, "traders", "account-alice")
    await bench.cluster.patch(ref, {"metadata": {"labels": {"team": "red"}}})
    before = len(bench.cluster.writes)
    await bench.reconcile()

    assert bench.cluster.writes[before:] == []
    assert (await bench.deployment())["metadata"]["labels"]["team"] == "red"


async def test_a_field_that_is_no_longer_set_goes(bench: Bench) -> None:
    """Another policy of deletion takes the owner references away."""
    await bench.serve(account())
    await bench.edit(deletionPolicy="Flatten")
    await bench.settle()

    assert "ownerReferences" not in (await bench.deployment())["metadata"]


async def test_the_worker_is_the_same_account_after_it_was_made_anew(bench: Bench) -> None:
    """Its key is of fleet, namespace and name, not of the resource's uid."""
    await bench.serve(account())
    before = (await bench.deployment())["spec"]["template"]
    await bench.cluster.delete(Ref(ACCOUNT, "traders", "alice"))
    await bench.put(account())
    await bench.settle()

    found = await bench.deployment()
    arguments = found["spec"]["template"]["spec"]["containers"][0]["args"]
    assert found["spec"]["template"] == before
    assert str(bench.policy.fleet_id) in arguments
    owner = found["metadata"]["ownerReferences"]
    assert [one["uid"] for one in owner] == [
        (await bench.cluster.get(Ref(ACCOUNT, "traders", "alice")) or {})["metadata"]["uid"]
    ]


async def test_no_value_of_a_secret_is_ever_written(bench: Bench) -> None:
    """In no object, status or event."""
    telegram = {"secretRef": {"name": "alice-telegram"}, "chatIds": ["1"]}
    await bench.serve(live(telegram=telegram), keys_of(), secret("alice-telegram", botToken=BOT))
    own = [o for kind in (*CHILDREN, ACCOUNT) for o in await bench.cluster.list(kind)]
    text = json.dumps([*own, [repr(bench.roster.entries()), bench.cluster.writes]])

    assert KEY not in text
    assert SECRET_KEY not in text
    assert BOT not in text


async def test_an_account_that_is_gone_leaves_the_roster(bench: Bench) -> None:
    """And costs nothing."""
    await bench.serve(account())
    await bench.cluster.delete(Ref(ACCOUNT, "traders", "alice"))
    await bench.end()

    assert (await bench.reconcile()).writes == 0
    assert bench.roster.keys() == []


def _pod_kind() -> Any:
    from tradepods_operator.ports import POD

    return POD


async def test_two_accounts_of_one_name_in_two_namespaces_are_two(bench: Bench) -> None:
    """Each has its own objects and its own key."""
    await bench.serve(account())
    other = Key("others", "alice")
    await bench.put(account(namespace="others"))
    await bench.settle(other)

    assert (await bench.deployment(other))["metadata"]["namespace"] == "others"
