"""The volume of an account's ledger: it outlives the account, and the next one of that name goes on with it."""

from collections.abc import Mapping
from typing import Any

from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.sameness import is_applied, sealed
from tradepods_operator.engine.observed import Account
from tradepods_operator.ports import CLAIM, Document

KEPT = ("accessModes", "storageClassName")


def claim(account: Account, spec: AccountSpec, *, access_mode: str, live: Document | None = None) -> Document:
    """The claim. Only its size may ever change, and that only where its class lets it grow.

    The rest of one that is there (`live`) stays as it is, whatever the fleet's policy or the spec have become: the API
    server refuses each change of it, so that nothing of the account would be right any more.
    """
    storage = spec.ledger.storage
    named = {"storageClassName": storage.storage_class_name} if storage.storage_class_name else {}
    wanted = _claim(account, storage.size, {"accessModes": [access_mode], **named})
    if live is None or is_applied(wanted, live):
        return wanted
    return _claim(account, storage.size, {name: live["spec"][name] for name in KEPT if name in live["spec"]})


def _claim(account: Account, size: str, kept: Mapping[str, Any]) -> Document:
    body = {**kept, "resources": {"requests": {"storage": size}}}
    return sealed({**head(account, CLAIM, names.ledger(account.key.name), outlives=True), "spec": body})
