"""Who a worker is: a service account with no rights at all, whose token the signal service believes."""

from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.sameness import sealed
from tradepods_operator.engine.observed import Account
from tradepods_operator.ports import SERVICE_ACCOUNT, Document

AUDIENCE = "tradepods-signals"
TOKEN_SECONDS = 3_600


def service_account(account: Account) -> Document:
    """The ServiceAccount; its token reaches a pod only where the pod asks for one."""
    name = names.worker(account.key.name)
    return sealed({**head(account, SERVICE_ACCOUNT, name), "automountServiceAccountToken": False})


def token_volume(volume: str) -> Document:
    """The volume with the token for the signal service; the kubelet renews it."""
    source = {"audience": AUDIENCE, "expirationSeconds": TOKEN_SECONDS, "path": "token"}
    return {"name": volume, "projected": {"defaultMode": 0o440, "sources": [{"serviceAccountToken": source}]}}
