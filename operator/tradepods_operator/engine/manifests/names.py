"""What the objects of an account are called, and the labels and annotations by which they are known."""

from collections.abc import Mapping

PREFIX = "account-"  # an account's own Secrets and other people's objects have other names
ACCOUNT_LABEL = "tradepods.dev/account"
MANAGED_BY = "app.kubernetes.io/managed-by"
OPERATOR = "tradepods-operator"
APPLIED = "tradepods.dev/applied-hash"
FLEET = "tradepods.dev/fleet"  # a label: by its id's hash, the fleet whose operator made the object
RELEASE = "tradepods.dev/release"  # the namespace of that operator
TEMPLATE = "tradepods.dev/template-hash"
SECRETS = "tradepods.dev/secrets-hash"
SETTINGS = "tradepods.dev/settings-hash"
TOLD = "tradepods.dev/settings-told"
STRATEGIES = "tradepods.dev/strategies-hash"  # of a signal service's pod
HELD_SINCE = "tradepods.dev/held-since"
ROLLED_AT = "tradepods.dev/rolled-at"
STARTED_AT = "tradepods.dev/started-at"
VENUE_ACCOUNT = "tradepods.dev/venue-account"
CRASHES = "tradepods.dev/crashes"
CRASH_TOLD = "tradepods.dev/crash-told"
RESTART = "tradepods.dev/restart"
RECONCILE = "tradepods.dev/reconcile"
PAUSE = "tradepods.dev/pause"
HALT = "tradepods.dev/halt"
CONFIRM_STOP = "tradepods.dev/confirm-stop"
SKIP_FINALIZER = "tradepods.dev/skip-finalizer"
FINALIZER = "tradepods.dev/deletion-policy"
COMPONENT = "app.kubernetes.io/component"
WORKER, NOTICE = "worker", "notice"


def worker(account: str) -> str:
    """Deployment, service account and network policy; at most 48 characters, as an account's name has 40."""
    return f"{PREFIX}{account}"


def settings(account: str) -> str:
    """The ConfigMap with its settings."""
    return f"{PREFIX}{account}-settings"


def ledger(account: str) -> str:
    """The claim of its ledger's volume."""
    return f"{PREFIX}{account}-ledger"


def notice(account: str, mark: str) -> str:
    """The Job of one notice."""
    return f"{PREFIX}{account}-{NOTICE}-{mark}"


def selector(account: str) -> Mapping[str, str]:
    """The labels that only its own pods have; a Deployment's selector can't ever change."""
    return {MANAGED_BY: OPERATOR, ACCOUNT_LABEL: account}


def workers(account: str) -> Mapping[str, str]:
    """The labels of its worker's pods, of which a notice's are none."""
    return {**selector(account), COMPONENT: WORKER}


def labels(account: str, *, component: str = WORKER) -> Mapping[str, str]:
    """The labels of all its objects."""
    return {"app.kubernetes.io/name": "tradepods", COMPONENT: component, **selector(account)}
