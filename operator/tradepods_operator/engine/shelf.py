"""Objects of many accounts, packed until they are looked at: as read, each takes twenty times the memory."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradepods_operator.engine.observed import Account, read, running
from tradepods_operator.ports import ACCOUNT, POD, Document, Key, Kind, Ref

FASTEST = 1  # of zlib's levels


@dataclass(frozen=True, slots=True)
class Packed:
    """An object.

    Attributes:
        version: rises with each change of it; 0 where its versions can't be compared.

    """

    version: int
    content: bytes


def packed(kind: Kind, document: Document) -> Packed:
    """Without who owns which field, and a pod without its spec: nobody asks."""
    about = {name: value for name, value in document["metadata"].items() if name != "managedFields"}
    kept = {name: value for name, value in document.items() if name != "spec" or kind != POD}
    text = json.dumps({**kept, "apiVersion": kind.api, "kind": kind.name, "metadata": about}, separators=(",", ":"))
    return Packed(version_number(document), zlib.compress(text.encode(), FASTEST))


def version_number(document: Document) -> int:
    """Rises with each change of the object; 0 where its versions can't be compared."""
    text = document["metadata"]["resourceVersion"]
    return int(text) if text.isdecimal() else 0


def unpacked(found: Packed) -> Document:
    """As it was read."""
    document: dict[str, Any] = json.loads(zlib.decompress(found.content))
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """What belongs to one account."""

    children: Mapping[Kind, Document]
    pods: tuple[Document, ...] = ()

    def packed(self) -> Mapping[Ref, Packed]:
        """The same, to be kept."""
        found = (*self.children.items(), *((POD, pod) for pod in self.pods))
        return {_ref(kind, one): packed(kind, one) for kind, one in found}


def _ref(kind: Kind, document: Document) -> Ref:
    return Ref(kind, document["metadata"]["namespace"], document["metadata"]["name"])


def objects(found: Mapping[Ref, Packed]) -> Objects:
    """The same, to be looked at."""
    children = {ref.kind: unpacked(one) for ref, one in found.items() if ref.kind not in (POD, ACCOUNT)}
    pods = sorted(ref for ref in found if ref.kind == POD)
    return Objects(children=children, pods=tuple(unpacked(found[ref]) for ref in pods))


class Shelf:
    """Accounts with what belongs to them.

    Attributes:
        versions: of the accounts themselves, as the API server names them.

    """

    def __init__(self) -> None:
        self._packed: dict[Key, dict[Ref, Packed]] = defaultdict(dict)
        self.versions: dict[Key, str] = {}

    def put(self, key: Key, kind: Kind, document: Document) -> None:
        """Keep one."""
        self._packed[key][_ref(kind, document)] = packed(kind, document)
        if kind == ACCOUNT:
            self.versions[key] = document["metadata"]["resourceVersion"]

    def __iter__(self) -> Iterator[Key]:
        """The accounts of which something is here."""
        return iter(self._packed)

    def account(self, key: Key) -> Account:
        """One that is here itself."""
        return read(unpacked(self._packed[key][Ref(ACCOUNT, key.namespace, key.name)]))

    def objects(self, key: Key) -> Objects:
        """What belongs to it."""
        return objects(self._packed.get(key, {}))

    def left_over(self) -> Iterator[tuple[Key, list[Document]]]:
        """The pods that have not come to their end though their account is gone, by what it was."""
        for key in self._packed.keys() - self.versions.keys():
            if key.name and (pods := running(self.objects(key).pods)):
                yield key, pods

    def owned(self, key: Key) -> Mapping[Ref, Packed]:
        """The same, packed."""
        return {ref: one for ref, one in self._packed.get(key, {}).items() if ref.kind != ACCOUNT}
