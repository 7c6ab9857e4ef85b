"""What commands ask of a cluster, and how it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tradepods_core.errors import Permanent
from tradepods_operator.ports import Document, Kind, Ref


class Forbidden(Permanent):
    """The person has no right to it."""


class NotThere(Permanent):
    """There is no such object, or the cluster doesn't know its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What something behind the API server has answered: its status code, and JSON where it was some."""

    code: int
    body: Mapping[str, Any]


class Cluster(Protocol):
    """The API server. Every method raises Temporary where it doesn't answer, Permanent where it refuses."""

    @property
    def server_time(self) -> datetime | None:
        """Its clock at its last answer, to the second; None before there was one."""
        ...

    def look(self, path: str) -> Document:
        """What stands at a path that is no object of ours: versions, discovery."""
        ...

    def get(self, ref: Ref) -> Document:
        """The object; raises NotThere."""
        ...

    def keys(self, ref: Ref) -> frozenset[str] | None:
        """The names of a Secret's keys, without its values; None where nothing tells them. Raises NotThere."""
        ...

    def list(self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Document]:
        """The objects of a kind, of one namespace or of all; raises NotThere where the kind isn't known."""
        ...

    def annotate(self, ref: Ref, name: str, value: str | None) -> Document:
        """Set an annotation, or take it away; the object as it is then."""
        ...

    def may(self, user: str, groups: tuple[str, ...], attributes: Mapping[str, str]) -> bool:
        """Whether somebody may do this, by a SubjectAccessReview."""
        ...

    def ask(self, service: Ref, *, scheme: str, port: str, path: str) -> Answer:
        """What a service answers at a path, asked through the API server."""
        ...
