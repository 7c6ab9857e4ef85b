"""When a changed pod template may restart the worker: a pod that holds a position isn't restarted lightly."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tradepods_core.settings.account import AccountSpec
from tradepods_core.times import written
from tradepods_operator.engine.manifests.names import HELD_SINCE, RESTART, ROLLED_AT, SECRETS, STARTED_AT, TEMPLATE
from tradepods_operator.engine.observed import Observed, annotation, moment, ready, running, time_noted, works
from tradepods_operator.engine.policy import RolloutPolicy
from tradepods_operator.ports import Document

STOPPED_BY = 2  # failed restarts, after which no other one begins
Reason = Literal["", "HoldsPosition", "FleetUnknown", "Manual", "WaitsForTurn", "RolloutStopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What becomes of a template.

    Attributes:
        held: whether the pod stays on the old one, and `why`.
        begins: whether a pod starts or restarts by this very plan.
        since: since when it is held.
        started: when the worker was started.
        rolled: when it was let go to restart, until a pod of the new template has been Ready.

    """

    held: bool = False
    reason: Reason = ""
    why: str = ""
    begins: bool = False
    since: str = ""
    started: str = ""
    rolled: str = ""


def rollout(seen: Observed, spec: AccountSpec, template: Document, *, policy: RolloutPolicy, now: datetime) -> Rollout:
    """Whether the template may take effect now."""
    live, pods, wanted = seen.deployment, running(seen.pods), annotation(template, TEMPLATE)
    if not works(live):
        return _start(seen, spec, policy=policy, now=now)
    started = time_noted(live, STARTED_AT)
    rolled = time_noted(live, ROLLED_AT) if annotation(live, TEMPLATE) == wanted and not is_held(live) else ""
    if not pods or all(annotation(pod, TEMPLATE) == wanted for pod in pods):
        return Rollout(started=started, rolled="" if any(map(ready, pods)) else rolled)
    if rolled:
        return Rollout(started=started, rolled=rolled)
    since = time_noted(live, HELD_SINCE) or written(now)
    found = _hold(seen, spec, template, pods, policy=policy, waited=now - moment(since))
    if found is not None:
        return replace(found, held=True, since=since, started=started)
    return Rollout(begins=True, started=started or written(now), rolled=written(now))


def is_held(deployment: Document | None) -> bool:
    """Whether a Deployment keeps its pod on an older template."""
    return deployment is not None and bool(deployment["spec"].get("paused", False))


def started_at(deployment: Document | None) -> datetime | None:
    """When the worker was started, a restart for a new template aside; None where none is to run."""
    if deployment is None or not works(deployment):
        return None
    known = time_noted(deployment, STARTED_AT) or time_noted(deployment, ROLLED_AT)
    return moment(known or deployment["metadata"]["creationTimestamp"])


def under_way(seen: Observed, *, policy: RolloutPolicy, now: datetime) -> bool:
    """Whether the worker is starting or restarting: it was let go lately, and no pod of its template is Ready."""
    return turn_left(seen, policy=policy, now=now) is not None


def turn_left(seen: Observed, *, policy: RolloutPolicy, now: datetime) -> timedelta | None:
    """For how long others wait for its start or restart at most; None where none is under way."""
    since = _let_go(seen)
    if since is None or abs(now - since) > policy.progress:  # a time to come is nobody's turn: a hand has written it
        return None
    return policy.progress - (now - since)


def has_failed(seen: Observed, *, policy: RolloutPolicy, now: datetime) -> bool:
    """Whether a restart has come to nothing; a start that does so says little of the others, nor do an account's keys.

    A worker that was Ready after its restart has none any more: what befalls it later is no fault of the template.
    """
    since = _let_go(seen)
    if since is None or now - since <= policy.progress or not time_noted(seen.deployment, ROLLED_AT):
        return False
    return not _has_wrong_keys(seen)


def _has_wrong_keys(seen: Observed) -> bool:
    """Whether its worker can't become Ready for want of the account's own Secrets, or for what is in them."""
    said = seen.digest.heartbeat.conditions if seen.digest is not None and seen.heard else ()
    refused = any((one.type, one.status) == ("CredentialsValid", "False") for one in said)
    return refused or any(one.wrong for one in seen.secrets.seen)


def _let_go(seen: Observed) -> datetime | None:
    live = seen.deployment
    at = time_noted(live, ROLLED_AT) or time_noted(live, STARTED_AT)
    if not at or not works(live) or is_held(live):
        return None
    wanted = annotation(live, TEMPLATE)
    return None if any(ready(pod) and annotation(pod, TEMPLATE) == wanted for pod in seen.pods) else moment(at)


def _start(seen: Observed, spec: AccountSpec, *, policy: RolloutPolicy, now: datetime) -> Rollout:
    """A live start reads the whole account: too many at once, and the exchange bans the address."""
    if spec.dry_run:
        return Rollout(begins=True)
    if seen.peers.under_way >= policy.max_concurrent:
        return _waits(seen)
    return Rollout(begins=True, started=written(now))


def _hold(
    seen: Observed,
    spec: AccountSpec,
    template: Document,
    pods: list[Document],
    *,
    policy: RolloutPolicy,
    waited: timedelta,
) -> Rollout | None:
    """Why it has to wait, None where it does not.

    An old key may be revoked, and a person's word counts: these wait for their turn alone, as many may share a Secret.
    """
    if any(annotation(pod, mark) != annotation(template, mark) for pod in pods for mark in (SECRETS, RESTART)):
        return _waits(seen) if seen.peers.under_way >= policy.max_concurrent else None
    if spec.rollout == "Manual":
        return Rollout(reason="Manual", why="a new template waits: annotate the account with tradepods.dev/restart")
    if spec.rollout == "WhenFlat" and waited < policy.max_wait and any(map(ready, pods)):
        until = f"; at the latest {round(policy.max_wait.total_seconds() / 3600)} h after it was asked for"
        if not seen.fleet_known:
            return Rollout(reason="FleetUnknown", why=f"a new template waits: the fleet can't be asked{until}")
        if seen.digest is None and seen.may_hold:
            return Rollout(reason="FleetUnknown", why=f"a new template waits: its worker was not heard yet{until}")
        if seen.fresh and seen.holds:
            return Rollout(reason="HoldsPosition", why=f"a new template waits until the account is flat{until}")
    return _turn(seen, policy)


def _turn(seen: Observed, policy: RolloutPolicy) -> Rollout | None:
    """Restarts go through the fleet a few at a time, and stop where they fail."""
    if seen.peers.failed >= STOPPED_BY:
        why = f"{seen.peers.failed} workers did not become Ready after theirs: mend or restart these first"
        return Rollout(held=True, reason="RolloutStopped", why=why)
    return _waits(seen) if seen.peers.under_way >= policy.max_concurrent else None


def _waits(seen: Observed) -> Rollout:
    return Rollout(held=True, reason="WaitsForTurn", why=f"{seen.peers.under_way} other workers are starting")
