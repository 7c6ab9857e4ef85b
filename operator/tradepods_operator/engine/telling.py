"""How a worker that runs hears of its settings, and of a pause while no other settings can be handed to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tradepods_core.times import written
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.settings_map import FILE, in_file, in_hand, name_of, written_down
from tradepods_operator.engine.observed import Observed, annotation, is_ours, moment, running
from tradepods_operator.ports import CONFIG_MAP, POD, Document, Ref, ref_of

TELL_EVERY, TELL_MOST = timedelta(seconds=20), 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A merge into an object."""

    ref: Ref
    body: Document


def hand_pause(seen: Observed, now: datetime) -> Iterator[Patch]:
    """What is there stays as it is, but whoever pauses is obeyed: by the settings that the worker has."""
    live, spec = _its_own(seen)
    if live is None or spec is None:
        return
    held = in_hand(seen.account, spec)
    if held != spec:
        yield Patch(ref=ref_of(live), body={"data": {FILE: written_down(held)}})
    if name := name_of(held):
        yield from telling(seen, name, now)


def still_handed(seen: Observed) -> str:
    """Names the settings that the worker is to go by while no others can be handed to it; "" where it has none."""
    _, spec = _its_own(seen)
    return "" if spec is None else name_of(in_hand(seen.account, spec))


def in_its_hand(seen: Observed) -> str:
    """Names the settings that the worker has, or begins by, while nothing at all is handed to it; "" where none."""
    _, spec = _its_own(seen)
    return "" if spec is None else name_of(spec)


def _its_own(seen: Observed) -> tuple[Document | None, Document | None]:
    """The ConfigMap, where it is the account's, and what it says."""
    live = seen.children.get(CONFIG_MAP)
    if live is None or not is_ours(live, seen.account.key):
        return None, None
    return live, in_file(live)


def telling(seen: Observed, settings_hash: str, now: datetime) -> Iterator[Patch]:
    """A mounted ConfigMap arrives within a second once its pod's own annotations change; else within a minute or so."""
    for pod in running(seen.pods):
        told = annotation(pod, names.SETTINGS)
        times, at = _told(pod) if told == settings_hash else (0, now)
        if not _is_to_be_told(seen, settings_hash, told=told, times=times, at=at, now=now):
            continue
        marks = {names.SETTINGS: settings_hash, names.TOLD: f"{times + 1} {written(now)}"}
        ref = Ref(POD, pod["metadata"]["namespace"], pod["metadata"]["name"])
        yield Patch(ref=ref, body={"metadata": {"annotations": marks}})


def _told(pod: Document) -> tuple[int, datetime]:
    """How often a pod was told, and when last; never, where a hand has written something else there."""
    times, _, at = annotation(pod, names.TOLD).partition(" ")
    try:
        return int(times), moment(at)
    except ValueError:
        return 0, datetime.min.replace(tzinfo=UTC)


def _is_to_be_told(seen: Observed, settings_hash: str, *, told: str, times: int, at: datetime, now: datetime) -> bool:
    """Where older settings were told, or are heard; again while they still are, but not for ever."""
    if told not in ("", settings_hash):
        return True
    if seen.digest is None or not seen.fresh or seen.digest.heartbeat.settings_hash == settings_hash:
        return False
    return times == 0 or (times < TELL_MOST and now - at >= TELL_EVERY)
