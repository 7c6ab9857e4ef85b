"""What keeps an account from being served: a named chain, of which the first that objects is heard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine import venue_account
from tradepods_operator.engine.manifests.names import RECONCILE
from tradepods_operator.engine.observed import Account, Observed, is_ours
from tradepods_operator.engine.policy import Policy

Effect = Literal["keep", "stop"]
Reason = Literal[
    "InvalidSpec",
    "NameConflict",
    "ServedElsewhere",
    "EndpointNotAllowed",
    "SecretNotUsable",
    "SharedSecret",
    "SharedAccount",
    "Queued",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why an account isn't served as its spec says.

    Attributes:
        effect: `keep` leaves what is there as it is, and makes nothing new; `stop` ends the worker.
        stalled: only a person's change ends it.

    """

    reason: Reason
    message: str
    effect: Effect = "keep"
    stalled: bool = True


Check = Callable[[Observed, Policy], Objection | None]


def objection(seen: Observed, policy: Policy) -> Objection | None:
    """The first objection, None where the account can be served."""
    for check in CHECKS:
        if (found := check(seen, policy)) is not None:
            return found
    return None


def is_left_alone(account: Account) -> bool:
    """Whether a person's annotation keeps the operator off."""
    return account.annotations.get(RECONCILE) == "paused"


def _spec(seen: Observed, _policy: Policy) -> Objection | None:
    if seen.account.spec is not None:
        return None
    return Objection(reason="InvalidSpec", message=seen.account.wrong)


def _names(seen: Observed, _policy: Policy) -> Objection | None:
    for kind, child in sorted(seen.children.items()):
        if not is_ours(child, seen.account.key):
            named = f"{kind.name} {child['metadata']['name']}"
            message = f"{named} is somebody else's: rename the account, or delete or rename the {kind.name}"
            return Objection(reason="NameConflict", message=message)
    return None


def _endpoints(seen: Observed, policy: Policy) -> Objection | None:
    """Who may edit an account but not read Secrets must not be able to send a token elsewhere."""
    for field, url in _urls(seen.account.spec):
        if url and url.rstrip("/") not in policy.allowed_endpoints:
            allowed = ", ".join(policy.allowed_endpoints) or "none"
            message = f"{field} is {url}: the operator allows {allowed} (allowedEndpoints)"
            return Objection(reason="EndpointNotAllowed", message=message)
    return None


def _urls(spec: AccountSpec | None) -> list[tuple[str, str]]:
    if spec is None:
        return []
    telegram = "" if spec.telegram is None else spec.telegram.api_url
    return [("spec.exchange.url", spec.exchange.url), ("spec.telegram.apiUrl", telegram)]


def _secrets(seen: Observed, _policy: Policy) -> Objection | None:
    for one in seen.secrets.seen:
        if one.wrong:
            return Objection(reason="SecretNotUsable", message=f"spec.{one.field}: {one.wrong}", stalled=False)
    return None


def _shared(seen: Observed, _policy: Policy) -> Objection | None:
    """Two traders on one exchange account undo each other's orders; whose the other one is isn't said.

    Where both hold something, neither is left without who follows it: the later one is stopped once it is flat.
    """
    if not seen.peers.shared:
        return None
    effect: Effect = "keep" if seen.may_hold else "stop"
    if seen.peers.shared == venue_account.FIELD:
        message = "its keys are those of an exchange account that another account trades: give it one of its own"
        return Objection(reason="SharedAccount", message=message, effect=effect)
    message = f"spec.{seen.peers.shared}: another account uses the same one: each account needs its own"
    return Objection(reason="SharedSecret", message=message, effect=effect)


def _queue(seen: Observed, policy: Policy) -> Objection | None:
    if not seen.peers.queued:
        return None
    message = f"the fleet has its {policy.max_workers} workers (maxWorkers): waits by its priority"
    return Objection(reason="Queued", message=message, stalled=False)


CHECKS: tuple[Check, ...] = (_spec, _names, _endpoints, _secrets, _shared, _queue)
