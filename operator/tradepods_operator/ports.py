"""What the operator asks of the outside: a cluster, the fleet, a clock."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tradepods_core.errors import Temporary
from tradepods_core.manifest import API_VERSION
from tradepods_core.wire.fleet import Fleet
from tradepods_core.wire.published import StrategyProblem

Document = Mapping[str, Any]  # an object as the API server writes it
Sleep = Callable[[float], Awaitable[None]]
FIELD_MANAGER = "tradepods-operator"
DROPPED = "dropped"  # the result of a pass after which an account is gone before its deletionPolicy came to its end


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """An account, by namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """`{namespace}/{name}`."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A kind of object: its API version, its name, and its plural in addresses."""

    api: str
    name: str
    plural: str


ACCOUNT = Kind(API_VERSION, "TradingAccount", "tradingaccounts")
STRATEGY = Kind(API_VERSION, "TradingStrategy", "tradingstrategies")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
POD = Kind("v1", "Pod", "pods")
JOB = Kind("batch/v1", "Job", "jobs")
SECRET = Kind("v1", "Secret", "secrets")
EVENT = Kind("v1", "Event", "events")
WATCHED = (ACCOUNT, STRATEGY, DEPLOYMENT, POD, CONFIG_MAP, NETWORK_POLICY, SERVICE_ACCOUNT)
# lists that the API server merges, by field, with the field by which it knows their members; other ones it replaces
MERGED = {
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
KINDS = (ACCOUNT, STRATEGY, CONFIG_MAP, SERVICE_ACCOUNT, CLAIM, NETWORK_POLICY, DEPLOYMENT, POD, JOB, SECRET, EVENT)


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Where an object is."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        """`{kind} {namespace}/{name}`."""
        return f"{self.kind.name} {self.namespace}/{self.name}"


def ref_of(document: Document) -> Ref:
    """Where a document's object is; its kind is one of ours."""
    kind = next(k for k in KINDS if (k.api, k.name) == (document["apiVersion"], document["kind"]))
    return Ref(kind, document["metadata"]["namespace"], document["metadata"]["name"])


class Conflict(Temporary):
    """Somebody else has changed the object, or made it first: look again."""


class Gone(Temporary):
    """The object isn't there (any more)."""


class Cluster(Protocol):
    """The API server. Every method raises Temporary where it does not answer, Permanent where it refuses for good."""

    async def get(self, ref: Ref) -> Document | None:
        """The object, None where there is none."""
        ...

    async def list(self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Document]:
        """The objects of a kind with these labels, of one namespace or of all that the operator serves.

        Without who owns which field, and pods without their spec: both are large, and nobody asks.
        """
        ...

    def pages(
        self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> AsyncIterator[Sequence[Document]]:
        """The same, some at a time, so that nobody has to hold all of them."""
        ...

    async def apply(self, document: Document) -> Document:
        """Apply server-side as our field manager: what we own and somebody else changed is put back.

        Gives the object as it is then: a webhook may have made something else of it.
        """
        ...

    async def apply_status(self, document: Document) -> None:
        """The same for the status alone; raises Gone."""
        ...

    async def create(self, document: Document) -> None:
        """Create; raises Conflict where it is there already."""
        ...

    async def patch(self, ref: Ref, body: Document) -> None:
        """Merge into the object; raises Gone, and Conflict where `body` names another resourceVersion."""
        ...

    async def delete(self, ref: Ref, *, uid: str = "") -> None:
        """Delete, in the background; one that is gone already is no error. With `uid`, that very object only."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategiesHeard:
    """What the signal service says of its strategies.

    Attributes:
        revisions: of those that it goes by.
        problems: what keeps others out; a path begins with the name of the file.

    """

    revisions: Mapping[Key, str]
    problems: Sequence[StrategyProblem] = ()


class StrategyReader(Protocol):
    """The signal service, which goes by the strategies that it was handed."""

    async def strategies(self) -> StrategiesHeard:
        """All that it says of them, read once; raises Temporary."""
        ...


class FleetReader(Protocol):
    """The signal service, which hears every worker."""

    async def since(self, version: int) -> Fleet:
        """The digests that changed after this version; raises Temporary."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one pass over an account has come to.

    Attributes:
        writes: how many requests changed something.
        again_in: seconds after which time alone makes a difference; None where it does not. 0 where this pass is but a
            first step: at once, and more seldom where others follow in a row.
        untold: what could not be told to an account's chat or in a strategy's status, and why; "" where all could.
        dropped: why it has gone before its deletionPolicy came to its end, "" where it has not.

    """

    writes: int
    again_in: float | None = None
    untold: str = ""
    dropped: str = ""


class Trigger(Protocol):
    """Takes the keys of what may have changed, and why."""

    def __call__(self, keys: Sequence[Key], *, why: str) -> None:
        """Reconcile these, soon."""
        ...
