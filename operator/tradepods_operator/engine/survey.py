"""A look at everything at once: it heals what a watch has missed, and an unchanged fleet costs it no write."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping

import structlog

from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL, COMPONENT, MANAGED_BY, OPERATOR, WORKER
from tradepods_operator.engine.news import News, version_of
from tradepods_operator.engine.observed import Account, read
from tradepods_operator.engine.reconcile import Reconciler
from tradepods_operator.engine.shelf import Shelf
from tradepods_operator.engine.store import CHILDREN, Store
from tradepods_operator.ports import ACCOUNT, POD, Cluster, Document, Key, Kind

OURS = {MANAGED_BY: OPERATOR}
WORKERS = {**OURS, COMPONENT: WORKER}
log = structlog.get_logger()


class Survey:
    """All accounts with what belongs to them, by one list a kind.

    Args:
        store: takes on what was read.
        news: hears what was read.

    """

    def __init__(self, *, cluster: Cluster, reconciler: Reconciler, store: Store, news: News) -> None:
        self._cluster, self._reconciler, self._store, self._news = cluster, reconciler, store, news
        self._since = 0
        self._read: dict[Key, set[int]] = defaultdict(set)
        self._elsewhere: dict[Key, str] = {}

    async def begin(self) -> Shelf:
        """All accounts, of which `behind` is to tell more; one survey at a time."""
        self._reconciler.survey_begins()
        self._since, self._read = self._store.mark(), defaultdict(set)
        shelf = Shelf()
        async for page in self._cluster.pages(ACCOUNT):
            for one in page:
                self._put(shelf, Key(one["metadata"]["namespace"], one["metadata"]["name"]), ACCOUNT, one)
        return shelf

    async def accounts(self) -> AsyncIterator[Account]:
        """Each of them."""
        async for page in self._cluster.pages(ACCOUNT):
            for one in page:
                yield read(one)

    async def behind(self, shelf: Shelf) -> list[Key]:
        """The accounts for which there is something to do, now or in a while, and those that have left something."""
        await self._collect(shelf)
        await self._reconciler.introduce(shelf)
        known, planned = shelf.versions.keys(), set()
        todo = {key for key in shelf if key not in known and not _outlive(shelf.objects(key).children)}
        for key in known:
            self._store.keep(key, shelf.owned(key), since=self._since)
            if self._reconciler.has_passed(key):
                continue
            planned |= self._read[key]
            if self._is_behind(key, shelf):
                todo.add(key)
            await asyncio.sleep(0)  # the Lease has to be renewed meanwhile
        self._news.surveyed(planned)
        self._told_of_others()
        self._store.only(known, since=self._since)
        return sorted(todo | (set(self._reconciler.keys()) - known))

    async def _collect(self, shelf: Shelf) -> None:
        for kind, name in (*CHILDREN.items(), (POD, None)):
            async for page in self._cluster.pages(kind, labels=OURS if name else WORKERS):
                for one in page:
                    key = _key(one)
                    if name is None or one["metadata"]["name"] == name(key.name):
                        self._put(shelf, key, kind, one)

    def _put(self, shelf: Shelf, key: Key, kind: Kind, document: Document) -> None:
        shelf.put(key, kind, document)
        self._read[key].add(version_of(document))

    def _is_behind(self, key: Key, shelf: Shelf) -> bool:
        if not self._reconciler.knows_secrets(key):
            return True
        try:
            todo = self._reconciler.planned(self._reconciler.remembered(shelf.account(key), shelf.objects(key)))
        except Exception:
            log.exception("account_not_understood", account=str(key))
            return True  # its own pass fails too, again and again; nobody else's waits for it
        if todo.elsewhere:
            self._elsewhere[key] = todo.elsewhere
        return todo.writes > 0 or todo.again_in is not None

    def _told_of_others(self) -> None:
        """Where another release serves accounts of ours: in one line for all of them."""
        if self._elsewhere:
            first = min(self._elsewhere)
            why = self._elsewhere[first]
            log.warning("served_elsewhere", accounts=len(self._elsewhere), account=str(first), why=why)
        self._elsewhere.clear()


def _key(document: Document) -> Key:
    about = document["metadata"]
    return Key(about["namespace"], (about.get("labels") or {}).get(ACCOUNT_LABEL, ""))


def _outlive(children: Mapping[Kind, Document]) -> bool:
    """Whether only what is to stay is left: the claim, and what garbage collection is about to take."""
    return all(
        "ownerReferences" in child["metadata"] or kind.plural.endswith("claims") for kind, child in children.items()
    )
