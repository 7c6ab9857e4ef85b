"""A worker that crashes again and again is stopped: it would only open and lose its place, over and over.

What was seen is kept in an annotation of its Deployment, so that another operator goes on from there.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tradepods_core.times import written
from tradepods_operator.engine.manifests.names import CRASHES
from tradepods_operator.engine.observed import annotation, moment
from tradepods_operator.ports import Document

WINDOW = timedelta(minutes=10)
MOST = 3  # crashes in that time
FIRST_REST, LONGEST_REST = timedelta(minutes=30), timedelta(hours=16)
NOT_ITS_FAULT = frozenset({"OOMKilled", "ContainerStatusUnknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashes:
    """What is known of a worker's crashes.

    Attributes:
        seen: restarts that are counted already, by pod.
        at: when the last ones were.
        until: how long the worker rests; None where it may run.
        rests: how often it has rested since the last change of what it is made of.
        of: names what it is made of: a change ends the rest.

    """

    seen: Mapping[str, int]
    at: tuple[datetime, ...] = ()
    until: datetime | None = None
    rests: int = 0
    of: str = ""

    def resting(self, now: datetime) -> bool:
        """Whether it is kept from running."""
        return self.until is not None and now < self.until

    @property
    def since(self) -> datetime | None:
        """When its rest began."""
        return None if self.until is None else self.until - _rest(self.rests - 1)

    def text(self) -> str:
        """As the annotation has it; "" where there is nothing to remember."""
        if not self.seen and not self.at and not self.rests:
            return ""
        until = None if self.until is None else written(self.until)
        known = {"seen": dict(self.seen), "at": [written(at) for at in self.at], "until": until}
        return json.dumps({**known, "rests": self.rests, "of": self.of}, sort_keys=True)


def crashes(
    deployment: Document | None, pods: tuple[Document, ...], *, made_of: str, excused: bool, now: datetime
) -> Crashes:
    """What is known now; `excused` where so many crash that resting would not help."""
    known, seen = _known(deployment), {pod["metadata"]["uid"]: _restarts(pod) for pod in pods if _restarts(pod)}
    if known.of not in ("", made_of):
        return Crashes(seen=seen, of=made_of)
    recent = tuple(at for at in (*known.at, *_new(known, pods)) if now - at < WINDOW)
    known = replace(known, seen=seen, at=recent, of=made_of)
    if len(recent) < MOST or excused or known.resting(now):
        return known
    return replace(known, at=(), until=now + _rest(known.rests), rests=known.rests + 1)


def recorded(deployment: Document | None) -> datetime | None:
    """Until when a worker rests, as the cluster has it already; None where it does not."""
    return _known(deployment).until


def _rest(rests: int) -> timedelta:
    return min(FIRST_REST * int(2 ** min(rests, 10)), LONGEST_REST)


def _known(deployment: Document | None) -> Crashes:
    """What the annotation says; nothing where somebody else has written it."""
    try:
        found = json.loads(annotation(deployment, CRASHES) or "{}")
        until = found.get("until")
        return Crashes(
            seen={str(uid): int(count) for uid, count in found.get("seen", {}).items()},
            at=tuple(moment(at) for at in found.get("at", ())),
            until=None if until is None else moment(until),
            rests=int(found.get("rests", 0)),
            of=str(found.get("of", "")),
        )
    except (ValueError, TypeError, AttributeError):
        return Crashes(seen={})


def _new(known: Crashes, pods: tuple[Document, ...]) -> Iterator[datetime]:
    """Ends of the worker's process that are not counted yet, and that were its own fault.

    Only of a pod's last one it is known when and why it was: more of them that nobody has seen may be a day old.
    """
    for pod in pods:
        ended = _container(pod).get("lastState", {}).get("terminated", {})
        is_new = _restarts(pod) > known.seen.get(pod["metadata"]["uid"], 0)
        if is_new and ended.get("reason") not in NOT_ITS_FAULT and "finishedAt" in ended:
            yield moment(ended["finishedAt"])


def _restarts(pod: Document) -> int:
    return int(_container(pod).get("restartCount", 0))


def _container(pod: Document) -> Document:
    found: list[Document] = pod.get("status", {}).get("containerStatuses") or [{}]
    return found[0]
