"""The accounts that are to have a worker of which nothing is heard, as their conditions say: for an alert."""

from tradepods_operator.ports import Document, Key

NOT_HEARD = ("SignalsFresh", "NotHeard")
NOT_BEGUN = ("Reconciling", "WaitsForTurn")


class Unheard:
    """Which they are."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()

    def __len__(self) -> int:
        """How many."""
        return len(self._keys)

    def saw(self, key: Key, document: Document) -> None:
        """The watch has shown an account; one that waits for its turn has no worker yet."""
        conditions = (document.get("status") or {}).get("conditions") or ()
        reasons = {(one["type"], one["reason"]) for one in conditions}
        if NOT_HEARD in reasons and NOT_BEGUN not in reasons:
            self._keys.add(key)
        else:
            self._keys.discard(key)

    def forget(self, key: Key) -> None:
        """The account is gone."""
        self._keys.discard(key)
