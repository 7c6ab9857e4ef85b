"""Pods whose account is gone: what they have is nobody else's before they have ended.

An operator that never saw the account learns of that by their Secrets, as far as these are still there.
"""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.engine import secret_uses
from tradepods_operator.engine.observed import moment
from tradepods_operator.engine.roster import Entry
from tradepods_operator.ports import POD, SECRET, Cluster, Document, Key, Ref


async def entry_of_pods(key: Key, pods: Sequence[Document], *, cluster: Cluster, fleet: UUID) -> Entry:
    """Theirs, by which no worker that runs is stopped; of those given at least one. Raises Temporary."""
    found = [mark async for mark in _marks(pods, cluster=cluster, fleet=fleet)]
    created = min(moment(pod["metadata"]["creationTimestamp"]) for pod in pods)
    still = frozenset[str]().union(*found)
    return Entry(key=key, created=created, priority=0, wants=False, works=False, holds=False, ends=True, still=still)


async def _marks(pods: Sequence[Document], *, cluster: Cluster, fleet: UUID) -> AsyncIterator[frozenset[str]]:
    for pod in pods:
        namespace = pod["metadata"]["namespace"]
        for source in await _mounted(Ref(POD, namespace, pod["metadata"]["name"]), cluster):
            try:
                document = await cluster.get(Ref(SECRET, namespace, source["secretName"]))
            except (Permanent, Temporary):  # as far as can be: the others' start doesn't wait for it
                continue
            keys = tuple(item["key"] for item in source.get("items", ()))
            yield secret_uses.marks_in(document, keys, fleet=fleet)


async def _mounted(ref: Ref, cluster: Cluster) -> list[Document]:
    """The Secrets of a pod, which a list of pods leaves out."""
    whole = await cluster.get(ref)
    volumes = () if whole is None else whole["spec"].get("volumes", ())
    return [volume["secret"] for volume in volumes if "secret" in volume]
