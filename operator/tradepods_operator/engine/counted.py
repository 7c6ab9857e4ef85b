"""Accounts that an alert counts, by what their conditions say."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from tradepods_operator.ports import Document, Key

Reason = tuple[str, str]  # a condition's type and its reason
NOT_HEARD: Reason = ("SignalsFresh", "NotHeard")
NOT_BEGUN: Reason = ("Reconciling", "WaitsForTurn")
STOPPED: Reason = ("Reconciling", "RolloutStopped")


class Counted:
    """Which they are; `belongs` is asked of the reasons of an account's conditions."""

    def __init__(self, belongs: Callable[[AbstractSet[Reason]], bool]) -> None:
        self._belongs = belongs
        self._keys: set[Key] = set()

    def __len__(self) -> int:
        """How many."""
        return len(self._keys)

    def saw(self, key: Key, document: Document) -> None:
        """The watch has shown an account."""
        conditions = (document.get("status") or {}).get("conditions") or ()
        if self._belongs({(one["type"], one["reason"]) for one in conditions}):
            self._keys.add(key)
        else:
            self._keys.discard(key)

    def forget(self, key: Key) -> None:
        """The account is gone."""
        self._keys.discard(key)


def is_unheard(reasons: AbstractSet[Reason]) -> bool:
    """It is to have a worker, of which nothing is heard; one that waits for its turn has none yet."""
    return NOT_HEARD in reasons and NOT_BEGUN not in reasons


def is_held_up(reasons: AbstractSet[Reason]) -> bool:
    """Its changed template waits, as restarts of others have failed."""
    return STOPPED in reasons
