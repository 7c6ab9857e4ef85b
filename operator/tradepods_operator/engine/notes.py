"""Events for people who look at an account: where its readiness changes or its roll-out stops, and seldom the same."""

from collections.abc import Iterator
from datetime import datetime

from tradepods_core.times import written
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.observed import Observed
from tradepods_operator.ports import ACCOUNT, EVENT, FIELD_MANAGER, Document

TOLD = ("Ready", "Stalled")
STOPPED = ("Reconciling", "RolloutStopped")
DROPPED = "DeletionPolicyDropped"


def events(seen: Observed, status: Document, *, now: datetime) -> Iterator[Document]:
    """The Events of a written status; one that goes to and fro has the same names for an hour, of which one is kept."""
    at, hour = written(now.replace(microsecond=0)), written(now.replace(minute=0, second=0, microsecond=0))
    before = {old["type"]: old for old in seen.account.status.get("conditions") or ()}
    for condition in status["status"]["conditions"]:
        old = before.get(condition["type"], {"status": "False", "reason": "NotStalled"})
        if _is_told(condition, old):
            good = (condition["type"] == "Ready") == (condition["status"] == "True")
            message = condition["message"] or f"{condition['type']} is {condition['status']}"
            mark = digest([seen.account.uid, condition["type"], condition["reason"], hour])
            yield _event(seen, "Normal" if good else "Warning", condition["reason"], message, mark=mark, at=at)


def _is_told(condition: Document, old: Document) -> bool:
    """Whether it is worth an Event against what it was before."""
    if condition["type"] in TOLD:
        return bool(old["status"] != condition["status"])
    return (condition["type"], condition["reason"]) == STOPPED and old["reason"] != condition["reason"]


def dropped(seen: Observed, why: str, *, now: datetime) -> Document:
    """The account goes with what its deletionPolicy was to close or take back; the same Event each time it is tried."""
    mark = digest([seen.account.uid, DROPPED])
    return _event(seen, "Warning", DROPPED, why, mark=mark, at=written(now.replace(microsecond=0)))


def dropped_with(seen: Observed, why: str, *, house: str, now: datetime) -> Document:
    """The same of an account whose namespace is going and takes nothing new: of that, in the namespace `house`."""
    key, told = seen.account.key, dropped(seen, f"TradingAccount {seen.account.key}: {why}", now=now)
    name = f"{key.namespace}.{told['metadata']['name']}"
    about = {"apiVersion": "v1", "kind": "Namespace", "name": key.namespace, "namespace": house}
    return {**told, "metadata": {"name": name, "namespace": house}, "involvedObject": about}


def _event(seen: Observed, kind: str, reason: str, message: str, *, mark: str, at: str) -> Document:
    key = seen.account.key
    return {
        "apiVersion": EVENT.api,
        "kind": EVENT.name,
        "metadata": {"name": f"{key.name}.{mark}", "namespace": key.namespace},
        "involvedObject": {
            "apiVersion": ACCOUNT.api,
            "kind": ACCOUNT.name,
            "namespace": key.namespace,
            "name": key.name,
            "uid": seen.account.uid,
        },
        "type": kind,
        "reason": reason,
        "message": message,
        "source": {"component": FIELD_MANAGER},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    }
