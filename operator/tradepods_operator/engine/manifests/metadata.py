"""The head of every object of an account."""

from collections.abc import Mapping
from typing import Any

from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import Account
from tradepods_operator.ports import ACCOUNT, Kind


def head(
    account: Account, kind: Kind, name: str, *, annotations: Mapping[str, str] | None = None, outlives: bool = False
) -> dict[str, Any]:
    """API version, kind and metadata.

    Garbage collection takes the object with the account, unless it `outlives` it, or the account's deletion has work
    for the worker: under foreground deletion its owner reference would end the worker while that is still to be done.
    """
    about: dict[str, Any] = {
        "name": name,
        "namespace": account.key.namespace,
        "labels": dict(names.labels(account.key.name)),
    }
    if annotations:
        about["annotations"] = dict(annotations)
    if not outlives and account.spec is not None and account.spec.deletion_policy == "Retain":
        about["ownerReferences"] = [
            {
                "apiVersion": ACCOUNT.api,
                "kind": ACCOUNT.name,
                "name": account.key.name,
                "uid": account.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return {"apiVersion": kind.api, "kind": kind.name, "metadata": about}
