"""A look at everything at once: it heals what a watch has missed, and an unchanged fleet costs it no write."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL, COMPONENT, MANAGED_BY, OPERATOR, WORKER
from tradepods_operator.engine.news import News, version_of
from tradepods_operator.engine.observed import Account, read
from tradepods_operator.engine.reconcile import CHILDREN, Reconciler
from tradepods_operator.engine.shelf import Shelf
from tradepods_operator.ports import ACCOUNT, POD, Cluster, Document, Key, Kind

OURS = {MANAGED_BY: OPERATOR}
WORKERS = {**OURS, COMPONENT: WORKER}


class Survey:
    """All accounts with what belongs to them, by one list a kind.

    Args:
        news: hears what was read.

    """

    def __init__(self, *, cluster: Cluster, reconciler: Reconciler, news: News) -> None:
        self._cluster, self._reconciler, self._news = cluster, reconciler, news

    async def begin(self) -> list[Document]:
        """All accounts, of which `behind` is to tell more; one survey at a time."""
        self._reconciler.survey_begins()
        return await self.accounts()

    async def accounts(self) -> list[Document]:
        """All of them."""
        return await self._cluster.list(ACCOUNT)

    async def behind(self, documents: Iterable[Document]) -> list[Key]:
        """The accounts for which there is something to do, now or in a while, and those that have left something."""
        accounts, shelf, versions = [], Shelf(), defaultdict(set)
        planned: set[int] = set()
        for document in documents:
            accounts.append(account := read(document))
            versions[account.key].add(version_of(document))
        await self._collect(shelf, versions)
        await self._reconciler.introduce(accounts, shelf)
        known = {account.key for account in accounts}
        todo = {key for key in shelf.accounts() if key not in known and not _outlive(shelf.children(key))}
        for account in accounts:
            if self._reconciler.has_passed(account.key):
                continue
            planned |= versions[account.key]
            if self._is_behind(account, shelf):
                todo.add(account.key)
            await asyncio.sleep(0)  # the Lease has to be renewed meanwhile
        self._news.surveyed(planned)
        return sorted(todo | (set(self._reconciler.keys()) - known))

    async def _collect(self, shelf: Shelf, versions: dict[Key, set[int]]) -> None:
        for kind, name in (*CHILDREN, (POD, None)):
            async for page in self._cluster.pages(kind, labels=OURS if name else WORKERS):
                for one in page:
                    key = _key(one)
                    if name is None or one["metadata"]["name"] == name(key.name):
                        shelf.put(key, kind, one)
                        versions[key].add(version_of(one))

    def _is_behind(self, account: Account, shelf: Shelf) -> bool:
        key = account.key
        todo = self._reconciler.planned(self._reconciler.remembered(account, shelf.children(key), shelf.pods(key)))
        return todo.writes > 0 or todo.again_in is not None


def _key(document: Document) -> Key:
    about = document["metadata"]
    return Key(about["namespace"], (about.get("labels") or {}).get(ACCOUNT_LABEL, ""))


def _outlive(children: Mapping[Kind, Document]) -> bool:
    """Whether only what is to stay is left: the claim, and what garbage collection is about to take."""
    return all(
        "ownerReferences" in child["metadata"] or kind.plural.endswith("claims") for kind, child in children.items()
    )
