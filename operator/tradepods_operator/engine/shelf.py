"""What belongs to many accounts, kept as texts until it is looked at: as read, it takes several times the memory."""

import json
from collections import defaultdict

from tradepods_operator.ports import POD, Document, Key, Kind


class Shelf:
    """Children and pods by account."""

    def __init__(self) -> None:
        self._texts: dict[Key, list[tuple[Kind, str]]] = defaultdict(list)

    def put(self, key: Key, kind: Kind, document: Document) -> None:
        """Keep one."""
        self._texts[key].append((kind, json.dumps(document, separators=(",", ":"), ensure_ascii=False)))

    def accounts(self) -> list[Key]:
        """The accounts of which something is here."""
        return list(self._texts)

    def children(self, key: Key) -> dict[Kind, Document]:
        """An account's objects."""
        return {kind: json.loads(text) for kind, text in self._texts.get(key, ()) if kind != POD}

    def pods(self, key: Key) -> tuple[Document, ...]:
        """Its pods."""
        return tuple(json.loads(text) for kind, text in self._texts.get(key, ()) if kind == POD)
