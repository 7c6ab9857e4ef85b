"""What the watches have shown, so that a watch that has gone blind is noticed: such a process is better begun anew."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from tradepods_operator.ports import Key


class Sightings:
    """The versions of accounts as the watch showed them, against those that were listed.

    Attributes:
        standing: the conditions of each account, by type, as the watch showed them.

    """

    def __init__(self) -> None:
        self._shown: dict[Key, str] = {}
        self._missed: dict[Key, str | None] = {}  # of which the watch was behind, with what it had shown then
        self._never: dict[Key, str | None] = {}  # those that it missed at two lists in a row, likewise
        self._absent: frozenset[Key] = frozenset()  # from the last list, though the watch has shown them
        self.standing: dict[Key, Mapping[str, str]] = {}

    @property
    def blind(self) -> str:
        """What the watch does not show, until it shows something of it after all; "" where it is well."""
        still = (key for key, shown in self._never.items() if self._shown.get(key) == shown)
        key = min(still, default=None)
        return "" if key is None else f"the watch has not shown {key} as it is"

    def begin(self) -> None:
        """No watch runs yet: whatever was listed until now, none can have missed it."""
        self._missed, self._never = {}, {}

    def saw(self, key: Key, version: str, standing: Mapping[str, str]) -> None:
        """A watch has shown this version."""
        self._shown[key], self.standing[key] = version, standing

    def listed(self, found: Mapping[Key, str]) -> None:
        """All accounts by their versions: a watch that was behind and has shown nothing since is behind for ever."""
        behind = {key: self._shown.get(key) for key, version in found.items() if self._shown.get(key) != version}
        self._never = dict(behind.items() & self._missed.items())
        self._missed = behind
        self._forget(self._shown.keys() - found.keys())

    def _forget(self, absent: AbstractSet[Key]) -> None:
        """Those of which two lists in a row know nothing: one may have been made while the first was read."""
        for key in absent & self._absent:
            del self._shown[key], self.standing[key]
        self._absent = frozenset(absent - self._absent)
