"""Looks at a cluster once: every question by itself, so that one that is refused leaves the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tradepods_cli.cluster.kubeconfig import Place
from tradepods_cli.cluster.ports import Answer, Cluster, Forbidden
from tradepods_cli.cluster.standing import Standing, by_name
from tradepods_cli.doctor.rights import Right, needed
from tradepods_cli.doctor.seen import (
    DEFINITION,
    LEASE,
    OURS,
    SERVICE,
    WORKERS,
    Release,
    Seen,
    Use,
    arguments,
    container_of,
    label,
    pod_of,
)
from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_core.manifest import API_VERSION
from tradepods_operator.engine.manifests.names import COMPONENT
from tradepods_operator.engine.observed import read
from tradepods_operator.engine.secret_uses import uses
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, NETWORK_POLICY, SECRET, STRATEGY, Document, Ref

Told = TypeVar("Told")


def look(cluster: Cluster, place: Place, *, release: str, now: Callable[[], datetime]) -> Seen:
    """One look; `release` is the operator's namespace, "" where it is to be found. Raises nothing of the cluster's."""
    begun = now()
    version = _tried(lambda: cluster.look("/version"))
    ended = now()
    server_time = cluster.server_time
    documents = _tried(lambda: cluster.list(ACCOUNT, namespace=place.namespace))
    accounts = documents if isinstance(documents, TradepodsError) else by_name(documents)
    installed = _installed(cluster, place, release)
    asking = _Asking(cluster=cluster, place=place, accounts=[] if isinstance(accounts, TradepodsError) else accounts)
    return Seen(
        place=place,
        asked_at=begun + (ended - begun) / 2,
        server_time=server_time,
        round_trip=ended - begun,
        version=version,
        served=_tried(lambda: cluster.look(f"/apis/{API_VERSION}")),
        definitions={
            name: _tried(lambda name=name: cluster.get(Ref(DEFINITION, "", name)))  # type: ignore[misc]
            for name in (f"{kind.plural}.{API_VERSION.partition('/')[0]}" for kind in (ACCOUNT, STRATEGY))
        },
        accounts=accounts,
        strategies=_tried(lambda: cluster.list(STRATEGY, namespace=place.namespace)),
        installed=installed,
        releases=() if isinstance(installed, TradepodsError) else tuple(asking.releases(installed)),
        uses=() if isinstance(documents, TradepodsError) else tuple(_uses(cluster, documents)),
        workers=_tried(lambda: cluster.list(DEPLOYMENT, namespace=place.namespace, labels=WORKERS)),
        policies=_tried(lambda: cluster.list(NETWORK_POLICY, namespace=place.namespace, labels=WORKERS)),
    )


def _tried(ask: Callable[[], Told]) -> Told | TradepodsError:
    try:
        return ask()
    except (Permanent, Temporary) as error:
        return error


def _installed(cluster: Cluster, place: Place, release: str) -> list[Document] | TradepodsError:
    """Everywhere, unless a namespace is named; in the accounts' own where the person may look at nothing else."""
    found = _tried(lambda: _parts(cluster, release))
    if isinstance(found, Forbidden) and not release and place.namespace:
        near = _tried(lambda: _parts(cluster, place.namespace))
        return near if isinstance(near, list) and _operators(near) else found
    return found


def _parts(cluster: Cluster, namespace: str) -> list[Document]:
    """Operators and signal services; workers have the same name, and there may be many."""
    labels = [{**OURS, COMPONENT: component} for component in ("operator", "signals")]
    return [one for wanted in labels for one in cluster.list(DEPLOYMENT, namespace=namespace, labels=wanted)]


def _operators(deployments: list[Document]) -> list[Document]:
    return [one for one in deployments if label(one, COMPONENT) == "operator"]


def _uses(cluster: Cluster, documents: list[Document]) -> Iterator[Use]:
    """A Secret that many accounts name is asked for once."""
    known: dict[Ref, frozenset[str] | TradepodsError | None] = {}
    for document, account in zip(sorted(documents, key=_name), by_name(documents), strict=True):
        spec = read(document).spec
        for use in () if spec is None else uses(spec):
            ref = Ref(SECRET, account.key.namespace, use.name)
            if ref not in known:
                known[ref] = _tried(lambda ref=ref: cluster.keys(ref))  # type: ignore[misc]
            yield Use(account=account, use=use, keys=known[ref])


def _name(document: Document) -> tuple[str, str]:
    return document["metadata"]["namespace"], document["metadata"]["name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """Questions about operators."""

    cluster: Cluster
    place: Place
    accounts: list[Standing]

    def releases(self, installed: list[Document]) -> Iterator[Release]:
        """Each operator that may be meant: those that serve the namespace, where one is asked about."""
        for operator in _operators(installed):
            serves = frozenset(arguments(operator, "--namespace"))
            beside = [one for one in installed if label(one, COMPONENT) == "signals" and _same(one, operator)]
            signals = beside[0] if beside else None
            (lease_name,) = arguments(operator, "--lease")[:1] or ["tradepods-operator"]
            lease = Ref(LEASE, operator["metadata"]["namespace"], lease_name)
            yield Release(
                operator=operator,
                lease_name=lease_name,
                serves=serves,
                signals=signals,
                lease=_tried(lambda lease=lease: self.cluster.get(lease)),  # type: ignore[misc]
                missing=_tried(lambda: self._missing(operator, lease_name, serves)),  # noqa: B023 - asked at once
                health=self._asked(signals, "/healthz"),
                readiness=self._asked(signals, "/readyz"),
            )

    def _missing(self, operator: Document, lease: str, serves: frozenset[str]) -> tuple[Right, ...]:
        home = operator["metadata"]["namespace"]
        looked_at = {self.place.namespace} if self.place.namespace else {one.key.namespace for one in self.accounts}
        namespaces = frozenset({home, *looked_at} if not serves else {home, *looked_at} & {home, *serves})
        user = f"system:serviceaccount:{home}:{pod_of(operator).get('serviceAccountName', 'default')}"
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{home}", "system:authenticated")
        rights = needed(release=home, lease=lease, everywhere=not serves, namespaces=namespaces)
        return tuple(right for right in rights if not self.cluster.may(user, groups, right.attributes()))

    def _asked(self, signals: Document | None, path: str) -> Answer | TradepodsError:
        if signals is None:
            return Permanent("there is no signal service beside the operator")
        about = signals["metadata"]
        container = container_of(signals)
        scheme = str(container.get("readinessProbe", {}).get("httpGet", {}).get("scheme", "HTTP")).lower()
        service = Ref(SERVICE, about["namespace"], about["name"])
        return _tried(lambda: self.cluster.ask(service, scheme=scheme, port="http", path=path))


def _same(one: Document, other: Document) -> bool:
    instance = "app.kubernetes.io/instance"
    return (one["metadata"]["namespace"], label(one, instance)) == (
        other["metadata"]["namespace"],
        label(other, instance),
    )
