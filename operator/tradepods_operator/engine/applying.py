"""Applies an account's objects, and remembers what has come of it: what comes back otherwise isn't sent for ever."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.names import APPLIED
from tradepods_operator.engine.manifests.sameness import is_applied
from tradepods_operator.engine.observed import Applied, Observed
from tradepods_operator.engine.telling import Patch
from tradepods_operator.ports import CONFIG_MAP, POD, Cluster, Document, Key, Kind, ref_of

BY_ITSELF = ("generation", "managedFields", "resourceVersion")  # what says nothing of an object's content


def to_apply(seen: Observed, objects: Collection[Document]) -> tuple[Document, ...]:
    """Those that are not as they should be, but for what stays otherwise whoever applies it."""
    children = {ref_of(child): child for child in seen.children.values()}
    return tuple(one for one in objects if not _is_there(one, children.get(ref_of(one)), seen.applied))


def _is_there(wanted: Document, live: Document | None, applied: Applied) -> bool:
    if live is None or is_applied(wanted, live):
        return live is not None
    return applied.taken.get(ref_of(wanted)) == _mark(wanted, live)


def _mark(wanted: Document, live: Document) -> str:
    """Names both what was asked for and what has come of it: neither may have changed since.

    Of the annotations ours alone: a controller notes something beside them each time that it acts.
    """
    asked, there = wanted["metadata"]["annotations"], live["metadata"].get("annotations") or {}
    about = {name: value for name, value in live["metadata"].items() if name not in BY_ITSELF}
    content = {name: value for name, value in live.items() if name not in ("apiVersion", "kind", "metadata", "status")}
    return digest([asked[APPLIED], {**about, "annotations": {name: there.get(name) for name in asked}}, content])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it.

    Attributes:
        error: to be raised once the rest is done; None where all were taken.

    """

    applied: Applied
    error: TradepodsError | None


class Applier:
    """The one that applies."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[Key, Applied] = {}

    def known(self, key: Key) -> Applied:
        """What came of it last."""
        return self._known.get(key, Applied())

    def forget(self, key: Key) -> None:
        """The account is gone."""
        self._known.pop(key, None)

    async def apply(self, key: Key, objects: Collection[Document]) -> Outcome:
        """All that can be: one object that is refused, or can't be taken now, keeps no other from being right."""
        refused: dict[Kind, Permanent] = {}
        delayed: dict[Kind, Temporary] = {}
        taken = dict(self.known(key).taken)
        for wanted in objects:
            ref = ref_of(wanted)
            try:
                live = await self._cluster.apply(wanted)
            except Permanent as error:
                refused[ref.kind] = error
            except Temporary as error:
                delayed[ref.kind] = error
            else:
                taken.pop(ref, None)
                if not is_applied(wanted, live):
                    taken[ref] = _mark(wanted, live)
        failed = frozenset({*refused, *delayed})
        found = Applied(refused=_last(refused), delayed=_last(delayed), failed=failed, some=bool(objects), taken=taken)
        self._known[key] = found
        first = next(iter((*delayed.values(), *refused.values())), None)
        return Outcome(applied=found, error=first)

    async def tell(self, patches: Collection[Patch], *, failed: Collection[Kind]) -> TradepodsError | None:
        """Each that can be; gives the first that was not.

        No pod hears of settings that could not be written.
        """
        first: TradepodsError | None = None
        for patch in patches:
            if patch.ref.kind == POD and CONFIG_MAP in failed:
                continue
            try:
                await self._cluster.patch(patch.ref, patch.body)
            except (Temporary, Permanent) as error:
                first = first or error
        return first


def _last(errors: Mapping[Kind, Exception]) -> str:
    return "" if not errors else str(list(errors.values())[-1])


def as_told(applied: Applied, before: Applied) -> Applied:
    """For the status of the pass that has applied: whether it may wait is as it was before."""
    return replace(applied, some=before.some)
