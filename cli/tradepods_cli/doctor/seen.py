"""All that a check of a cluster may see: each part as it was answered, or the error that came instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tradepods_cli.cluster.kubeconfig import Place
from tradepods_cli.cluster.ports import Answer
from tradepods_cli.cluster.standing import Standing
from tradepods_cli.doctor.rights import Right
from tradepods_core.errors import TradepodsError
from tradepods_operator.engine.manifests.names import COMPONENT, MANAGED_BY, OPERATOR, WORKER
from tradepods_operator.engine.secret_uses import SecretUse
from tradepods_operator.ports import Document, Kind

OURS = {"app.kubernetes.io/name": "tradepods"}
WORKERS = {MANAGED_BY: OPERATOR, COMPONENT: WORKER}
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
SERVICE = Kind("v1", "Service", "services")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A Secret that an account names, and the names of its keys; None where nothing tells them."""

    account: Standing
    use: SecretUse
    keys: frozenset[str] | TradepodsError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One installed operator, and the signal service beside it.

    Attributes:
        serves: the namespaces whose accounts it serves; none for all of them.
        missing: the rights that it lacks.

    """

    operator: Document
    lease_name: str
    serves: frozenset[str]
    signals: Document | None
    lease: Document | TradepodsError
    missing: tuple[Right, ...] | TradepodsError
    health: Answer | TradepodsError
    readiness: Answer | TradepodsError

    @property
    def namespace(self) -> str:
        """Where it is."""
        return str(self.operator["metadata"]["namespace"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at a cluster.

    Attributes:
        asked_at: this machine's clock in the middle of the first question; server_time: the cluster's at its answer.
        round_trip: how long that question took.

    """

    place: Place
    asked_at: datetime
    server_time: datetime | None
    round_trip: timedelta
    version: Document | TradepodsError
    served: Document | TradepodsError
    definitions: Mapping[str, Document | TradepodsError]
    accounts: list[Standing] | TradepodsError
    strategies: list[Document] | TradepodsError
    installed: list[Document] | TradepodsError
    releases: tuple[Release, ...]
    uses: tuple[Use, ...]
    workers: list[Document] | TradepodsError
    policies: list[Document] | TradepodsError


def label(document: Document, name: str) -> str:
    """One of its labels, "" where it has none such."""
    return str((document["metadata"].get("labels") or {}).get(name, ""))


def pod_of(deployment: Document) -> Mapping[str, Any]:
    """The spec of its pods."""
    found: Mapping[str, Any] = deployment["spec"]["template"]["spec"]
    return found


def container_of(deployment: Document) -> Mapping[str, Any]:
    """The first container of its pods."""
    found: Mapping[str, Any] = pod_of(deployment)["containers"][0]
    return found


def arguments(deployment: Document, option: str) -> list[str]:
    """The values of an option on its command line, written as `--option=value`."""
    given = container_of(deployment).get("args") or ()
    return [one.partition("=")[2] for one in given if one.startswith(f"{option}=")]
