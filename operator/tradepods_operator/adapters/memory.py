"""A cluster in memory: objects, versions, finalizers, server-side apply. Nobody acts on them but who is asked to."""

import copy
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from tradepods_core.times import Now, written
from tradepods_operator.adapters.merging import applied, merged
from tradepods_operator.ports import POD, Conflict, Document, Gone, Kind, Ref, ref_of

Json = dict[str, Any]


class MemoryCluster:
    """Stands for the API server.

    Attributes:
        watch: is shown each object that changes or goes, at once.
        reads: what was asked for, in words.
        writes: what was asked of it that would change something, in words; one that changes nothing counts too.

    """

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self._objects: dict[Ref, Json] = {}
        self._before: dict[tuple[Ref, str], Document] = {}  # what was applied last
        self.watch: Callable[..., None] | None = None
        self.reads: list[str] = []
        self.writes: list[str] = []

    async def get(self, ref: Ref) -> Document | None:
        """The object, None where there is none."""
        self.reads.append(f"get {ref}")
        return copy.deepcopy(self._objects.get(ref))

    async def list(self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Document]:
        """The objects of a kind, by name."""
        self.reads.append(f"list {kind.name}")
        wanted = (labels or {}).items()
        large = ("spec",) if kind == POD else ()
        return [
            {name: copy.deepcopy(part) for name, part in self._objects[ref].items() if name not in large}
            for ref in sorted(self._objects)
            if ref.kind == kind
            and namespace in ("", ref.namespace)
            and wanted <= (self._objects[ref]["metadata"].get("labels") or {}).items()
        ]

    async def pages(
        self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> AsyncIterator[Sequence[Document]]:
        """All of them at once."""
        yield await self.list(kind, namespace=namespace, labels=labels)

    async def apply(self, document: Document) -> Document:
        """As our field manager, by force."""
        ref = ref_of(document)
        self.writes.append(f"apply {ref}")
        body = copy.deepcopy(dict(document))
        self._store(ref, applied(self._objects.get(ref, {}), self._before.get((ref, "")), body))
        self._before[ref, ""] = body
        return copy.deepcopy(self._objects[ref])

    async def apply_status(self, document: Document) -> None:
        """The same for the status alone; raises Gone."""
        ref = ref_of(document)
        self.writes.append(f"status {ref}")
        live = self._there(ref)
        wanted = copy.deepcopy(document["status"])
        status = applied(live.get("status"), self._before.get((ref, "status")), wanted)
        self._store(ref, {**live, "status": status})
        self._before[ref, "status"] = wanted

    async def create(self, document: Document) -> None:
        """Create; raises Conflict where it is there already."""
        ref = ref_of(document)
        self.writes.append(f"create {ref}")
        if ref in self._objects:
            raise Conflict(f"{ref} is there already")
        self._store(ref, copy.deepcopy(dict(document)))

    async def patch(self, ref: Ref, body: Document) -> None:
        """Merge; raises Gone, Conflict."""
        self.writes.append(f"patch {ref}")
        live = self._there(ref)
        version = body.get("metadata", {}).get("resourceVersion")
        if version is not None and version != live["metadata"]["resourceVersion"]:
            raise Conflict(f"{ref} has changed meanwhile")
        self._store(ref, merged(live, copy.deepcopy(body)))

    async def delete(self, ref: Ref, *, uid: str = "") -> None:
        """Delete; one with finalizers goes once the last of these has."""
        self.writes.append(f"delete {ref}")
        live = self._objects.get(ref)
        if live is None or (uid and uid != live["metadata"]["uid"]):
            return
        about = live["metadata"]
        if "deletionTimestamp" not in about:
            about["deletionTimestamp"] = written(self._now().replace(microsecond=0))
            about["generation"] = about.get("generation", 0) + 1
        self._store(ref, copy.deepcopy(live))

    def _there(self, ref: Ref) -> Json:
        if ref not in self._objects:
            raise Gone(f"{ref} is gone")
        return self._objects[ref]

    def _store(self, ref: Ref, found: Json) -> None:
        """What is the same as before gets no new version; what waits for nothing more goes."""
        live = self._objects.get(ref)
        if found == live and "deletionTimestamp" not in found["metadata"]:
            return
        about = found["metadata"] = {**found["metadata"]}
        if "deletionTimestamp" in about and not about.get("finalizers"):
            del self._objects[ref]
            self._before = {key: value for key, value in self._before.items() if key[0] != ref}
            self._show(ref, document=found, gone=True)
            return
        about.setdefault("uid", f"00000000-0000-4000-8000-{next(self._numbers):012d}")
        about.setdefault("creationTimestamp", written(self._now().replace(microsecond=0)))
        about["resourceVersion"] = str(next(self._numbers))
        if live is None or live.get("spec") != found.get("spec"):
            about["generation"] = about.get("generation", 0) + 1
        self._objects[ref] = found
        self._show(ref, document=found, gone=False)

    def _show(self, ref: Ref, *, document: Document, gone: bool) -> None:
        if self.watch is not None:
            self.watch(ref.kind, copy.deepcopy(document), gone=gone)
