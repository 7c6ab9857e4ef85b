"""The fleet's id, of which every account's key is made: drawn once, kept in a Secret, and never changed."""

import base64
import binascii
import contextlib
from collections.abc import Callable
from uuid import UUID

from tradepods_core.errors import Permanent
from tradepods_operator.engine.policy import Policy
from tradepods_operator.ports import FIELD_MANAGER, SECRET, Cluster, Conflict, Document, Ref

FIELD = "fleetId"


async def identified(policy: Policy, cluster: Cluster, *, fresh: Callable[[], UUID]) -> Policy:
    """The policy with its fleet's id; raises Permanent where the Secret holds none."""
    if policy.fleet_id.int:
        return policy
    ref = Ref(SECRET, policy.release_namespace, policy.fleet_secret)
    found = await cluster.get(ref)
    if found is None:
        with contextlib.suppress(Conflict):  # another operator was quicker: its id counts
            await cluster.create(_secret(ref, fresh()))
        found = await cluster.get(ref)
    return policy.model_copy(update={"fleet_id": _read(found, ref)})


def _secret(ref: Ref, fleet: UUID) -> Document:
    labels = {"app.kubernetes.io/name": "tradepods", "app.kubernetes.io/managed-by": FIELD_MANAGER}
    return {
        "apiVersion": SECRET.api,
        "kind": SECRET.name,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": labels},
        "type": "Opaque",
        "immutable": True,
        "data": {FIELD: base64.b64encode(str(fleet).encode()).decode()},
    }


def _read(found: Document | None, ref: Ref) -> UUID:
    try:
        text = base64.b64decode((found or {})["data"][FIELD], validate=True).decode()
        return UUID(text.strip())
    except (KeyError, TypeError, ValueError, binascii.Error):
        why = f"{ref} has no {FIELD} that is a UUID: restore it from the backup; another id would disown every ledger"
        raise Permanent(why) from None
