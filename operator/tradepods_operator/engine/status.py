"""An account's status: what it says, and when a change of it is worth a write."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tradepods_core.money import plain
from tradepods_core.wire.fleet import Heartbeat
from tradepods_operator.engine.conditions import Standing, conditions
from tradepods_operator.engine.manifests.sameness import covers
from tradepods_operator.engine.observed import Observed
from tradepods_operator.ports import ACCOUNT, Document

MONEY_EVERY = timedelta(minutes=1)
MOVED = Decimal("0.001")  # of the equity: less is noise
CYCLE_EVERY = timedelta(minutes=5)
STEADY = ("openPositions", "overrides", "lastError")
MOVING = ("equity", "lastCycleId")  # what changes by itself all the time


def status(seen: Observed, standing: Standing, *, now: datetime) -> Mapping[str, Any]:
    """The whole status, its moving parts as they were while they are not worth a write."""
    found = conditions(seen, standing, now=now)
    known = {name: seen.account.status[name] for name in MOVING if name in seen.account.status}
    if seen.digest is None:  # of an operator that is new, or a service that is away: what was last known stands
        said = {name: seen.account.status[name] for name in STEADY if name in seen.account.status}
    else:
        said = _of_worker(seen.digest.heartbeat)
    if seen.digest is None:
        moving = known
    elif _is_worth(known, said, seen.money_at, now):
        moving = {name: said[name] for name in MOVING if name in said}
    else:
        moving = known
    steady = {name: value for name, value in said.items() if name in STEADY}
    return {
        "observedGeneration": seen.account.generation,
        "phase": phase(found),
        "conditions": found,
        **({"settingsHash": standing.settings} if standing.settings else {}),
        **steady,
        **moving,
    }


def phase(found: list[Document]) -> str:
    """The conditions in one word: a change that is held back goes before what a worker does meanwhile."""
    by_type = {condition["type"]: condition for condition in found}
    kind = "Reconciling" if by_type["Reconciling"]["status"] == "True" else "Ready"
    return str(by_type[kind]["reason"])


def is_written(live: Document, wanted: Mapping[str, Any]) -> bool:
    """Whether the status says this already, and nothing else of ours."""
    gone = {name for name in live if name not in wanted and name in ("settingsHash", *STEADY, *MOVING)}
    return not gone and covers(live, wanted) and _is_whole(live, wanted)


def moves_money(live: Document, wanted: Mapping[str, Any]) -> bool:
    """Whether a write takes moving parts along."""
    return any(live.get(name) != wanted.get(name) for name in MOVING)


def of(seen: Observed, wanted: Mapping[str, Any]) -> Document:
    """As the status subresource takes it."""
    about = {"name": seen.account.key.name, "namespace": seen.account.key.namespace}
    return {"apiVersion": ACCOUNT.api, "kind": ACCOUNT.name, "metadata": about, "status": dict(wanted)}


def _is_whole(live: Document, wanted: Mapping[str, Any]) -> bool:
    """Whether no override stands there that is over."""
    return bool((live.get("overrides") or {}) == (wanted.get("overrides") or {}))


def _of_worker(heartbeat: Heartbeat) -> dict[str, Any]:
    return {
        "equity": plain(heartbeat.equity),
        "openPositions": len(heartbeat.positions) + len(heartbeat.guarded),
        **({"overrides": dict(heartbeat.overrides)} if heartbeat.overrides else {}),
        **({"lastCycleId": heartbeat.last_cycle} if heartbeat.last_cycle else {}),
        **({"lastError": heartbeat.last_error} if heartbeat.last_error else {}),
    }


def _is_worth(known: Mapping[str, Any], said: Mapping[str, Any], at: datetime | None, now: datetime) -> bool:
    since = MONEY_EVERY if at is None else now - at
    if since < MONEY_EVERY:
        return False
    if since >= CYCLE_EVERY and known.get("lastCycleId") != said.get("lastCycleId"):
        return True
    try:
        old, new = Decimal(str(known["equity"])), Decimal(said["equity"])
    except (KeyError, InvalidOperation):
        return True
    return abs(new - old) > abs(old) * MOVED
