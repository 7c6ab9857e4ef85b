"""What an account's pods have in common: an image, no rights, where they may run, settings and secrets as files.

The functions give parts of a pod's spec, of a container, of its volumes and of their mounts.
"""

from typing import Any

from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.policy import WorkerPod
from tradepods_operator.engine.secret_uses import SecretUse

SETTINGS_AT = "/etc/tradepods/settings"
SECRETS_AT = "/etc/tradepods/secrets"
BUNDLE_AT, CA = "/etc/tradepods/ca-bundle", "ca.crt"
Json = dict[str, Any]


def restricted(worker: WorkerPod) -> Json:
    """A pod that has no token for the API server, and keeps the restricted profile."""
    user = worker.user_id
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def placed(worker: WorkerPod) -> Json:
    """Where a pod may run."""
    optional: Json = {
        "imagePullSecrets": list(worker.image_pull_secrets),
        "priorityClassName": worker.priority_class_name,
        "nodeSelector": worker.node_selector,
        "tolerations": list(worker.tolerations),
        "affinity": worker.affinity,
    }
    return {name: value for name, value in optional.items() if value}


def image_of(worker: WorkerPod) -> Json:
    """A container of the worker's image, that may write nowhere but to its volumes."""
    return {
        "image": worker.image,
        "imagePullPolicy": worker.image_pull_policy,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def ways_out(worker: WorkerPod) -> list[str]:
    """The options by which the outside is reached, and what is logged of it."""
    return [
        *("--log-level", worker.log_level),
        *(("--ca-bundle", f"{BUNDLE_AT}/{CA}") if worker.ca_bundle else ()),
        *(("--outbound-proxy", worker.proxy) if worker.proxy else ()),
    ]


def bundle_volumes(worker: WorkerPod) -> list[Json]:
    """The authorities that are believed beside the public ones."""
    source = {"name": worker.ca_bundle, "items": [{"key": CA, "path": CA}]}
    return [{"name": "ca-bundle", "configMap": source}] if worker.ca_bundle else []


def bundle_mounts(worker: WorkerPod) -> list[Json]:
    """Likewise."""
    return [{"name": "ca-bundle", "mountPath": BUNDLE_AT, "readOnly": True}] if worker.ca_bundle else []


def settings_volume(account: str) -> Json:
    """The account's settings."""
    return {"name": "settings", "configMap": {"name": names.settings(account), "defaultMode": 0o440}}


def settings_mount() -> Json:
    """A folder: a file that is mounted by itself would never change."""
    return {"name": "settings", "mountPath": SETTINGS_AT, "readOnly": True}


def secret_volume(use: SecretUse) -> Json:
    """The keys in use and no other."""
    items = [{"key": key, "path": key} for key in use.keys]
    source = {"secretName": use.name, "defaultMode": 0o440, "items": items, "optional": not use.needed}
    return {"name": f"secret-{use.option}", "secret": source}


def secret_mount(use: SecretUse) -> Json:
    """Where the worker's option points."""
    return {"name": f"secret-{use.option}", "mountPath": f"{SECRETS_AT}/{use.option}", "readOnly": True}
