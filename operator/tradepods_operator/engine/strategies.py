"""TradingStrategies: which of them are right, who follows them, and the one ConfigMap that the signal service mounts.

It starts from that without the operator. What is not right is left out, and says why on its own resource.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tradepods_core.errors import Invalid, Permanent, Temporary
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.revision import revision_of
from tradepods_core.times import Now, written
from tradepods_operator.engine.acknowledged import Handed, Word, word_on
from tradepods_operator.engine.manifests.json_text import for_yaml
from tradepods_operator.engine.manifests.names import APPLIED, MANAGED_BY, OPERATOR, STRATEGIES
from tradepods_operator.engine.manifests.sameness import covers, is_applied, sealed
from tradepods_operator.engine.observed import annotation, running
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.quotas import Asked, Quotas, without_room
from tradepods_operator.engine.roster import Entry
from tradepods_operator.ports import (
    CONFIG_MAP,
    POD,
    STRATEGY,
    Cluster,
    Document,
    Gone,
    Key,
    Reconciled,
    StrategiesHeard,
    StrategyReader,
    ref_of,
)

EVERY = Key("", "strategies")  # all of them are one piece of work; no account has an empty namespace
LARGEST = 900_000  # bytes of the files: the API server takes a MiB of an object
MOST_NAMED, LONGEST = 1_000, 4_096  # accounts in a status; characters of a message
LONGEST_NAMESPACE = 40  # characters, as signals' ids have it
AGAIN, SOON = 60.0, 5.0  # seconds until the next pass; while a word of the service is awaited


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A strategy.

    Attributes:
        file: as the service reads it; "" where it is left out, `reason` and `message` say why.
        revision: names what it says, as the service does; "" where it can't be read.

    """

    document: Document
    file: str = ""
    revision: str = ""
    reason: str = "Valid"
    message: str = ""

    @property
    def key(self) -> Key:
        """Its namespace and name."""
        return Key(self.document["metadata"]["namespace"], self.document["metadata"]["name"])


def judged(documents: Iterable[Document], policy: Policy) -> list[Judged]:
    """Each strategy; of a namespace's own the older ones come first where there is no room for all."""
    quotas = Quotas(caps=policy.namespace_caps, exempt=policy.release_namespace)
    by_age = sorted(documents, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))
    found = [_judged(document, quotas) for document in by_age]
    asked = [Asked(namespace=one.key.namespace, enabled=_is_enabled(one), size=_size(one)) for one in found]
    crowded = without_room(asked, room=LARGEST, exempt=policy.release_namespace)
    return [_left_out(one) if place in crowded else one for place, one in enumerate(found)]


def _size(one: Judged) -> int:
    """Bytes of the ConfigMap; a file's name stands in it twice, as one of the fields that we own too."""
    return len(one.file.encode()) + 2 * len(_file_name(one)) if one.file else 0


def _file_name(one: Judged) -> str:
    return f"{one.key.namespace}.{one.key.name}.json"


def _is_enabled(one: Judged) -> bool:
    return bool((one.document.get("spec") or {}).get("enabled", True))


def _left_out(one: Judged) -> Judged:
    why = "the fleet's strategies are larger than one ConfigMap, and its namespace's share of it is used up"
    fix = "delete some of these, or make this one smaller"
    return Judged(document=one.document, reason="QuotaExceeded", message=f"{why}: {fix}")


def strategies_map(found: Iterable[Judged], policy: Policy) -> Document:
    """The ConfigMap, a file each."""
    labels = {"app.kubernetes.io/name": "tradepods", MANAGED_BY: OPERATOR}
    about = {"name": policy.strategies_map, "namespace": policy.release_namespace, "labels": labels}
    files = {_file_name(one): one.file for one in found if one.file}
    return sealed({"apiVersion": CONFIG_MAP.api, "kind": CONFIG_MAP.name, "metadata": about, "data": files})


def word(one: Judged, heard: StrategiesHeard | None, *, told: bool) -> Word:
    """Whether it is right, and the service goes by it: see `word_on`."""
    if not one.file:
        return Word(status="False", reason=one.reason, message=one.message)
    live = one.document.get("status") or {}
    stood = live.get("revision") == one.revision and _before(one).get("status") == "True"
    return word_on(Handed(key=one.key, file=_file_name(one), revision=one.revision, stood=stood), heard, told=told)


def _before(one: Judged) -> Document:
    """The condition that it has."""
    found: Sequence[Document] = (one.document.get("status") or {}).get("conditions") or ({},)
    return found[0]


def status(one: Judged, said: Word, followers: Sequence[Key], *, now: datetime) -> Mapping[str, Any]:
    """How a strategy stands."""
    before, generation = _before(one), one.document["metadata"].get("generation", 1)
    same = before.get("status") == said.status
    condition = {
        "type": "Ready",
        "status": said.status,
        "reason": said.reason,
        "message": said.message[:LONGEST],
        "observedGeneration": generation,
        "lastTransitionTime": before["lastTransitionTime"] if same else written(now.replace(microsecond=0)),
    }
    return {
        "observedGeneration": generation,
        "conditions": [condition],
        "accounts": [str(key) for key in followers[:MOST_NAMED]],
        "accountCount": len(followers),
        **({"revision": one.revision} if one.file else {}),
    }


def followers(one: Judged, entries: Iterable[Entry], policy: Policy) -> list[Key]:
    """The accounts that follow it: those that name it, and those that follow all; of its namespace, or of every one."""
    if not one.file or not _is_enabled(one):
        return []
    shared = one.key.namespace == policy.release_namespace
    return sorted(
        entry.key
        for entry in entries
        if (shared or entry.key.namespace == one.key.namespace)
        and entry.follows is not None
        and (not entry.follows or one.key.name in entry.follows)
    )


def _judged(document: Document, quotas: Quotas) -> Judged:
    about = {"name": document["metadata"]["name"], "namespace": document["metadata"]["namespace"]}
    try:
        spec = read_strategy(document.get("spec"))
    except Invalid as error:
        return Judged(document=document, reason="Invalid", message=str(error))
    if len(about["namespace"]) > LONGEST_NAMESPACE:
        why = f"its namespace has more than {LONGEST_NAMESPACE} characters: put it into one with a shorter name"
        return Judged(document=document, reason="NamespaceTooLong", message=why)
    if why := quotas.take(about["namespace"], spec):
        return Judged(document=document, reason="QuotaExceeded", message=why)
    whole = {"apiVersion": STRATEGY.api, "kind": STRATEGY.name, "metadata": about, "spec": document["spec"]}
    return Judged(document=document, file=for_yaml(json.dumps(whole, sort_keys=True)), revision=revision_of(spec))


class Entries(Protocol):
    """Asks who there is."""

    def __call__(self) -> Iterable[Entry]:
        """All accounts, as they are known to each other."""
        ...


class Strategist:
    """Brings the service's strategies to what the resources say, and the resources' statuses to what it says."""

    def __init__(
        self, *, cluster: Cluster, service: StrategyReader, policy: Policy, entries: Entries, now: Now
    ) -> None:
        self._cluster, self._service, self._policy = cluster, service, policy
        self._entries, self._now = entries, now

    async def reconcile(self) -> Reconciled:
        """One pass over all of them; an unchanged one costs no write."""
        found = judged([one for one in await self._cluster.list(STRATEGY) if not _is_going(one)], self._policy)
        wanted = strategies_map(found, self._policy)
        writes, pods = await self._store(wanted), await self._pods()
        writes += await self._hasten(wanted, pods)
        heard, untold, again_in = await self._heard(found), "", AGAIN
        for one in found:
            said = word(one, heard, told=bool(pods))
            again_in = SOON if said.status == "Unknown" else again_in
            try:
                writes += await self._tell(one, said)
            except Gone:  # it has been deleted since
                continue
            except Permanent as error:  # its own trouble: neither the others nor the next change wait for it
                untold = f"{one.key}: {error}"
        return Reconciled(writes=writes, again_in=again_in, untold=untold)

    async def _heard(self, found: Iterable[Judged]) -> StrategiesHeard | None:
        """What the service says of all of them; None where it doesn't answer, which the fleet's reader logs."""
        if not any(one.file for one in found):
            return StrategiesHeard(revisions={})
        try:
            return await self._service.strategies()
        except Temporary:
            return None

    async def _store(self, wanted: Document) -> int:
        """These files and no other: a strategy that somebody else put there would be followed."""
        ref = ref_of(wanted)
        live = await self._cluster.get(ref)
        foreign = ((live or {}).get("data") or {}).keys() - wanted["data"].keys()
        same = is_applied(wanted, live)
        if not same:
            await self._cluster.apply(wanted)
        if foreign:
            await self._cluster.patch(ref, {"data": dict.fromkeys(foreign)})
        return (not same) + bool(foreign)

    async def _pods(self) -> list[Document]:
        """The service's, those that end aside."""
        house, labels = self._policy.release_namespace, self._policy.signals.pod_labels
        return running(tuple(await self._cluster.list(POD, namespace=house, labels=labels)))

    async def _hasten(self, wanted: Document, pods: Iterable[Document]) -> int:
        """The kubelet hands a changed ConfigMap on once its pod's annotations change; else within a minute or so."""
        mark = annotation(wanted, APPLIED)
        behind = [pod for pod in pods if annotation(pod, STRATEGIES) != mark]
        for pod in behind:
            with contextlib.suppress(Gone):
                await self._cluster.patch(ref_of(pod), {"metadata": {"annotations": {STRATEGIES: mark}}})
        return len(behind)

    async def _tell(self, one: Judged, word: Word) -> int:
        said = status(one, word, followers(one, self._entries(), self._policy), now=self._now())
        live = one.document.get("status") or {}
        if covers(live, said) and live.get("accounts", []) == said["accounts"]:
            return 0
        about = {"name": one.key.name, "namespace": one.key.namespace}
        await self._cluster.apply_status(
            {"apiVersion": STRATEGY.api, "kind": STRATEGY.name, "metadata": about, "status": said}
        )
        return 1


def _is_going(document: Document) -> bool:
    return "deletionTimestamp" in document["metadata"]
