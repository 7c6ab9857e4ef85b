"""What happens to an account's orders and positions before it goes; bounded, so that nothing is stuck for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tradepods_core.settings.fingerprint import settings_hash
from tradepods_operator.engine.manifests.names import FINALIZER, SKIP_FINALIZER
from tradepods_operator.engine.manifests.settings_map import handed
from tradepods_operator.engine.observed import Account, Observed, is_ours, works
from tradepods_operator.ports import CLAIM, Document, Kind, Ref, ref_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Whether the account may go, and why it may or has to wait."""

    done: bool
    why: str


def ending(seen: Observed, *, deadline: timedelta, now: datetime) -> Ending:
    """How far the deletion is."""
    account = seen.account
    spec, since = account.spec, account.deleting or now
    if account.annotations.get(SKIP_FINALIZER) == "true":
        return Ending(done=True, why="its annotation says to skip the policy")
    if spec is None or spec.deletion_policy == "Retain" or not works(seen.deployment):
        return Ending(done=True, why="no worker is to do anything")
    if now - since > deadline:
        return Ending(done=True, why=f"{spec.deletion_policy} has not come to its end in time")
    if _is_done(seen, flat=spec.deletion_policy == "Flatten"):
        return Ending(done=True, why=f"{spec.deletion_policy} is done")
    left = round((deadline - (now - since)).total_seconds())
    return Ending(done=False, why=f"{spec.deletion_policy} is under way, for {left // 60 + 1} min more at most")


def _is_done(seen: Observed, *, flat: bool) -> bool:
    """As its worker says, by the settings of its end: an older heartbeat proves nothing."""
    if seen.digest is None or not seen.fresh or not seen.fleet_known:
        return False
    heartbeat = seen.digest.heartbeat
    if heartbeat.settings_hash != settings_hash(handed(seen.account)):
        return False
    return not seen.holds if flat else not any(one.protected for one in (*heartbeat.positions, *heartbeat.guarded))


def finalizer(account: Account, children: Mapping[Kind, Document]) -> dict[str, Any] | None:
    """What makes the account wait for its policy, or no longer, once all children have an owner; None where right."""
    needed = account.spec is not None and account.spec.deletion_policy != "Retain"
    there = FINALIZER in account.finalizers
    if needed and not there:
        return {"metadata": {"finalizers": [*account.finalizers, FINALIZER]}}
    owned = all(child["metadata"].get("ownerReferences") for kind, child in children.items() if kind != CLAIM)
    if there and not needed and owned:
        return without_finalizer(account)
    return None


def without_finalizer(account: Account) -> dict[str, Any]:
    """The account may go."""
    return {"metadata": {"finalizers": [one for one in account.finalizers if one != FINALIZER]}}


def objects(seen: Observed) -> tuple[Ref, ...]:
    """What goes with the account; its ledger's claim stays."""
    key = seen.account.key
    ours = {kind: child for kind, child in seen.children.items() if kind != CLAIM and is_ours(child, key)}
    return tuple(ref_of(ours[kind]) for kind in sorted(ours))
