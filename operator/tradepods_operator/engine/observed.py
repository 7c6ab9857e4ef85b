"""An account as the cluster shows it, with all that one decision may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from tradepods_core.errors import Invalid
from tradepods_core.ids import account_key
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account
from tradepods_core.wire.fleet import Digest
from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL, MANAGED_BY, OPERATOR
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, Document, Key, Kind, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A TradingAccount.

    Attributes:
        spec: None where it can't be used; `wrong` says why.
        deleting: since when it is to be deleted.

    """

    key: Key
    uid: str
    version: str
    generation: int
    created: datetime
    annotations: Mapping[str, str]
    finalizers: tuple[str, ...]
    deleting: datetime | None
    body: Document
    spec: AccountSpec | None
    wrong: str
    status: Document

    def reason(self, kind: str) -> str:
        """Of one of its conditions, as they were written last; "" where there is none such."""
        return next((str(one["reason"]) for one in self.status.get("conditions") or () if one["type"] == kind), "")

    def identity(self, fleet: UUID) -> UUID:
        """Its key in ledgers and client order ids."""
        return account_key(fleet=fleet, namespace=self.key.namespace, name=self.key.name)


def read(document: Document) -> Account:
    """The account of a document of the API server."""
    about = document["metadata"]
    spec, wrong = _spec(document.get("spec"))
    deleting = about.get("deletionTimestamp")
    return Account(
        key=Key(about["namespace"], about["name"]),
        uid=about["uid"],
        version=about.get("resourceVersion", ""),
        generation=about.get("generation", 1),
        created=moment(about["creationTimestamp"]),
        annotations=about.get("annotations") or {},
        finalizers=tuple(about.get("finalizers") or ()),
        deleting=None if deleting is None else moment(deleting),
        body=document.get("spec") or {},
        spec=spec,
        wrong=wrong,
        status=document.get("status") or {},
    )


def _spec(body: object) -> tuple[AccountSpec | None, str]:
    try:
        return read_account(body), ""
    except Invalid as error:
        return None, str(error)


def moment(text: str) -> datetime:
    """A time as the API server writes it; raises ValueError where it is none."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)  # a hand may leave that out


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSeen:
    """What is known of a Secret that the account names: never a value of it.

    Attributes:
        field: where the account names it.
        wrong: what is wrong with it, "" where nothing.

    """

    field: str
    name: str
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """All of them.

    Attributes:
        digest: of the keys in use, salted with the account's key; "" where one is missing.
        marks: of what no two accounts may share, by field, salted with the fleet's id. Never written anywhere.

    """

    seen: tuple[SecretSeen, ...] = ()
    digest: str = ""
    marks: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """What the other accounts mean for this one.

    Attributes:
        shared: the field whose secret an account with the better right has too; "" where none.
        queued: the fleet has as many workers as it may.
        under_way: how many other workers are starting or restarting now. failed: how many restarts came to nothing.
        waiting: how many others wait for their turn.
        many_degraded: so many crash that it is hardly their own fault.

    """

    shared: str = ""
    queued: bool = False
    under_way: int = 0
    waiting: int = 0
    failed: int = 0
    many_degraded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of applying an account's objects last.

    Attributes:
        refused: why the API server takes one of them never, in its words; "" where it takes them all.
        delayed: why it can't take one just now.
        failed: the kinds of these.
        some: the last pass had something to apply.
        taken: names what was applied and came back otherwise, as a webhook changes it, with what it is since.

    """

    refused: str = ""
    delayed: str = ""
    failed: frozenset[Kind] = frozenset()
    some: bool = False
    taken: Mapping[Ref, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that a plan may see.

    Attributes:
        children: the account's objects that exist.
        digest: what its worker said last. fleet_known: whether the fleet could be asked lately.
        listened: whether it could be for so long that every worker that runs was heard.
        refused: what the API server has said for good to an object of the account; "" where nothing.
        still: marks, as those of its Secrets, of former ones that a pod of it has; likewise never written anywhere.
        money_at: when money was last written into the status, as far as this process knows.

    """

    account: Account
    children: Mapping[Kind, Document] = field(default_factory=dict)
    pods: tuple[Document, ...] = ()
    secrets: Secrets = Secrets()
    digest: Digest | None = None
    fleet_known: bool = True
    listened: bool = True
    peers: Peers = Peers()
    applied: Applied = Applied()
    still: frozenset[str] = field(default=frozenset(), repr=False)
    money_at: datetime | None = None

    @property
    def deployment(self) -> Document | None:
        """The worker's."""
        return self.children.get(DEPLOYMENT)

    @property
    def fresh(self) -> bool:
        """Whether its worker was heard lately."""
        return self.digest is not None and not self.digest.silent

    @property
    def heard(self) -> bool:
        """The same, and by an operator that can ask."""
        return self.fresh and self.fleet_known

    @property
    def holds(self) -> bool:
        """Whether anything is open, by the last that was heard; silence is no proof of a flat account."""
        return self.digest is not None and is_open(self.digest)

    @property
    def may_hold(self) -> bool:
        """The same where it isn't known to be flat: what was heard before the fleet couldn't be asked proves nothing.

        Where a worker was not heard yet: by the status, or as none was.
        """
        if self.digest is not None:
            return self.holds or (self.has_worker and not self.fleet_known)
        unheard = self.has_worker and not (self.fleet_known and self.listened)
        return unheard or bool(self.account.status.get("openPositions"))

    @property
    def has_worker(self) -> bool:
        """Whether one is to run, or still does: a pod that was told to end has not ended yet."""
        return works(self.deployment) or bool(running(self.pods))


def is_open(digest: Digest) -> bool:
    """Whether an account has anything open, as its worker says."""
    return bool(digest.heartbeat.positions or digest.heartbeat.guarded)


def annotation(document: Document | None, name: str) -> str:
    """One of its annotations, "" where it has none such."""
    if document is None:
        return ""
    return str((document["metadata"].get("annotations") or {}).get(name, ""))


def time_noted(document: Document | None, name: str) -> str:
    """An annotation that names a time, "" where it names none: somebody else may have written there."""
    text = annotation(document, name)
    try:
        moment(text)
    except ValueError:
        return ""
    return text


def is_ours(document: Document, key: Key) -> bool:
    """Whether an object is this account's, made by us, and nobody else's."""
    about = document["metadata"]
    labels = about.get("labels") or {}
    if labels.get(MANAGED_BY) != OPERATOR or labels.get(ACCOUNT_LABEL) != key.name:
        return False
    owners = [owner for owner in about.get("ownerReferences") or () if owner.get("controller")]
    return all((owner["kind"], owner["name"]) == (ACCOUNT.name, key.name) for owner in owners)


def works(deployment: Document | None) -> bool:
    """Whether a Deployment is to have its pod."""
    return deployment is not None and deployment["spec"].get("replicas", 1) > 0


def running(pods: tuple[Document, ...]) -> list[Document]:
    """The pods that have not come to their end."""
    return [pod for pod in pods if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")]


def ready(pod: Document) -> bool:
    """Whether a pod says that it is Ready, and isn't being deleted."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return "deletionTimestamp" not in pod["metadata"] and any(
        c["type"] == "Ready" and c["status"] == "True" for c in conditions
    )
