"""What the API server makes of an object is taken as it is; what it can't take now keeps nobody from being told."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from support.operated import ALICE, Bench, account, keys_of, live
from tradepods_core.errors import Temporary
from tradepods_operator.engine.news import News
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import CONFIG_MAP, DEPLOYMENT, SECRET, Document, Kind, Ref

WORKER = Ref(DEPLOYMENT, "traders", "account-alice")
MIRROR = "mirror.example/tradepods-worker:1"
DOWN = 'failed calling webhook "validate.example"'


def _container(document: Any) -> Any:
    return document["spec"]["template"]["spec"]["containers"][0]


def _to_the_mirror(document: Any) -> None:
    _container(document)["image"] = MIRROR


class Stamp:
    """Something else each time."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, document: Any) -> None:
        """Another value."""
        self.count += 1
        _container(document)["terminationMessagePolicy"] = f"Stamp{self.count}"
        _container(document)["imagePullPolicy"] = f"Stamp{self.count}"


def _mutate(bench: Bench, change: Callable[[Any], None]) -> None:
    """A webhook that changes what is applied to a Deployment."""
    apply = bench.cluster.apply

    async def changed(document: Document) -> Document:
        sent = copy.deepcopy(dict(document))
        if sent["kind"] == DEPLOYMENT.name:
            change(sent)
        return await apply(sent)

    bench.cluster.apply = changed  # type: ignore[method-assign]


class Down:
    """A webhook that does not answer for one kind, while it is switched on."""

    def __init__(self, bench: Bench, kind: Kind) -> None:
        self.on, self.kind, self._apply = True, kind, bench.cluster.apply
        bench.cluster.apply = self.apply  # type: ignore[method-assign]

    async def apply(self, document: Document) -> Document:
        """As the API server does."""
        if self.on and document["kind"] == self.kind.name:
            raise Temporary(DOWN)
        return await self._apply(document)


async def _passes(bench: Bench, count: int) -> list[str]:
    """Their writes; time goes on between them."""
    before = len(bench.cluster.writes)
    for _ in range(count):
        bench.clock.advance(5)
        await bench.reconcile()
    return bench.cluster.writes[before:]


async def _fails(bench: Bench) -> list[str]:
    """A pass that fails, and its writes."""
    before = len(bench.cluster.writes)
    bench.clock.advance(5)
    with pytest.raises(Temporary, match="webhook"):
        await bench.reconcile()
    return bench.cluster.writes[before:]


@pytest.mark.parametrize("change", [_to_the_mirror, Stamp()], ids=["the same", "another each time"])
async def test_what_a_webhook_changes_is_applied_once(change: Callable[[Any], None]) -> None:
    """Then the status, and nothing more for an account that is unchanged."""
    bench = Bench()
    _mutate(bench, change)
    await bench.put(account())
    writes = await _passes(bench, 2)
    assert writes.count(f"apply {WORKER}") == 1
    assert writes[-1] == "status TradingAccount traders/alice"

    assert await _passes(bench, 5) == []
    survey = Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=News())
    assert await survey.behind(await survey.begin()) == []


async def test_a_controllers_notes_beside_ours_have_nothing_applied_again() -> None:
    """A Deployment's revision for one: it comes right after each change of a template."""
    bench = Bench()
    _mutate(bench, _to_the_mirror)
    await bench.put(account())
    await bench.settle()
    noted = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}}, "status": {"replicas": 1}}
    await bench.cluster.patch(WORKER, noted)

    assert await _passes(bench, 2) == []


@pytest.mark.parametrize("drift", [{"replicas": 9}, {"template": {"spec": {"containers": [{"name": "worker"}]}}}])
async def test_what_a_hand_changes_is_put_back_once_where_a_webhook_has_its_way(drift: Document) -> None:
    """Also the very field that the webhook changes."""
    bench = Bench()
    _mutate(bench, _to_the_mirror)
    await bench.put(account())
    await bench.settle()
    before = await bench.deployment()
    await bench.cluster.patch(WORKER, {"spec": drift})

    assert (await _passes(bench, 5)).count(f"apply {WORKER}") == 1
    after = await bench.deployment()
    assert after["spec"] == before["spec"]


async def test_a_change_of_ours_reaches_an_object_that_a_webhook_changes() -> None:
    """Once, as any other."""
    bench = Bench()
    _mutate(bench, _to_the_mirror)
    await bench.put(account())
    await bench.settle()
    await bench.edit(resources={"limits": {"memory": "300Mi"}})

    assert (await _passes(bench, 5)).count(f"apply {WORKER}") == 1
    assert _container(await bench.deployment())["resources"]["limits"]["memory"] == "300Mi"


async def _bare(bench: Bench) -> None:
    """Its worker says that what is open has no stop."""
    told = bench.digests[ALICE].heartbeat.conditions
    said = [one.model_copy(update={"status": "False"}) if one.type == "Protected" else one for one in told]
    await bench.hear(held=True, conditions=tuple(said))


async def test_a_status_waits_for_what_is_applied_in_one_pass_only() -> None:
    """Though another program undoes it before each pass: what the worker says is told all the same."""
    bench = Bench()
    await bench.serve(live(), keys_of(), held=True)
    await _bare(bench)
    for _ in range(2):
        await bench.cluster.patch(WORKER, {"spec": {"replicas": 2}})
        await bench.reconcile()

    assert (await bench.said("Protected"))[0] == "False"


async def test_what_can_not_be_taken_just_now_is_said() -> None:
    """From the second time on; an account that trades stays Ready, and each pass fails, so that it backs off."""
    bench = Bench()
    await bench.serve(live(), keys_of(), held=True)
    down = Down(bench, DEPLOYMENT)
    await bench.edit(resources={"limits": {"memory": "300Mi"}})
    assert await _fails(bench) == []  # it may be over with the next one
    await _fails(bench)
    assert (await bench.condition("Reconciling"))["message"] == DOWN
    assert await bench.said("Reconciling") == ("True", "NotTaken")
    assert await bench.said("Ready") == ("True", "Trading")
    assert await bench.said("Stalled") == ("False", "NotStalled")

    down.on = False
    await bench.settle()
    assert await bench.said("Reconciling") == ("True", "HoldsPosition")
    assert _container(await bench.deployment())["resources"]["limits"]["memory"] == "300Mi"


async def test_the_status_follows_the_worker_while_an_object_can_not_be_taken() -> None:
    """At each pass, and it is written only where it says something new."""
    bench = Bench()
    await bench.serve(live(), keys_of(), held=True)
    Down(bench, DEPLOYMENT)
    await bench.edit(resources={"limits": {"memory": "300Mi"}})
    await _fails(bench)
    await _fails(bench)
    await _bare(bench)
    await _fails(bench)

    assert await bench.said("Ready") == ("False", "NotProtected")
    assert await _fails(bench) == []


async def test_an_object_that_can_not_be_taken_keeps_no_other_from_being_right() -> None:
    """The ConfigMap is written though the Deployment can't be, and its pod is told of it."""
    bench = Bench()
    await bench.serve(account())
    Down(bench, DEPLOYMENT)
    await bench.edit(entryPct=7, resources={"limits": {"memory": "300Mi"}})

    assert [write.split()[:2] for write in await _fails(bench)] == [["apply", "ConfigMap"], ["patch", "Pod"]]


async def test_nobody_is_told_of_settings_that_could_not_be_written() -> None:
    """The pod hears of them once they are there."""
    bench = Bench()
    await bench.serve(account())
    down = Down(bench, CONFIG_MAP)
    await bench.edit(entryPct=7)
    assert await _fails(bench) == []

    down.on = False
    assert [write.split()[1] for write in await _passes(bench, 1)][:2] == ["ConfigMap", "Pod"]


async def test_settings_that_could_not_be_written_are_not_said_to_be_handed_on() -> None:
    """The status names those that the worker has."""
    bench = Bench()
    await bench.serve(account())
    before = await bench.status()
    down = Down(bench, CONFIG_MAP)
    await bench.edit(entryPct=7)
    await _fails(bench)
    await _fails(bench)
    assert (await bench.status())["settingsHash"] == before["settingsHash"]
    assert await bench.said("SettingsApplied") == ("False", "NotHandedOn")

    down.on = False
    await bench.settle()
    assert (await bench.status())["settingsHash"] != before["settingsHash"]
    assert await bench.said("SettingsApplied") == ("False", "Told")


async def test_an_object_that_can_not_be_patched_keeps_no_status_from_being_written() -> None:
    """Its owner can't be taken from it just now: why the account can't be served is said all the same."""
    bench = Bench()
    await bench.serve(live(), keys_of(), held=True)
    patch = bench.cluster.patch

    async def refused(ref: Ref, body: Document) -> None:
        if ref.kind == DEPLOYMENT:
            raise Temporary(DOWN)
        await patch(ref, body)

    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))
    await bench.look_at_secrets()
    await bench.edit(deletionPolicy="Flatten")
    await bench.reconcile()
    bench.cluster.patch = refused  # type: ignore[method-assign]
    await _fails(bench)

    assert await bench.said("Ready") == ("False", "SecretNotUsable")
