"""What the operator asks of a cluster: the same cases on the one in memory and on a real API server."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import pytest

from support.build import WALL
from support.cluster import Cluster as Server
from support.operated import account
from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.adapters import kube
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.adapters.memory import MemoryCluster
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, POD, Cluster, Conflict, Document, Gone, Kind, Ref


@dataclass(frozen=True, kw_only=True)
class Place:
    """A cluster, and a namespace of it that is empty."""

    cluster: Cluster
    namespace: str

    def map(self, name: str = "one", labels: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
        """A ConfigMap."""
        about = {"name": name, "namespace": self.namespace, "labels": labels or {}}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data}

    def ref(self, name: str = "one") -> Ref:
        """Where it is."""
        return Ref(CONFIG_MAP, self.namespace, name)

    async def there(self, ref: Ref) -> Document:
        """The object, which there is."""
        found = await self.cluster.get(ref)
        assert found is not None
        return found

    async def account(self) -> Ref:
        """A TradingAccount."""
        await self.cluster.create(account(namespace=self.namespace))
        return Ref(ACCOUNT, self.namespace, "alice")

    def status(self, **fields: Any) -> Document:
        """A status of it."""
        about = {"name": "alice", "namespace": self.namespace}
        return {"apiVersion": ACCOUNT.api, "kind": ACCOUNT.name, "metadata": about, "status": fields}


@pytest.fixture(params=["memory", "real"])
async def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """A cluster of each kind."""
    if request.param == "memory":
        yield Place(cluster=MemoryCluster(now=ManualClock(WALL).now), namespace="traders")
        return
    server: Server = request.getfixturevalue("cluster")
    monkeypatch.setenv(kube.KUBECONFIG, str(server.kubeconfig))
    async with kube.connected() as client:
        yield Place(cluster=kube.KubeCluster(client), namespace=request.getfixturevalue("namespace"))


async def test_what_is_not_there_is_none(place: Place) -> None:
    """And deleting it is no error; patching it is."""
    assert await place.cluster.get(place.ref()) is None
    await place.cluster.delete(place.ref())
    with pytest.raises(Gone):
        await place.cluster.patch(place.ref(), {"data": {"a": "1"}})


async def test_what_is_applied_comes_back_as_it_is_then(place: Place) -> None:
    """With what others have set beside it."""
    await place.cluster.create(place.map(b="2"))
    found = await place.cluster.apply(place.map(a="1"))
    there = await place.there(place.ref())

    assert found["data"] == {"a": "1", "b": "2"}
    assert found["metadata"]["resourceVersion"] == there["metadata"]["resourceVersion"]


async def test_what_is_there_is_not_created_again(place: Place) -> None:
    """Conflict; nothing of it changes."""
    await place.cluster.create(place.map(a="1"))
    with pytest.raises(Conflict):
        await place.cluster.create(place.map(a="2"))

    assert (await place.there(place.ref()))["data"] == {"a": "1"}


async def test_applying_creates_and_then_changes_nothing(place: Place) -> None:
    """The same again gives no new version."""
    await place.cluster.apply(place.map(a="1"))
    before = await place.there(place.ref())
    await place.cluster.apply(place.map(a="1"))

    assert (await place.there(place.ref()))["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert before["metadata"]["uid"]
    assert before["metadata"]["creationTimestamp"].endswith("Z")


async def test_applying_puts_back_what_is_ours_and_leaves_what_is_not(place: Place) -> None:
    """By force: a hand's change of our field goes, its own field stays."""
    await place.cluster.apply(place.map(a="1"))
    await place.cluster.patch(place.ref(), {"data": {"a": "9"}, "metadata": {"labels": {"team": "red"}}})
    await place.cluster.apply(place.map(a="1"))
    found = await place.there(place.ref())

    assert found["data"]["a"] == "1"
    assert found["metadata"]["labels"]["team"] == "red"


async def test_a_field_that_is_no_longer_applied_goes(place: Place) -> None:
    """It was ours alone."""
    await place.cluster.apply(place.map(a="1", b="2"))
    await place.cluster.apply(place.map(a="1"))

    assert (await place.there(place.ref()))["data"] == {"a": "1"}


async def test_objects_are_listed_by_their_labels(place: Place) -> None:
    """Of the namespace, in the order of their names, kind included."""
    for name in ("two", "one"):
        await place.cluster.create(place.map(name, labels={"app": "x", "no": name}))
    await place.cluster.create(place.map("three", labels={"app": "y"}))
    found = await place.cluster.list(CONFIG_MAP, namespace=place.namespace, labels={"app": "x"})

    assert [one["metadata"]["name"] for one in found] == ["one", "two"]
    assert {(one["apiVersion"], one["kind"]) for one in found} == {("v1", "ConfigMap")}


async def test_a_list_is_without_what_is_large_and_nobody_asks(place: Place) -> None:
    """Who owns which field, and a pod's spec; whether it comes at once or page by page."""
    about = {"name": "one", "namespace": place.namespace, "labels": {"app": "x"}}
    spec = {"containers": [{"name": "worker", "image": "none"}]}
    await place.cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec})
    found = await place.cluster.list(POD, namespace=place.namespace, labels={"app": "x"})
    pages = [page async for page in place.cluster.pages(POD, namespace=place.namespace, labels={"app": "x"})]

    assert [one["metadata"]["name"] for one in found] == ["one"]
    assert not {"spec"} & found[0].keys()
    assert "managedFields" not in found[0]["metadata"]
    assert [one for page in pages for one in page] == found


async def test_a_patch_merges_and_nothing_takes_away(place: Place) -> None:
    """`null` removes."""
    await place.cluster.create(place.map(a="1", b="2"))
    await place.cluster.patch(place.ref(), {"data": {"a": None, "c": "3"}})

    assert (await place.there(place.ref()))["data"] == {"b": "2", "c": "3"}


async def test_a_patch_of_what_has_changed_meanwhile_is_refused(place: Place) -> None:
    """By its version."""
    await place.cluster.create(place.map(a="1"))
    version = (await place.there(place.ref()))["metadata"]["resourceVersion"]
    await place.cluster.patch(place.ref(), {"data": {"a": "2"}})
    with pytest.raises(Conflict):
        await place.cluster.patch(place.ref(), {"metadata": {"resourceVersion": version}, "data": {"a": "3"}})

    assert (await place.there(place.ref()))["data"] == {"a": "2"}


async def test_another_object_of_that_name_is_not_deleted(place: Place) -> None:
    """Where the uid is given."""
    await place.cluster.create(place.map(a="1"))
    await place.cluster.delete(place.ref(), uid="00000000-0000-4000-8000-000000000000")
    found = await place.there(place.ref())
    await place.cluster.delete(place.ref(), uid=found["metadata"]["uid"])

    assert await place.cluster.get(place.ref()) is None


async def test_an_object_with_a_finalizer_waits_for_it(place: Place) -> None:
    """Deleted, it is still there, and gone with its last finalizer."""
    made = place.map(a="1")
    made["metadata"]["finalizers"] = ["tradepods.dev/x"]
    await place.cluster.create(made)
    await place.cluster.delete(place.ref())
    assert (await place.there(place.ref()))["metadata"]["deletionTimestamp"]
    await place.cluster.patch(place.ref(), {"metadata": {"finalizers": []}})

    assert await place.cluster.get(place.ref()) is None


async def test_a_status_is_its_own_part(place: Place) -> None:
    """Writing it changes no generation; what it no longer says goes; an object that is gone gets none."""
    with pytest.raises(Gone):
        await place.cluster.apply_status(place.status(phase="x"))
    ref = await place.account()
    await place.cluster.apply_status(place.status(phase="Trading", equity="1"))
    await place.cluster.apply_status(place.status(phase="Trading"))
    found = await place.there(ref)

    assert found["status"] == {"phase": "Trading"}
    assert found["metadata"]["generation"] == 1


async def test_a_changed_spec_is_a_new_generation(place: Place) -> None:
    """By which a status says what it is about."""
    ref = await place.account()
    await place.cluster.patch(ref, {"spec": {"leverage": 3}})

    assert (await place.there(ref))["metadata"]["generation"] == 2


async def test_an_account_that_is_to_go_is_a_new_generation(place: Place) -> None:
    """Of the same spec; once, however often it is deleted."""
    ref = await place.account()
    await place.cluster.patch(ref, {"metadata": {"finalizers": ["tradepods.dev/x"]}})
    await place.cluster.delete(ref)
    await place.cluster.delete(ref)
    found = await place.there(ref)
    await place.cluster.patch(ref, {"metadata": {"finalizers": []}})

    assert found["metadata"]["generation"] == 2


async def test_each_write_tells_how_it_has_left_its_object(
    cluster: Server, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its version a watch's word of it is known to be no news; one that changes nothing leaves it as it was."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setenv(kube.KUBECONFIG, str(cluster.kubeconfig))
    async with kube.connected() as client:
        found = kube.KubeCluster(
            client, left=lambda kind, one: heard.append((kind.name, one["metadata"]["resourceVersion"]))
        )
        place = Place(cluster=found, namespace=namespace)

        async def left_by(writing: Awaitable[object]) -> str:
            await writing
            return str((await place.there(place.ref()))["metadata"]["resourceVersion"])

        versions = [
            await left_by(found.create(place.map(a="1"))),
            await left_by(found.apply(place.map(a="2"))),
            await left_by(found.apply(place.map(a="2"))),
            await left_by(found.patch(place.ref(), {"data": {"b": "3"}})),
        ]

    assert heard == [("ConfigMap", version) for version in versions]
    assert len(set(versions)) == len(versions) - 1


async def test_a_kind_that_is_not_served_says_nothing_of_its_objects(
    cluster: Server, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account is not taken for gone, with all that has no other owner, while its definition is: asked again."""
    monkeypatch.setenv(kube.KUBECONFIG, str(cluster.kubeconfig))
    unserved = Kind("tradepods.dev/v9", ACCOUNT.name, ACCOUNT.plural)
    async with kube.connected() as client:
        found = kube.KubeCluster(client)
        with pytest.raises(Temporary, match="does not serve"):
            await found.get(Ref(unserved, namespace, "alice"))
        with pytest.raises(Temporary, match="does not serve"):
            await found.list(unserved, namespace=namespace)
        assert await found.get(Ref(ACCOUNT, namespace, "alice")) is None


async def test_a_server_that_is_away_is_temporary_and_a_refusal_permanent(
    cluster: Server, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words name verb and address; each request is counted by what it was for and its code."""
    counted: list[tuple[str, str, str]] = []
    monkeypatch.setenv(kube.KUBECONFIG, str(cluster.kubeconfig))
    async with kube.connected() as client:
        found = kube.KubeCluster(client, count=lambda *asked: counted.append(asked))
        wrong = account(namespace=namespace, leverage=500)
        with pytest.raises(Permanent, match="leverage"):
            await found.apply(wrong)
        client.configuration.host = "https://127.0.0.1:1"
        with pytest.raises(Temporary, match="does not answer"):
            await found.get(Ref(CONFIG_MAP, namespace, "x"))

    assert counted == [("PATCH", ACCOUNT.plural, "422"), ("GET", CONFIG_MAP.plural, "away")]
