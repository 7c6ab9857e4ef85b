"""Events for people who look at an account: only where its readiness changes, and each but once."""

from collections.abc import Iterator
from datetime import datetime

from tradepods_core.times import written
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.observed import Observed
from tradepods_operator.ports import ACCOUNT, EVENT, FIELD_MANAGER, Document

TOLD = ("Ready", "Stalled")


def events(seen: Observed, status: Document, *, now: datetime) -> Iterator[Document]:
    """The Events of a written status."""
    before = {old["type"]: old for old in seen.account.status.get("conditions") or ()}
    for condition in status["status"]["conditions"]:
        old = before.get(condition["type"], {"status": "False", "reason": "NotStalled"})
        if condition["type"] in TOLD and old["status"] != condition["status"]:
            yield _event(seen, condition, now)


def _event(seen: Observed, condition: Document, now: datetime) -> Document:
    key, moment = seen.account.key, written(now.replace(microsecond=0))
    good = (condition["type"] == "Ready") == (condition["status"] == "True")
    name = f"{key.name}.{digest([seen.account.uid, condition['type'], condition['reason'], moment])}"
    return {
        "apiVersion": EVENT.api,
        "kind": EVENT.name,
        "metadata": {"name": name, "namespace": key.namespace},
        "involvedObject": {
            "apiVersion": ACCOUNT.api,
            "kind": ACCOUNT.name,
            "namespace": key.namespace,
            "name": key.name,
            "uid": seen.account.uid,
        },
        "type": "Normal" if good else "Warning",
        "reason": condition["reason"],
        "message": condition["message"] or f"{condition['type']} is {condition['status']}",
        "source": {"component": FIELD_MANAGER},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }
