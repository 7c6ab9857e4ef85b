"""How an account stands, as conditions that kubectl, Flux and Argo CD understand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tradepods_core.settings.parts import State
from tradepods_core.times import written
from tradepods_operator.engine.checks import Objection
from tradepods_operator.engine.crashes import Crashes
from tradepods_operator.engine.manifests.names import HALT, SETTINGS
from tradepods_operator.engine.observed import Observed, annotation, ready, running, works
from tradepods_operator.engine.rollout import Rollout
from tradepods_operator.ports import Document

Status = Literal["True", "False", "Unknown"]
LONGEST = 300  # characters of a message
STARTS = "it is ready once it holds the account's lease and has read the account: its log says what it waits for"
LACKING = {  # why an account isn't Ready, in a table's column: the message has the condition's own reason
    "WorkerAvailable": "WorkerNotAvailable",
    "CredentialsValid": "CredentialsNotValid",
    "SignalsFresh": "SignalsNotFresh",
    "Protected": "NotProtected",
    "SettingsApplied": "SettingsNotApplied",
}
UNHEARD = {"NotHeard": "WorkerNotHeard", "FleetUnknown": "FleetUnknown"}
ON_THEIR_WAY = {
    "Told": "handed on, and its pod is told: the worker has not said yet that it goes by them",
    "Pending": "handed on: the worker does not go by them yet",
}
LEFT_ALONE = "LeftAlone"
DELAYED = "NotTaken"  # an object that the API server can't take just now: what runs is as good as before
FROM_WORKER = ("CredentialsValid", "SignalsFresh", "Protected", "SettingsApplied", "TradingHalted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One condition, before it is known since when."""

    type: str
    status: Status
    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What has been decided of an account.

    Attributes:
        settings: names the settings that were handed to the worker; "" where none can be.
        withheld: why these are not the newest ones, "" where they are, or an objection says so.
        wanted: whether a worker is to run.
        confirm: why it is not stopped though it is to be, "" where nothing keeps it.
        left_alone: a person's annotation keeps the operator off.
        resting: it is stopped for its crashes.

    """

    objection: Objection | None = None
    rollout: Rollout = field(default_factory=Rollout)
    crashes: Crashes | None = None
    settings: str = ""
    withheld: str = ""
    wanted: bool = True
    confirm: str = ""
    left_alone: bool = False
    resting: bool = False
    ending: str = ""


def conditions(seen: Observed, standing: Standing, *, now: datetime) -> list[Document]:
    """All of them, `lastTransitionTime` moved only where a status flips."""
    before = {old["type"]: old for old in seen.account.status.get("conditions") or ()}
    return [_dated(said, before.get(said.type), seen.account.generation, now) for said in said_of(seen, standing)]


def said_of(seen: Observed, standing: Standing) -> list[Said]:
    """Ready first, then what it is made of."""
    parts = [_available(seen, standing), *_of_worker(seen, standing)]
    stalled, reconciling = _stalled(seen, standing), _reconciling(seen, standing, parts)
    ready_ = _ready(seen, standing, parts, stalled, reconciling)
    alone = Said(type="ReconciliationPaused", status="False", reason="Reconciling")
    if standing.left_alone:
        alone = Said(type="ReconciliationPaused", status="True", reason="Annotated", message="tradepods.dev/reconcile")
    return [ready_, *parts, alone, reconciling, stalled]


def _dated(said: Said, before: Document | None, generation: int, now: datetime) -> Document:
    since = written(now.replace(microsecond=0))
    if before is not None and before["status"] == said.status:
        since = before["lastTransitionTime"]
    return {
        "type": said.type,
        "status": said.status,
        "reason": said.reason,
        "message": said.message[:LONGEST],
        "observedGeneration": generation,
        "lastTransitionTime": since,
    }


def is_gone(seen: Observed) -> bool:
    """Whether no worker runs, and none is to."""
    return not seen.pods and not works(seen.deployment)


def _available(seen: Observed, standing: Standing) -> Said:
    if any(map(ready, seen.pods)):
        return Said(type="WorkerAvailable", status="True", reason="Ready")
    if not standing.wanted:
        reason = "Degraded" if standing.resting else "Stopped"
        return Said(type="WorkerAvailable", status="False", reason=reason)
    otherwise = STARTS if running(seen.pods) else _not_made(seen.deployment)
    why = next((why for pod in seen.pods if (why := _waiting(pod))), otherwise)
    return Said(type="WorkerAvailable", status="False", reason="NotReady" if seen.pods else "NoPod", message=why)


def _not_made(deployment: Document | None) -> str:
    """Why there is no pod at all: a quota, a policy."""
    found = (deployment or {}).get("status", {}).get("conditions") or ()
    return next(
        (str(c.get("message", "")) for c in found if (c["type"], c["status"]) == ("ReplicaFailure", "True")), ""
    )


def _waiting(pod: Document) -> str:
    """Why a pod does not run, in the cluster's words."""
    status = pod.get("status", {})
    for container in status.get("containerStatuses") or ():
        if waiting := container.get("state", {}).get("waiting"):
            return f"{waiting.get('reason', '')}: {waiting.get('message', '')}".strip(": ")
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{condition.get('reason', '')}: {condition.get('message', '')}"
    return ""


def _of_worker(seen: Observed, standing: Standing) -> Iterator[Said]:
    """What the worker says of itself, while it is heard; what the operator knows better goes before."""
    told = {} if seen.digest is None else {c.type: c for c in seen.digest.heartbeat.conditions}
    for name in FROM_WORKER:
        if (own := _own(name, seen, standing)) is not None:
            yield own
        elif not standing.wanted and is_gone(seen):
            yield Said(type=name, status="Unknown", reason="NoWorker")
        elif not seen.heard or name not in told:
            yield Said(type=name, status="Unknown", reason="NotHeard" if seen.fleet_known else "FleetUnknown")
        else:
            said = told[name]
            yield Said(type=name, status=said.status, reason=said.reason, message=said.message)


def _own(name: str, seen: Observed, standing: Standing) -> Said | None:
    if name == "CredentialsValid":
        wrong = [f"spec.{one.field}: {one.wrong}" for one in seen.secrets.seen if one.wrong]
        return Said(type=name, status="False", reason="SecretNotUsable", message="; ".join(wrong)) if wrong else None
    if name == "SettingsApplied" and standing.withheld:
        reason = LEFT_ALONE if standing.left_alone else "NotHandedOn"
        return Said(type=name, status="False", reason=reason, message=standing.withheld)
    if name != "SettingsApplied" or not standing.settings or not seen.heard or seen.digest is None:
        return None
    if seen.digest.heartbeat.settings_hash == standing.settings:
        return None
    told = any(annotation(pod, SETTINGS) == standing.settings for pod in seen.pods)
    reason = "Told" if told else "Pending"
    return Said(type=name, status="False", reason=reason, message=ON_THEIR_WAY[reason])


def _stalled(seen: Observed, standing: Standing) -> Said:
    found = standing.objection
    if found is not None and found.stalled:
        return Said(type="Stalled", status="True", reason=found.reason, message=found.message)
    if seen.applied.refused:
        return Said(type="Stalled", status="True", reason="Refused", message=seen.applied.refused)
    if standing.resting and standing.crashes is not None and standing.crashes.until is not None:
        message = f"the worker crashed again and again: rests until {written(standing.crashes.until)}"
        return Said(type="Stalled", status="True", reason="Degraded", message=message)
    if standing.confirm:
        return Said(type="Stalled", status="True", reason="StopNotConfirmed", message=standing.confirm)
    return Said(type="Stalled", status="False", reason="NotStalled")


def _has_wrong_keys(parts: list[Said]) -> bool:
    """Whether the worker waits for a person: the venue refuses its keys, so the account can't be read."""
    return any((part.type, part.status) == ("CredentialsValid", "False") for part in parts)


def _reconciling(seen: Observed, standing: Standing, parts: list[Said]) -> Said:
    found, held = standing.objection, standing.rollout
    if standing.ending:
        return Said(type="Reconciling", status="True", reason="Deleting", message=standing.ending)
    if found is not None and not found.stalled:
        return Said(type="Reconciling", status="True", reason=found.reason, message=found.message)
    if seen.applied.delayed:
        return Said(type="Reconciling", status="True", reason=DELAYED, message=seen.applied.delayed)
    if held.held:
        return Said(type="Reconciling", status="True", reason=held.reason, message=held.why)
    if found is None and standing.wanted and not any(map(ready, seen.pods)) and not _has_wrong_keys(parts):
        return Said(type="Reconciling", status="True", reason="WorkerStarting", message=parts[0].message)
    return Said(type="Reconciling", status="False", reason=LEFT_ALONE if standing.left_alone else "Done")


def _ready(seen: Observed, standing: Standing, parts: list[Said], stalled: Said, reconciling: Said) -> Said:
    if stalled.status == "True":
        return Said(type="Ready", status="False", reason=stalled.reason, message=stalled.message)
    if not standing.wanted and is_gone(seen) and standing.objection is None:
        return Said(type="Ready", status="True", reason="Stopped")
    if reconciling.status == "True" and not standing.rollout.held and reconciling.reason != DELAYED:
        return Said(type="Ready", status="False", reason=reconciling.reason, message=reconciling.message)
    for part in sorted(parts, key=lambda part: part.type != "CredentialsValid"):  # without keys there is nothing else
        if not _right(part):
            return _lacking(part)
    return Said(type="Ready", status="True", reason=_doing(seen, parts))


def _lacking(part: Said) -> Said:
    if part.status == "Unknown" and part.reason in UNHEARD:
        return Said(type="Ready", status="False", reason=UNHEARD[part.reason], message=part.message)
    why = f"{part.reason}: {part.message}" if part.message else part.reason
    return Said(type="Ready", status="False", reason=LACKING[part.type], message=why)


def _doing(seen: Observed, parts: list[Said]) -> str:
    """What a worker that is well does: it may be paused from elsewhere than the spec."""
    halted = next(part for part in parts if part.type == "TradingHalted")
    if halted.status == "True":
        by_annotation = halted.reason == "Paused" and seen.account.annotations.get(HALT) == "true"
        return "Halted" if by_annotation else halted.reason  # a worker is told of a halt as of a pause
    spec = seen.account.spec
    return "Paused" if spec is not None and spec.state is State.PAUSED else "Trading"


def _right(part: Said) -> bool:
    """Protected may be unknown: without autoExit nothing is to rest. Whether trading is halted is no fault."""
    if part.type == "TradingHalted":
        return True
    if part.type == "Protected":
        return part.status != "False"
    return part.status == "True"
