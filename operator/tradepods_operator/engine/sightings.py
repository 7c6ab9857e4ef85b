"""What the watches have shown, so that a watch that has gone blind is noticed: such a process is better begun anew."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from tradepods_operator.ports import Key


class Sightings:
    """The versions of accounts as the watch showed them, against those that were listed.

    Attributes:
        blind: what the watch does not show; "" where it is well.
        standing: the conditions of each account, by type, as the watch showed them.

    """

    def __init__(self) -> None:
        self._shown: dict[Key, str] = {}
        self._missed: dict[Key, str | None] = {}  # of which the watch was behind, with what it had shown then
        self._absent: frozenset[Key] = frozenset()  # from the last list, though the watch has shown them
        self.blind = ""
        self.standing: dict[Key, Mapping[str, str]] = {}

    def saw(self, key: Key, version: str, standing: Mapping[str, str]) -> None:
        """A watch has shown this version."""
        self._shown[key], self.standing[key] = version, standing

    def listed(self, found: Mapping[Key, str]) -> None:
        """All accounts by their versions: a watch that was behind and has shown nothing since is behind for ever."""
        behind = {key: self._shown.get(key) for key, version in found.items() if self._shown.get(key) != version}
        never = [key for key, shown in behind.items() if key in self._missed and self._missed[key] == shown]
        self._missed = behind
        self._forget(self._shown.keys() - found.keys())
        self.blind = f"the watch has not shown {never[0]} as it is" if never else ""

    def _forget(self, absent: AbstractSet[Key]) -> None:
        """Those of which two lists in a row know nothing: one may have been made while the first was read."""
        for key in absent & self._absent:
            del self._shown[key], self.standing[key]
        self._absent = frozenset(absent - self._absent)
