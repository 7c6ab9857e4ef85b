"""The rights without which the operator can't do its work: those that the chart gives it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WATCHED = ("get", "list", "watch")
OWNED = (*WATCHED, "create", "patch", "delete")
HERE: Mapping[str, tuple[str, ...]] = {
    "tradingaccounts.tradepods.dev": (*WATCHED, "patch"),
    "tradingstrategies.tradepods.dev": WATCHED,
    "tradingaccounts.tradepods.dev/status": ("patch",),
    "tradingstrategies.tradepods.dev/status": ("patch",),
    "tradingaccounts.tradepods.dev/finalizers": ("update",),
    "configmaps": OWNED,
    "serviceaccounts": OWNED,
    "persistentvolumeclaims": ("get", "list", "create", "patch"),
    "deployments.apps": OWNED,
    "networkpolicies.networking.k8s.io": OWNED,
    "pods": (*WATCHED, "patch"),
    "jobs.batch": ("create",),
    "events": ("create",),
}
SECRETS = {"secrets": ("get",)}
LEASE, LEASES = {"leases.coordination.k8s.io": ("get", "update")}, {"leases.coordination.k8s.io": ("create",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """To do something with a resource, written as in `deployments.apps/scale`; with one object where `name` says so."""

    verb: str
    resource: str
    namespace: str
    name: str = ""

    def __str__(self) -> str:
        """For a person."""
        return f"{self.verb} {self.resource}" + (f" in {self.namespace}" if self.namespace else "")

    def attributes(self) -> Mapping[str, str]:
        """As a SubjectAccessReview asks for it."""
        whole, _, part = self.resource.partition("/")
        plural, _, group = whole.partition(".")
        found = {"verb": self.verb, "group": group, "resource": plural, "subresource": part}
        return {**found, "namespace": self.namespace, "name": self.name}


def needed(*, release: str, lease: str, everywhere: bool, namespaces: frozenset[str]) -> Iterator[Right]:
    """What an operator of a release needs for the accounts of some namespaces, each in its own or by one for all."""
    for namespace in [""] if everywhere else sorted(namespaces):
        yield from _rights(HERE, namespace)
    for namespace in sorted(namespaces):
        yield from _rights(SECRETS, namespace)
    yield from _rights(LEASE, release, name=lease)
    yield from _rights(LEASES, release)


def _rights(table: Mapping[str, tuple[str, ...]], namespace: str, name: str = "") -> Iterator[Right]:
    for resource, verbs in table.items():
        for verb in verbs:
            yield Right(verb=verb, resource=resource, namespace=namespace, name=name)
