"""What the watches have shown, so that a watch that has gone blind is noticed: such a process is better begun anew."""

from collections.abc import Iterable

from tradepods_operator.ports import Document, Key


class Sightings:
    """The versions of accounts as the watch showed them, against those that were listed."""

    def __init__(self) -> None:
        self._shown: dict[Key, str] = {}
        self._missed: dict[Key, str] = {}
        self.blind = ""

    def saw(self, key: Key, version: str) -> None:
        """A watch has shown this version."""
        self._shown[key] = version

    def listed(self, documents: Iterable[Document]) -> None:
        """All accounts as they are now: one that the watch has not shown since the last list, it will never show."""
        found = {
            Key(one["metadata"]["namespace"], one["metadata"]["name"]): one["metadata"]["resourceVersion"]
            for one in documents
        }
        never = [key for key, version in self._missed.items() if self._is_behind(key, version, found)]
        self._missed = {key: version for key, version in found.items() if self._shown.get(key) != version}
        self._shown = {key: version for key, version in self._shown.items() if key in found}
        self.blind = f"the watch has not shown {never[0]} as it is" if never else ""

    def _is_behind(self, key: Key, version: str, found: dict[Key, str]) -> bool:
        """It missed this version then, and has shown neither it nor a later one since."""
        return found.get(key) == version and self._shown.get(key) != version
