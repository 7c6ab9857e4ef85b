"""A pause that was asked for by annotation: whether the operator has handed it on, and its worker goes by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tradepods_cli.cluster.standing import Standing, standing_of
from tradepods_core.errors import Invalid
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_operator.engine.conditions import LEFT_ALONE
from tradepods_operator.engine.manifests.names import HALT
from tradepods_operator.engine.manifests.settings_map import handed
from tradepods_operator.engine.observed import read
from tradepods_operator.ports import Document

Result = Literal["confirmed", "no worker", "not confirmed", "refused"]
HELD: tuple[Result, ...] = ("confirmed", "no worker")
GOES_BY_THEM = ("WaitsForFlat", "WaitsForStart")  # other fields wait; whether it may open does not
ENDED = ("NoPod", "Stopped", "Degraded")
ENDS = {
    "Halted": "`tradepods fleet resume` ends a halt of the whole fleet",
    "Paused": "/resume in its chat ends a pause from there",
    "UnsupportedAccountMode": "set the account to single-asset mode at its exchange: the worker sees it by itself",
    "Tripped": "/resume in its chat ends it; a daily loss's ends at 00:00 UTC too",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was asked for, as the account was right after it.

    Attributes:
        before: names the settings that were handed on then.
        wanted: names those that are to be, by this release's reckoning; "" where the spec can't be read by it.
        settled: the operator had seen everything but this change.

    """

    before: str
    wanted: str
    settled: bool


def change_of(document: Document) -> Change:
    """The change of an account that has just been annotated."""
    found = standing_of(document)
    try:
        expected = settings_hash(handed(read(document)))
    except Invalid:
        expected = ""
    return Change(before=found.settings, wanted=expected, settled=found.acted_on)


def result_of(change: Change, now: Standing) -> Result:
    """How far it has come. An operator of another release names settings in another way: then a new name will do.

    While the operator is kept off nothing is handed on, and a worker that begins does so by what there is.
    """
    if now.said("SettingsApplied")[1] == LEFT_ALONE:
        return "not confirmed"
    known = now.settings and now.settings == change.wanted
    other = now.settings and change.settled and now.acted_on and now.settings != change.before
    worker, why = now.said("WorkerAvailable")
    ended: Result = "no worker" if worker == "False" and why in ENDED else "not confirmed"
    if not (known or other):
        return ended if _is_kept_out(now) else "not confirmed"
    status, reason = now.said("SettingsApplied")
    return "confirmed" if status == "True" or reason in GOES_BY_THEM else ended


def _is_kept_out(now: Standing) -> bool:
    """Whether nothing is handed on, as no worker may begin: one that may, once, begins by what holds then."""
    return now.acted_on and not now.settings and now.ready.status == "False"


def waits_for(change: Change, now: Standing) -> str:
    """Why it is not confirmed yet."""
    applied = now.conditions.get("SettingsApplied")
    if applied is not None and applied.reason == LEFT_ALONE:
        return str(applied)
    for kind in ("Stalled", "Reconciling"):
        found = now.conditions.get(kind)
        if found is not None and found.status == "True":
            return f"{kind}: {found}"
    if applied is not None and applied.status == "True" and now.settings == change.before:
        return "the operator has not said that it has handed this on"
    return f"SettingsApplied is {applied.status}: {applied}" if applied is not None else str(now.ready)


def still_held_by(now: Standing) -> Iterator[str]:
    """What keeps a resumed account from opening anything, and what ends that."""
    if now.deleting:
        yield "it is being deleted"
    if now.state != "Running":
        yield f"its manifest says state: {now.state}: write Running there"
    if HALT in now.held:
        yield f"it is annotated with {HALT}: kubectl annotate tradingaccount {now.key.name} {HALT}- takes that away"
    halted = now.conditions.get("TradingHalted")
    if halted is not None and halted.status == "True" and now.state == "Running" and not now.held:
        yield f"{halted}: {ENDS.get(halted.reason, 'its status says more')}"
