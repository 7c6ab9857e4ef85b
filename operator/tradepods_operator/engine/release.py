"""Which release's operator serves an account: two that serve one namespace would undo each other's work without end.

Each object says by the name of its fleet's id who made it. That id outlives upgrades, a release of another name, and
the fleet's move to another cluster. What is there decides; where two operators were at it at once, the Deployment that
came last does, and who made that puts the other objects right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tradepods_operator.engine import status as statuses
from tradepods_operator.engine.checks import Objection
from tradepods_operator.engine.conditions import Standing
from tradepods_operator.engine.deletion import policy_of
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.observed import Observed, annotation, is_ours, works
from tradepods_operator.engine.policy import Policy
from tradepods_operator.ports import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    NETWORK_POLICY,
    SERVICE_ACCOUNT,
    Document,
    ref_of,
)

DECIDING = (DEPLOYMENT, CONFIG_MAP, SERVICE_ACCOUNT, NETWORK_POLICY, CLAIM)  # the first that says who made it


def mark(policy: Policy) -> str:
    """Names the fleet, and tells nothing of its id."""
    return digest(["fleet", str(policy.fleet_id)])


def marked(document: Document, policy: Policy) -> Document:
    """The object with who made it, on itself alone: on a pod's template it would restart every worker."""
    about: Mapping[str, Any] = document["metadata"]
    labels = {**about["labels"], names.FLEET: mark(policy)}
    notes = {**about.get("annotations", {}), names.RELEASE: policy.release_namespace}
    return {**document, "metadata": {**about, "labels": labels, "annotations": notes}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An account that is left to the release which serves it.

    Attributes:
        status: to be written; None where there is nothing to say.
        goes: whether it may go for all that; `dropped` is why, where something may be left open.

    """

    why: str
    status: Document | None = None
    goes: bool = False
    dropped: str = ""


def left(seen: Observed, policy: Policy, *, now: datetime) -> Left | None:
    """Whether the account is left to another release, also while it ends; None where it is ours, or nobody's yet."""
    other = theirs(seen, policy)
    if other is None:
        return None
    found, account = _objection(other), seen.account
    wanted, held = policy_of(account), names.FINALIZER in account.finalizers
    if account.deleting is not None and wanted == "Retain":
        return Left(why=found.message, goes=held)  # there is nothing to carry out, whoever was to
    if account.deleting is not None and account.annotations.get(names.SKIP_FINALIZER) == "true":
        why = f"its annotation says to skip {wanted}"  # who was to carry it out may be gone
        return Left(why=found.message, goes=held, dropped=why if held else "")
    alone = annotation(other, names.RELEASE) == policy.release_namespace  # ours by another id: nobody else writes there
    return Left(why=found.message, status=_word(seen, found, alone=alone, now=now))


def theirs(seen: Observed, policy: Policy) -> Document | None:
    """The object that says so. What was made before objects said who made them is taken for ours."""
    for kind in DECIDING:
        child = seen.children.get(kind)
        maker = "" if child is None or not is_ours(child, seen.account.key) else _maker(child)
        if maker:
            return None if maker == mark(policy) else child
    return None


def _word(seen: Observed, why: Objection, *, alone: bool, now: datetime) -> Document | None:
    """The status, which is written by who serves it: ours only where nobody has answered its newest spec.

    Who should may be gone, and else puts it right at once. Of a release that was in our place, with an id that is lost,
    that is certain.
    """
    account, live = seen.account, seen.account.status
    answered = live.get("observedGeneration") == account.generation and account.reason("Stalled") != why.reason
    if answered and not alone:
        return None
    wanted = statuses.status(seen, Standing(objection=why, wanted=works(seen.deployment)), now=now)
    return None if statuses.is_written(live, wanted) else statuses.of(seen, wanted)


def _maker(child: Document) -> str:
    return str(child["metadata"]["labels"].get(names.FLEET, ""))


def _objection(child: Document) -> Objection:
    """The same in the words of every other release: else two of them would write without end."""
    ref, home = ref_of(child), annotation(child, names.RELEASE)
    whose = f"the release in namespace {home}" if home else "another release"
    way_out = (
        f"let one release alone serve namespace {ref.namespace}, or where that one is gone give another its fleetId"
    )
    return Objection(reason="ServedElsewhere", message=f"{ref.kind.name} {ref.name} is of {whose}: {way_out}")
