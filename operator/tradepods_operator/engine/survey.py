"""A look at everything at once: it heals what a watch has missed, and an unchanged fleet costs it no write."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL, MANAGED_BY, OPERATOR
from tradepods_operator.engine.observed import Account, read
from tradepods_operator.engine.reconcile import CHILDREN, Reconciler
from tradepods_operator.ports import ACCOUNT, POD, Cluster, Document, Key, Kind

OURS = {MANAGED_BY: OPERATOR}


class Survey:
    """All accounts with what belongs to them, by one list a kind."""

    def __init__(self, *, cluster: Cluster, reconciler: Reconciler) -> None:
        self._cluster, self._reconciler = cluster, reconciler

    async def accounts(self) -> list[Document]:
        """All of them."""
        return await self._cluster.list(ACCOUNT)

    async def behind(self, documents: Iterable[Document]) -> list[Key]:
        """The accounts for which there is something to do, and those that are gone and have left something."""
        found = {account.key: account for account in map(read, documents)}
        children: dict[Key, dict[Kind, Document]] = defaultdict(dict)
        for kind, name in CHILDREN:
            for child in await self._cluster.list(kind, labels=OURS):
                key = _key(child)
                if child["metadata"]["name"] == name(key.name):
                    children[key][kind] = child
        pods: dict[Key, list[Document]] = defaultdict(list)
        for pod in await self._cluster.list(POD, labels=OURS):
            pods[_key(pod)].append(pod)
        await self._reconciler.introduce(found.values(), children, pods)
        left = {key for key in children if key not in found and not _outlive(children[key])}
        todo = []
        for key, account in found.items():
            if self._is_behind(account, children, pods):
                todo.append(key)
            await asyncio.sleep(0)  # the Lease has to be renewed meanwhile
        return sorted({*todo, *left, *(set(self._reconciler.keys()) - found.keys())})

    def _is_behind(
        self, account: Account, children: Mapping[Key, dict[Kind, Document]], pods: Mapping[Key, list[Document]]
    ) -> bool:
        key = account.key
        seen = self._reconciler.remembered(account, children.get(key, {}), tuple(pods.get(key, ())))
        return self._reconciler.planned(seen).writes > 0


def _key(document: Document) -> Key:
    about = document["metadata"]
    return Key(about["namespace"], (about.get("labels") or {}).get(ACCOUNT_LABEL, ""))


def _outlive(children: Mapping[Kind, Document]) -> bool:
    """Whether only what is to stay is left: the claim, and what garbage collection is about to take."""
    return all(
        "ownerReferences" in child["metadata"] or kind.plural.endswith("claims") for kind, child in children.items()
    )
