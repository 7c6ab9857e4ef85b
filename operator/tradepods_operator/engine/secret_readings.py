"""The Secrets of accounts as they were last read: digests and marks, no value outlives its reading.

They are read one by one, as the operator may neither list nor watch them: where an account is new or a person has
changed it, while something is wrong with one, and all of them each minute.
"""

from uuid import UUID

from tradepods_core.errors import Permanent
from tradepods_operator.engine import secret_uses
from tradepods_operator.engine.observed import Account, Secrets
from tradepods_operator.ports import SECRET, Cluster, Document, Key, Ref


class SecretReadings:
    """The readings.

    Args:
        fleet: salts what no two accounts may share.

    """

    def __init__(self, *, cluster: Cluster, fleet: UUID) -> None:
        self._cluster, self._fleet = cluster, fleet
        self._read: dict[Key, Secrets] = {}
        self._asked: dict[Key, int] = {}  # what a person wrote into the account when a pass read them
        self._begun: dict[Key, int] = {}  # which of its readings is the one that counts
        self._count = 0

    def __contains__(self, key: Key) -> bool:
        """Whether an account's were read."""
        return key in self._read

    def of(self, key: Key) -> Secrets:
        """What is known of an account's."""
        return self._read.get(key, Secrets())

    async def follow(self, account: Account) -> None:
        """Read them where a pass can't go by the last reading."""
        asked = _asked(account)
        if self._asked.get(account.key) != asked or any(one.wrong for one in self.of(account.key).seen):
            await self.refresh(account)
            self._asked[account.key] = asked

    async def refresh(self, account: Account) -> bool:
        """Read each once; whether they are new. A later reading than this one stands."""
        self._count += 1
        begun, key = self._count, account.key
        used = () if account.spec is None else secret_uses.uses(account.spec)
        named = dict.fromkeys(use.name for use in used)  # each once, in the order of the spec
        found = {name: await self._one(Ref(SECRET, key.namespace, name)) for name in named}
        secrets = secret_uses.look(account, found, fleet=self._fleet, known=self.of(key))
        if self._begun.get(key, 0) > begun:
            return False
        before, self._read[key], self._begun[key] = self._read.get(key), secrets, begun
        return secrets != before

    async def _one(self, ref: Ref) -> Document | Permanent | None:
        """One that may not be read is its account's trouble alone: all others are served."""
        try:
            return await self._cluster.get(ref)
        except Permanent as error:
            return error

    def forget(self, key: Key) -> None:
        """The account is gone."""
        self._read.pop(key, None)
        self._asked.pop(key, None)
        self._begun.pop(key, None)


def _asked(account: Account) -> int:
    """Names all that a person writes: whoever rotates a Secret and asks for a restart is to have one, not two."""
    return hash((account.uid, account.generation, frozenset(account.annotations.items())))
