"""What belongs to accounts, as the watches show it: a pass over a worker that runs asks for nothing that is known.

An account's objects are known once all of them were read, and kept up by what is shown of them afterwards: by a watch,
or by the answer to a write of ours, whichever is newer. In doubt they are forgotten, and the next pass reads them.
"""

from collections.abc import Collection, Mapping

from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import Account, works
from tradepods_operator.engine.shelf import Objects, Packed, objects, packed, version_number
from tradepods_operator.ports import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    NETWORK_POLICY,
    POD,
    SERVICE_ACCOUNT,
    Document,
    Key,
    Kind,
    Ref,
)

CHILDREN = {
    CONFIG_MAP: names.settings,
    SERVICE_ACCOUNT: names.worker,
    CLAIM: names.ledger,
    NETWORK_POLICY: names.worker,
    DEPLOYMENT: names.worker,
}


class Store:
    """The objects of accounts."""

    def __init__(self) -> None:
        self._known: dict[Key, dict[Ref, Packed]] = {}
        self._shown: dict[Key, int] = {}  # when something of an account was shown last
        self._count = 0

    def mark(self) -> int:
        """A moment: what is read after it may be kept."""
        return self._count

    def keep(self, key: Key, found: Mapping[Ref, Packed], *, since: int) -> None:
        """Take on all of an account's objects, read after `since`.

        Where any was shown meanwhile it is open which is newer: what was read stands only if it is what is known.
        """
        if self._shown.get(key, 0) <= since:
            self._known[key] = dict(found)
        elif _versions(self._known.get(key, {})) != _versions(found):
            self.forget(key)

    def shown(self, kind: Kind, document: Document, *, gone: bool = False) -> None:
        """An object is so now, or gone: what else belongs to the account has to be read then."""
        key = owner_of(kind, document)
        if key is None:
            return
        one = packed(kind, document)
        if gone or not one.version:
            self.forget(key)
            return
        self._touch(key)
        known, ref = self._known.get(key), Ref(kind, key.namespace, document["metadata"]["name"])
        if known is not None and (ref not in known or known[ref].version <= one.version):
            known[ref] = one

    def left(self, kind: Kind, document: Document) -> None:
        """A write of ours has left an object so: what is known as newer may be of before its cluster was restored."""
        key = owner_of(kind, document)
        if key is not None:
            known = self._known.get(key, {}).get(Ref(kind, key.namespace, document["metadata"]["name"]))
            if known is not None and known.version > version_number(document):
                self.forget(key)
        self.shown(kind, document)

    def running(self, account: Account) -> Objects | None:
        """The objects of an account whose worker runs; None where they are to be read.

        They are before a worker starts, and where one is missing: it may be there and somebody else's.
        """
        found = objects(self._known.get(account.key, {}))
        needed = CHILDREN.keys() - ({CLAIM} if account.spec is None or account.spec.ledger.type != "sqlite" else ())
        whole = needed <= found.children.keys() and works(found.children[DEPLOYMENT])
        return found if whole and account.deleting is None else None

    def forget(self, key: Key) -> None:
        """What is known of the account's objects may be wrong."""
        self._touch(key)
        self._known.pop(key, None)

    def only(self, keys: Collection[Key], *, since: int) -> None:
        """There were no other accounts then: what was shown before of others is not kept."""
        for key in [key for key, when in self._shown.items() if when <= since and key not in keys]:
            del self._shown[key]
            self._known.pop(key, None)

    def _touch(self, key: Key) -> None:
        self._count += 1
        self._shown[key] = self._count


def owner_of(kind: Kind, document: Document) -> Key | None:
    """The account to which an object belongs; None where it is no child, and no pod of a worker."""
    about = document["metadata"]
    labels = about.get("labels") or {}
    key = Key(about.get("namespace", ""), labels.get(names.ACCOUNT_LABEL, ""))
    if kind == POD:
        return key if key.name and names.workers(key.name).items() <= labels.items() else None
    named = CHILDREN.get(kind)
    return key if named is not None and key.name and about["name"] == named(key.name) else None


def _versions(found: Mapping[Ref, Packed]) -> Mapping[Ref, int]:
    return {ref: one.version for ref, one in found.items()}
