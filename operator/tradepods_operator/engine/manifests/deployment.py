"""The Deployment of one account's worker: one pod at most, with no rights, that can write to its ledger alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.identity import token_volume
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.sameness import sealed
from tradepods_operator.engine.manifests.settings_map import FILE
from tradepods_operator.engine.observed import Account
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.secret_uses import SecretUse, uses
from tradepods_operator.ports import DEPLOYMENT, Document

SETTINGS_AT = "/etc/tradepods/settings"
SECRETS_AT = "/etc/tradepods/secrets"
TOKEN_AT = "/var/run/secrets/tradepods"  # noqa: S105 - a folder
CA_AT, CA = "/etc/tradepods/signals-ca", "ca.crt"
STATE_AT = "/var/lib/tradepods"
GRACE = 30  # seconds: a worker opens nothing more, finishes, and lets go of its lease
Json = dict[str, Any]


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
    body = _pod(account, spec, policy)
    annotations = {names.TEMPLATE: digest([marks, body]), **marks}
    return {"metadata": {"labels": dict(names.labels(account.key.name)), "annotations": annotations}, "spec": body}


def _pod(account: Account, spec: AccountSpec, policy: Policy) -> Json:
    worker = policy.worker
    user = worker.user_id
    optional: Json = {
        "imagePullSecrets": list(worker.image_pull_secrets),
        "priorityClassName": worker.priority_class_name,
        "nodeSelector": worker.node_selector,
        "tolerations": list(worker.tolerations),
        "affinity": worker.affinity,
        "topologySpreadConstraints": list(worker.topology_spread_constraints),
    }
    return {
        "serviceAccountName": names.worker(account.key.name),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(account, spec, policy)],
        "volumes": _volumes(account, spec, policy),
        **{name: value for name, value in optional.items() if value},
    }


def _container(account: Account, spec: AccountSpec, policy: Policy) -> Json:
    return {
        "name": "worker",
        "image": policy.worker.image,
        "imagePullPolicy": policy.worker.image_pull_policy,
        "args": _arguments(account, spec, policy),
        "env": _environment(policy),
        "resources": spec.resources.model_dump(mode="json", by_alias=True),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "settings", "mountPath": SETTINGS_AT, "readOnly": True},
            {"name": "token", "mountPath": TOKEN_AT, "readOnly": True},
            {"name": "state", "mountPath": STATE_AT},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the pod's own
            *([{"name": "signals-ca", "mountPath": CA_AT, "readOnly": True}] if policy.signals.ca_config_map else []),
            *(
                {"name": f"secret-{use.option}", "mountPath": f"{SECRETS_AT}/{use.option}", "readOnly": True}
                for use in uses(spec)
            ),
        ],
    }


def _arguments(account: Account, spec: AccountSpec, policy: Policy) -> list[str]:
    folders = [part for use in uses(spec) for part in (f"--{use.option}", f"{SECRETS_AT}/{use.option}")]
    return [
        *("--name", account.key.name, "--namespace", account.key.namespace, "--fleet-id", str(policy.fleet_id)),
        *("--settings", f"{SETTINGS_AT}/{FILE}", "--state", STATE_AT),
        *("--signals", policy.signals.url, "--signals-token", f"{TOKEN_AT}/token"),
        *(("--signals-ca", f"{CA_AT}/{CA}") if policy.signals.ca_config_map else ()),
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
        {"name": "settings", "configMap": {"name": names.settings(name), "defaultMode": 0o440}},
        dict(token_volume("token")),
        {"name": "state", **state},
        {"name": "tmp", "emptyDir": {"sizeLimit": "32Mi"}},
        *([{"name": "signals-ca", "configMap": {"name": ca, "items": [{"key": CA, "path": CA}]}}] if ca else []),
        *(_secret(use) for use in uses(spec)),
    ]


def _secret(use: SecretUse) -> Json:
    """The keys in use and no other."""
    items = [{"key": key, "path": key} for key in use.keys]
    source = {"secretName": use.name, "defaultMode": 0o440, "items": items, "optional": not use.needed}
    return {"name": f"secret-{use.option}", "secret": source}
