"""Accounts as an operator sees them: documents, pods, heartbeats, and a cluster in memory with all of it."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from support.build import WALL
from tradepods_core.manifest import API_VERSION
from tradepods_core.times import written
from tradepods_core.wire.fleet import Condition, Digest, Heartbeat, OpenPosition, Tally
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.adapters.fleet_memory import MemoryStrategies
from tradepods_operator.adapters.memory import MemoryCluster
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.settings_map import handed
from tradepods_operator.engine.observed import annotation, read
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.reconcile import Reconciler
from tradepods_operator.engine.roster import Roster
from tradepods_operator.engine.store import Store
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT, POD, SECRET, Document, Key, Kind, Reconciled, Ref

FLEET = UUID("00000000-0000-4000-8000-00000000f1ee")
ALICE = Key("traders", "alice")
KEY, SECRET_KEY, BOT = "api-key-of-alice-123456", "api-secret-of-alice-123456", "123:bot-token-of-alice"
FINE = ("CredentialsValid", "SignalsFresh", "Protected", "SettingsApplied")


def policy(**changes: Any) -> Policy:
    """An operator's settings."""
    values: dict[str, Any] = {
        "fleetId": str(FLEET),
        "releaseNamespace": "tradepods",
        "worker": {"image": "tradepods-worker:1"},
        "signals": {"url": "http://tradepods-signals.tradepods:8080"},
        "allowedEndpoints": ["http://simulator.tradepods:9000"],
    }
    return Policy.model_validate(values | changes)


def account(name: str = "alice", *, namespace: str = "traders", **spec: Any) -> dict[str, Any]:
    """A TradingAccount as a person writes it: a dry run without a bot, but for the changes."""
    return {
        "apiVersion": API_VERSION,
        "kind": "TradingAccount",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"exchange": {"id": "binanceusdm"}, **spec},
    }


def live(name: str = "alice", **spec: Any) -> dict[str, Any]:
    """One that trades real money."""
    keys = {"name": f"{name}-exchange"}
    terms: dict[str, Any] = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": keys}
    return account(name, **terms | spec)


def secret(name: str, *, namespace: str = "traders", **values: str) -> dict[str, Any]:
    """A Secret as the API server has it."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    about = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": about, "type": "Opaque", "data": data}


def keys_of(name: str = "alice") -> dict[str, Any]:
    """Credentials of an exchange, each account's own."""
    return secret(f"{name}-exchange", apiKey=f"{KEY}-{name}", apiSecret=SECRET_KEY)


def position(*, protected: bool = True) -> OpenPosition:
    """Something open."""
    one = Decimal(1)
    return OpenPosition(
        symbol="BTC/USDT:USDT", side="long", quantity=one, average=one, unrealized=Decimal(0), protected=protected
    )


def heartbeat(settings_hash: str, *, equity: str = "10000", held: bool = False, **changes: Any) -> Heartbeat:
    """A worker that is well."""
    said = [Condition(type=kind, status="True", reason="Fine") for kind in FINE]
    said.append(Condition(type="TradingHalted", status="False", reason="Trading"))
    values: dict[str, Any] = {
        "at": WALL,
        "dry_run": False,
        "state": "Running",
        "settings_hash": settings_hash,
        "equity": Decimal(equity),
        "positions": (position(),) if held else (),
        "tally": Tally(realized_pnl=Decimal(0), fees=Decimal(0)),
        "conditions": tuple(said),
    }
    return Heartbeat(**values | changes)


class NothingThere(LookupError):
    """There is no such object now."""


class Bench:
    """An operator's reconciler on a cluster in memory, whose other parts the test plays."""

    def __init__(self, **changes: Any) -> None:
        self.clock = ManualClock(WALL)
        self.cluster = MemoryCluster(now=self.clock.now)
        self.policy = policy(**changes)
        files = Ref(CONFIG_MAP, self.policy.release_namespace, self.policy.strategies_map)
        self.service = MemoryStrategies(self.cluster, files)
        self.digests: dict[Key, Digest] = {}
        self.fleet_known = self.fleet_listened = True
        self.triggered: list[Key] = []
        self.forgotten: list[Key] = []
        self.cluster.watch = self._shown
        self.restart()

    def restart(self) -> None:
        """Another operator, that remembers nothing."""
        self.roster, self.store = Roster(self.policy), Store()
        self.reconciler = Reconciler(
            cluster=self.cluster,
            store=self.store,
            fleet=self,
            policy=self.policy,
            roster=self.roster,
            trigger=self.trigger,
            forgotten=self.forgotten.append,
            now=self.clock.now,
        )

    def _shown(self, kind: Kind, document: Document, *, gone: bool) -> None:
        self.store.shown(kind, document, gone=gone)

    def trigger(self, keys: Sequence[Key], *, why: str) -> None:
        """A pass has made a difference for these."""
        assert why
        self.triggered.extend(keys)

    def digest(self, key: Key) -> Digest | None:
        """What a worker said last."""
        return self.digests.get(key)

    def known(self) -> bool:
        """Whether the fleet can be asked."""
        return self.fleet_known

    def listened(self) -> bool:
        """Whether it could be for long enough."""
        return self.fleet_listened

    async def put(self, *documents: Mapping[str, Any]) -> None:
        """As people do; by somebody else than the operator."""
        for document in documents:
            await self.cluster.create(document)

    async def edit(self, key: Key = ALICE, *, annotations: Mapping[str, str | None] | None = None, **spec: Any) -> None:
        """A person changes the account."""
        body: dict[str, Any] = {"spec": spec}
        if annotations is not None:
            body["metadata"] = {"annotations": annotations}
        await self.cluster.patch(Ref(ACCOUNT, key.namespace, key.name), body)

    async def reconcile(self, key: Key = ALICE) -> Reconciled:
        """One pass."""
        return await self.reconciler.reconcile(key)

    async def settle(self, key: Key = ALICE) -> None:
        """Until nothing more is to be done."""
        for _ in range(10):
            before = len(self.cluster.writes)
            await self.reconcile(key)
            if len(self.cluster.writes) == before:
                return
        raise AssertionError(self.cluster.writes[-10:])

    async def serve(self, document: Mapping[str, Any], *others: Mapping[str, Any], held: bool = False) -> None:
        """An account whose worker runs, is Ready, and reports."""
        await self.put(document, *others)
        key = Key(document["metadata"]["namespace"], document["metadata"]["name"])
        await self.settle(key)
        await self.pod(key)
        await self.hear(key, held=held)
        await self.settle(key)

    async def pod(self, key: Key = ALICE, *, ready: bool = True, name: str = "pod", **container: Any) -> None:
        """A pod of the worker's present template, as its controller would make one; raises NothingThere."""
        deployment = await self.deployment(key)
        if deployment is None:
            raise NothingThere
        template = deployment["spec"]["template"]
        about = {
            "name": f"{key.name}-{name}",
            "namespace": key.namespace,
            "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"],
        }
        status = {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [{"name": "worker", "restartCount": 0, **container}],
        }
        ref = Ref(POD, key.namespace, about["name"])
        await self.cluster.delete(ref)
        await self.cluster.create(
            {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": template["spec"], "status": status}
        )

    async def end(self, key: Key = ALICE) -> None:
        """The pods that were told to end have."""
        for pod in await self.pods(key):
            await self.cluster.delete(Ref(POD, key.namespace, pod["metadata"]["name"]))

    async def crash(self, count: int, *, key: Key = ALICE, reason: str = "Error", ago: float = 0) -> None:
        """The worker's container has ended so many times; raises NothingThere."""
        ended = {"reason": reason, "exitCode": 1, "finishedAt": written(self.clock.now() - timedelta(seconds=ago))}
        container = {"name": "worker", "restartCount": count, "lastState": {"terminated": ended}}
        pod = await self.only_pod(key)
        body = {"status": {"containerStatuses": [container]}}
        await self.cluster.patch(Ref(POD, key.namespace, pod["metadata"]["name"]), body)

    async def hear(self, key: Key = ALICE, *, silent: bool = False, **changes: Any) -> None:
        """Its worker reports, by default with the settings that it was handed; raises NothingThere, Invalid."""
        document = await self.cluster.get(Ref(ACCOUNT, key.namespace, key.name))
        if document is None:
            raise NothingThere
        settings = changes.pop("settings_hash", None) or hash_of(document)
        self.digests[key] = Digest(
            namespace=key.namespace,
            name=key.name,
            version=1,
            seen_at=self.clock.now(),
            silent=silent,
            heartbeat=heartbeat(settings, **changes),
        )

    async def deployment(self, key: Key = ALICE) -> Any:
        """The worker's Deployment."""
        return await self.cluster.get(Ref(DEPLOYMENT, key.namespace, names.worker(key.name)))

    async def pods(self, key: Key = ALICE) -> list[Any]:
        """The worker's pods."""
        return list(await self.cluster.list(POD, namespace=key.namespace, labels=names.workers(key.name)))

    async def only_pod(self, key: Key = ALICE) -> Any:
        """The worker's only pod; raises NothingThere."""
        match await self.pods(key):
            case []:
                raise NothingThere
            case [pod]:
                return pod
            case several:
                raise AssertionError(several)

    async def status(self, key: Key = ALICE) -> Any:
        """The account's status."""
        document = await self.cluster.get(Ref(ACCOUNT, key.namespace, key.name))
        assert document is not None
        return document.get("status", {})

    async def condition(self, kind: str, key: Key = ALICE) -> Any:
        """One of its conditions."""
        return next(c for c in (await self.status(key))["conditions"] if c["type"] == kind)

    async def said(self, kind: str, key: Key = ALICE) -> tuple[str, str]:
        """Status and reason of one."""
        found = await self.condition(kind, key)
        return found["status"], found["reason"]

    async def replace_secret(self, document: Mapping[str, Any], *, noticed: bool = True) -> None:
        """A person rotates it, and the next look at all Secrets finds it so."""
        about = document["metadata"]
        await self.cluster.delete(Ref(SECRET, about["namespace"], about["name"]))
        await self.cluster.create(document)
        if noticed:
            await self.look_at_secrets()

    async def look_at_secrets(self) -> None:
        """As the operator does each minute."""
        for one in await self.cluster.list(ACCOUNT):
            await self.reconciler.secrets_changed(read(one))

    async def note(self, name: str, key: Key = ALICE) -> str:
        """An annotation of the Deployment."""
        return annotation(await self.deployment(key), name)

    def now(self) -> datetime:
        """The clock's."""
        return self.clock.now()


def hash_of(document: Mapping[str, Any]) -> str:
    """Of the settings that an account's worker is handed."""
    from tradepods_core.settings.fingerprint import settings_hash

    return settings_hash(handed(read(document)))
