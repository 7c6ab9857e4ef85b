"""The Secrets of accounts as they were last read: digests and marks, no value outlives its reading.

They are read one by one, as the operator may neither list nor watch them: where an account is new or a person has
changed it, while something is wrong with one, and all of them each minute.
"""

import asyncio
from uuid import UUID

import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.engine import secret_uses
from tradepods_operator.engine.manifests.names import SECRETS
from tradepods_operator.engine.observed import Account, Secrets, annotation, running
from tradepods_operator.engine.shelf import Shelf
from tradepods_operator.ports import SECRET, Cluster, Document, Key, Ref

SIDE_BY_SIDE = 16  # requests
PATIENCE = 3  # readings in a row
MOST_FORMER = 8  # rotations of an account without a pod
log = structlog.get_logger()


class SecretReadings:
    """The readings.

    Args:
        fleet: salts what no two accounts may share.

    """

    def __init__(self, *, cluster: Cluster, fleet: UUID) -> None:
        self._cluster, self._fleet = cluster, fleet
        self._read: dict[Key, Secrets] = {}
        self._asked: dict[Key, int] = {}  # what a person wrote into the account when a pass read them
        self._for: dict[Key, tuple[str, int]] = {}  # of which spec they are
        self._former: dict[Key, dict[str, frozenset[str]]] = {}  # by digest, the marks of those that were rotated
        self._failed: dict[Key, int] = {}  # how often in a row those of a spec could not be
        self._begun: dict[Key, int] = {}  # which of its readings is the one that counts
        self._count = 0

    def __contains__(self, key: Key) -> bool:
        """Whether an account's were read."""
        return key in self._read

    def of(self, key: Key) -> Secrets:
        """What is known of an account's."""
        return self._read.get(key, Secrets())

    async def follow(self, account: Account) -> None:
        """Read them where a pass can't go by the last reading; raises Temporary.

        Where they can't be just now, a halt is not to wait for that: while the spec is the same, the last one does.
        Another spec waits for them, but not for ever: then what can't be read is what is wrong with the account.
        """
        key, asked = account.key, _asked(account)
        if self._asked.get(key) == asked and not any(one.wrong for one in self.of(key).seen):
            return
        try:
            await self.refresh(account, patient=self._failed.get(key, 0) < PATIENCE)
        except Temporary:
            if self._for.get(key) != _spec_of(account):
                self._failed[key] = self._failed.get(key, 0) + 1
                raise
        else:
            self._failed.pop(key, None)
            self._asked[key] = asked

    async def read_new(self, shelf: Shelf, *, patient: bool) -> None:
        """Read those that nobody has read yet. One that can't be keeps its own account alone from being served.

        Where nobody is known yet it may be of a worker that runs: then raises Temporary, but not for ever.
        """
        places, unread = asyncio.Semaphore(SIDE_BY_SIDE), dict[Key, Temporary]()

        async def read_one(key: Key) -> None:
            async with places:
                try:
                    await self.follow(shelf.account(key))
                except Temporary as error:
                    unread[key] = error

        await asyncio.gather(*(read_one(key) for key in shelf.versions if key not in self))
        for key, error in unread.items():
            if patient and self._failed.get(key, 0) < PATIENCE:  # its own pass may have read it meanwhile
                raise error
            log.warning("secrets_not_read", account=str(key), error=str(error))

    async def refresh(self, account: Account, *, patient: bool = True) -> bool:
        """Read each once; whether they are new. A later reading than this one stands.

        Raises Temporary where one can't be read just now; out of patience that is what is wrong with it.
        """
        self._count += 1
        begun, key = self._count, account.key
        used = () if account.spec is None else secret_uses.uses(account.spec)
        named = dict.fromkeys(use.name for use in used)  # each once, in the order of the spec
        found = {name: await self._one(Ref(SECRET, key.namespace, name), patient=patient) for name in named}
        secrets = secret_uses.look(account, found, fleet=self._fleet, known=self.of(key))
        if self._begun.get(key, 0) > begun:
            return False
        before, self._read[key], self._begun[key] = self._read.get(key), secrets, begun
        self._for[key] = _spec_of(account)
        if before is not None and before.digest not in ("", secrets.digest):
            former = self._former.setdefault(key, {})
            former[before.digest] = frozenset(before.marks.values())
            if len(former) > MOST_FORMER:  # it has no pod, or these would have been sorted out
                del former[next(iter(former))]
        return secrets != before

    def still(self, key: Key, pods: tuple[Document, ...]) -> frozenset[str]:
        """What no two accounts may share of former Secrets that a pod was made with: until it ends it has them."""
        made_with = {annotation(pod, SECRETS) for pod in running(pods)}
        if made_with and key in self._former:
            self._former[key] = {name: marks for name, marks in self._former[key].items() if name in made_with}
        former = self._former.get(key, {})
        return frozenset(mark for name in made_with & former.keys() for mark in former[name])

    async def _one(self, ref: Ref, *, patient: bool) -> Document | Permanent | Temporary | None:
        """One that may not be read is its account's trouble alone: all others are served."""
        try:
            return await self._cluster.get(ref)
        except Permanent as error:
            return error
        except Temporary as error:
            if patient:
                raise
            return error

    def outlived(self, key: Key) -> None:
        """The account is gone, and a pod of it isn't: another one of its name may have other Secrets."""
        known, former = self.of(key), self._former.get(key, {})
        self.forget(key)
        self._former[key] = {**former, known.digest: frozenset(known.marks.values())}

    def forget(self, key: Key) -> None:
        """The account is gone."""
        self._read.pop(key, None)
        self._asked.pop(key, None)
        self._begun.pop(key, None)
        self._for.pop(key, None)
        self._failed.pop(key, None)
        self._former.pop(key, None)


def _spec_of(account: Account) -> tuple[str, int]:
    return account.uid, account.generation


def _asked(account: Account) -> int:
    """Names all that a person writes: whoever rotates a Secret and asks for a restart is to have one, not two."""
    return hash((account.uid, account.generation, frozenset(account.annotations.items())))
