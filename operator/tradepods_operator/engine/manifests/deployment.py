"""The Deployment of one account's worker: one pod at most, with no rights, that can write to its ledger alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.identity import token_volume
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.pod_parts import (
    CA,
    SECRETS_AT,
    SETTINGS_AT,
    Json,
    bundle_mounts,
    bundle_volumes,
    image_of,
    placed,
    restricted,
    secret_mount,
    secret_volume,
    settings_mount,
    settings_volume,
    ways_out,
)
from tradepods_operator.engine.manifests.probes import PROBE_PORT, PROBED, PROBES
from tradepods_operator.engine.manifests.sameness import sealed
from tradepods_operator.engine.manifests.settings_map import FILE
from tradepods_operator.engine.observed import Account
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.secret_uses import uses
from tradepods_operator.ports import DEPLOYMENT, Document

TOKEN_AT = "/var/run/secrets/tradepods"  # noqa: S105 - a folder
CA_AT = "/etc/tradepods/signals-ca"
STATE_AT = "/var/lib/tradepods"
GRACE = 30  # seconds: a worker opens nothing more, finishes, and lets go of its lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How the Deployment is to run.

    Attributes:
        notes: annotations of the Deployment itself, which restart nothing.

    """

    replicas: int
    paused: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


def deployment(account: Account, template: Document, how: Running) -> Document:
    """The Deployment; `paused` holds a changed template back: even a deleted pod comes back from the old one."""
    notes = {names.TEMPLATE: template["metadata"]["annotations"][names.TEMPLATE], **how.notes}
    body = {
        "replicas": how.replicas,
        "paused": how.paused,
        "revisionHistoryLimit": 2,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": dict(names.selector(account.key.name))},
        "template": template,
    }
    return sealed({**head(account, DEPLOYMENT, names.worker(account.key.name), annotations=notes), "spec": body})


def pod_template(account: Account, spec: AccountSpec, policy: Policy, *, secrets: str) -> Document:
    """The pod's template, which names its own content: by that a pod says from which one it was made."""
    marks = {names.SECRETS: secrets} if secrets else {}
    if restart := account.annotations.get(names.RESTART, ""):
        marks[names.RESTART] = digest(restart)  # whatever a person wrote there
    body = _pod(account, spec, policy, secrets)
    annotations = {names.TEMPLATE: digest([marks, body]), **marks}
    return {"metadata": {"labels": dict(names.labels(account.key.name)), "annotations": annotations}, "spec": body}


def _pod(account: Account, spec: AccountSpec, policy: Policy, secrets: str) -> Json:
    worker = policy.worker
    spread = list(worker.topology_spread_constraints)
    return {
        "serviceAccountName": names.worker(account.key.name),
        "terminationGracePeriodSeconds": GRACE,
        **restricted(worker),
        "containers": [_container(account, spec, policy, secrets)],
        "volumes": _volumes(account, spec, policy),
        **placed(worker),
        **({"topologySpreadConstraints": spread} if spread else {}),
    }


def _container(account: Account, spec: AccountSpec, policy: Policy, secrets: str) -> Json:
    return {
        "name": "worker",
        **image_of(policy.worker),
        "args": [*_arguments(account, spec, policy), *(("--secrets-hash", secrets) if secrets else ())],
        "env": _environment(policy),
        "ports": [{"name": PROBED, "containerPort": PROBE_PORT, "protocol": "TCP"}],
        **PROBES,
        "resources": spec.resources.model_dump(mode="json", by_alias=True),
        "volumeMounts": [
            settings_mount(),
            {"name": "token", "mountPath": TOKEN_AT, "readOnly": True},
            {"name": "state", "mountPath": STATE_AT},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the pod's own
            *([{"name": "signals-ca", "mountPath": CA_AT, "readOnly": True}] if policy.signals.ca_config_map else []),
            *bundle_mounts(policy.worker),
            *(secret_mount(use) for use in uses(spec)),
        ],
    }


def _arguments(account: Account, spec: AccountSpec, policy: Policy) -> list[str]:
    folders = [part for use in uses(spec) for part in (f"--{use.option}", f"{SECRETS_AT}/{use.option}")]
    return [
        *("--name", account.key.name, "--namespace", account.key.namespace, "--fleet-id", str(policy.fleet_id)),
        *("--settings", f"{SETTINGS_AT}/{FILE}", "--state", STATE_AT, "--probe-port", str(PROBE_PORT)),
        *("--signals", policy.signals.url, "--signals-token", f"{TOKEN_AT}/token"),
        *(("--signals-ca", f"{CA_AT}/{CA}") if policy.signals.ca_config_map else ()),
        *ways_out(policy.worker),
        *folders,
    ]


def _environment(policy: Policy) -> list[Json]:
    """A node's address stands for the one that the exchange sees: pods of a node share it."""
    return [
        {"name": "HOME", "value": "/tmp"},  # noqa: S108 - the pod's own
        {"name": "TRADEPODS_EGRESS", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.hostIP"}}},
        *policy.worker.extra_env,
    ]


def _volumes(account: Account, spec: AccountSpec, policy: Policy) -> list[Json]:
    name, ca = account.key.name, policy.signals.ca_config_map
    state: Json = {"emptyDir": {}}  # of what may be lost: the ledger itself is in its database
    if spec.ledger.type == "sqlite":
        state = {"persistentVolumeClaim": {"claimName": names.ledger(name)}}
    return [
        settings_volume(name),
        dict(token_volume("token")),
        {"name": "state", **state},
        {"name": "tmp", "emptyDir": {"sizeLimit": "32Mi"}},
        *([{"name": "signals-ca", "configMap": {"name": ca, "items": [{"key": CA, "path": CA}]}}] if ca else []),
        *bundle_volumes(policy.worker),
        *(secret_volume(use) for use in uses(spec)),
    ]
