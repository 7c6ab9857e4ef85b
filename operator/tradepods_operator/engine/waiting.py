"""When time alone makes a difference to an account, though nothing may have happened."""

from datetime import datetime

from tradepods_operator.engine.conditions import Standing
from tradepods_operator.engine.observed import Observed
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.rollout import turn_left
from tradepods_operator.engine.telling import TELL_EVERY

LOOK_AGAIN = 30.0  # seconds after which what is waited for is looked at again
# Secrets are looked at each minute; who leaves a place calls for the next in line, and so does a look at everything
SELDOM = {"SecretNotUsable": 60.0, "Queued": None}
SOON = 5.0
LOOK_OUT = 4  # for each turn so many of those that wait look for it in that time, however many there are
TURN_IS_OVER = 1.0  # seconds after the last in which it counts


def again(seen: Observed, standing: Standing, *, policy: Policy, now: datetime) -> float | None:
    """When to look again though nothing may have happened: a turn that comes to nothing is free again on time, too."""
    turn = turn_left(seen, policy=policy.rollout, now=now)
    over = None if turn is None else turn.total_seconds() + TURN_IS_OVER
    return min((one for one in (over, _waits(seen, standing, policy=policy, now=now)) if one is not None), default=None)


def _waits(seen: Observed, standing: Standing, *, policy: Policy, now: datetime) -> float | None:
    """Seconds until what the account itself waits for is looked at."""
    if standing.resting and standing.crashes is not None and standing.crashes.until is not None:
        return max((standing.crashes.until - now).total_seconds(), 1.0)
    if standing.rollout.reason == "WaitsForTurn":
        return max(SOON, SOON * seen.peers.waiting / (LOOK_OUT * policy.rollout.max_concurrent))
    if standing.objection is not None and standing.objection.reason in SELDOM:
        return SELDOM[standing.objection.reason]
    if standing.objection is not None or standing.rollout.held or standing.confirm:
        return LOOK_AGAIN
    if seen.digest is not None and seen.digest.heartbeat.settings_hash != standing.settings:
        return TELL_EVERY.total_seconds()
    return None
