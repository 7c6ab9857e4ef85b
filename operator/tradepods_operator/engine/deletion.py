"""What happens to an account's orders and positions before it goes; bounded, so that nothing is stuck for ever."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from tradepods_core.errors import Invalid
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.reading import read_account
from tradepods_operator.engine.manifests.names import FINALIZER, SKIP_FINALIZER
from tradepods_operator.engine.manifests.settings_map import OPERATORS_OWN, handed, in_file
from tradepods_operator.engine.observed import Account, Observed, is_ours, works
from tradepods_operator.engine.telling import Patch
from tradepods_operator.ports import CLAIM, CONFIG_MAP, Document, Kind, Ref, ref_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Whether the account may go, and why it may or has to wait.

    Attributes:
        dropped: it goes before its policy has come to its end: something may be left open.

    """

    done: bool
    why: str
    dropped: bool = False


def ending(seen: Observed, *, deadline: timedelta, now: datetime) -> Ending:
    """How far the deletion is. A Deployment of somebody else is no worker that could come to its end."""
    seen = replace(seen, children=_ours(seen))
    account, wanted = seen.account, policy_of(seen.account)
    passed = now - (account.deleting or now)
    if account.annotations.get(SKIP_FINALIZER) == "true":
        dropped = wanted != "Retain" and _may_leave(seen)
        return Ending(done=True, why=f"its annotation says to skip {wanted}: {_left(seen)}", dropped=dropped)
    if wanted == "Retain" or not (works(seen.deployment) or _may_leave(seen)):
        return Ending(done=True, why="there is nothing to do")
    if _is_done(seen, flat=wanted == "Flatten"):
        return Ending(done=True, why=f"{wanted} is done")
    if passed > deadline:
        return Ending(done=True, why=f"{wanted} has not come to its end in time: {_left(seen)}", dropped=True)
    left = max(ceil(min(deadline - passed, deadline) / timedelta(minutes=1)), 1)
    what = "is under way" if account.spec is not None else "waits for a spec that can be used"
    return Ending(done=False, why=f"{wanted} {what}, for {left} min more at most")


def policy_of(account: Account) -> str:
    """What is to be done before it goes, also where the rest of its spec can't be used."""
    if account.spec is not None:
        return account.spec.deletion_policy
    asked = account.body.get("deletionPolicy")
    return asked if asked in ("CancelOrders", "Flatten") else "Retain"


def _left(seen: Observed) -> str:
    """What may be open, in words."""
    if seen.digest is not None:
        said = seen.digest.heartbeat
        orders = f", orders not over: {said.open_orders}" if said.open_orders else ""
        return f"positions open by the last that was heard: {len(said.positions) + len(said.guarded)}{orders}"
    known = seen.account.status.get("openPositions", "unknown")
    return f"its worker was not heard; positions open by its status: {known}"


def _may_leave(seen: Observed) -> bool:
    """Whether anything of it may be at the exchange: a stop rests on for a while after its position is closed."""
    return seen.may_hold or (seen.digest is not None and bool(seen.digest.heartbeat.open_orders))


def _is_done(seen: Observed, *, flat: bool) -> bool:
    """As its worker says, by the settings of its end: an older heartbeat proves nothing.

    An order that is to be taken back is there until the exchange has taken it. A worker of an earlier release doesn't
    say so of its orders: only what it means to leave is known of it.
    """
    if seen.account.spec is None or seen.digest is None or not seen.heard:
        return False
    heartbeat = seen.digest.heartbeat
    if heartbeat.settings_hash != settings_hash(handed(seen.account)):
        return False
    if heartbeat.open_orders:
        return False
    return not seen.holds if flat else not any(one.protected for one in (*heartbeat.positions, *heartbeat.guarded))


def by_its_own(seen: Observed) -> Observed | None:
    """As if the spec were what its worker has, while what it says can't be handed to it; None where that has nothing.

    Else whoever may delete an account could hand a worker the address that the checks have kept from it.
    """
    live, account = seen.children.get(CONFIG_MAP), seen.account
    spec = in_file(live) if live is not None and is_ours(live, account.key) else None
    if spec is None:
        return None
    body = {**spec, **{field: value for field, value in account.body.items() if field in OPERATORS_OWN}}
    try:
        return replace(seen, account=replace(account, body=body, spec=read_account(body)))
    except Invalid:
        return None


def finalizer(account: Account) -> dict[str, Any] | None:
    """What makes the account wait for its policy, also where the rest of its spec can't be used; None where it does."""
    if policy_of(account) == "Retain" or FINALIZER in account.finalizers:
        return None
    return {"metadata": {"finalizers": [*account.finalizers, FINALIZER]}}


def no_finalizer(account: Account, children: Mapping[Kind, Document]) -> dict[str, Any] | None:
    """What makes it wait no longer, once all children have an owner; None where that is right."""
    owned = all(child["metadata"].get("ownerReferences") for kind, child in children.items() if kind != CLAIM)
    if policy_of(account) == "Retain" and FINALIZER in account.finalizers and owned:
        return without_finalizer(account)
    return None


def let_go(seen: Observed) -> Iterator[Patch]:
    """Takes the owner from what can't be applied anew: foreground deletion would end the worker before its work."""
    if policy_of(seen.account) == "Retain":
        return
    for kind, child in sorted(_ours(seen).items()):
        if kind != CLAIM and child["metadata"].get("ownerReferences"):
            yield Patch(ref=ref_of(child), body={"metadata": {"ownerReferences": None}})


def without_finalizer(account: Account) -> dict[str, Any]:
    """The account may go."""
    return {"metadata": {"finalizers": [one for one in account.finalizers if one != FINALIZER]}}


def objects(seen: Observed) -> tuple[Ref, ...]:
    """What goes with the account; its ledger's claim stays."""
    return tuple(ref_of(child) for kind, child in sorted(_ours(seen).items()) if kind != CLAIM)


def _ours(seen: Observed) -> Mapping[Kind, Document]:
    return {kind: child for kind, child in seen.children.items() if is_ours(child, seen.account.key)}
