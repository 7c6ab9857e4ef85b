"""The volume of an account's ledger: it outlives the account, and the next one of that name goes on with it."""

from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.sameness import sealed
from tradepods_operator.engine.observed import Account
from tradepods_operator.ports import CLAIM, Document


def claim(account: Account, spec: AccountSpec, *, access_mode: str) -> Document:
    """The claim. Only its size may ever change, and that only where its class lets it grow."""
    storage = spec.ledger.storage
    body = {
        "accessModes": [access_mode],
        "resources": {"requests": {"storage": storage.size}},
        **({"storageClassName": storage.storage_class_name} if storage.storage_class_name else {}),
    }
    return sealed({**head(account, CLAIM, names.ledger(account.key.name), outlives=True), "spec": body})
