"""A Kubernetes manifest of ours, as plain data: which kind it is, whose, and its spec."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradepods_core.errors import Invalid, Problem
from tradepods_core.ids import DEFAULT_NAMESPACE
from tradepods_core.reading import read_model, shown
from tradepods_core.shapes import Name, Written

API_VERSION = "tradepods.dev/v1alpha1"


OURS = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
FIELDS: Mapping[str, frozenset[str]] = {
    "TradingAccount": OURS,
    "TradingStrategy": OURS,
    "Secret": frozenset({"apiVersion", "kind", "metadata", "type", "immutable", "data", "stringData"}),
}


class _Metadata(Written):
    name: Name
    namespace: Name = DEFAULT_NAMESPACE
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One resource: `body` is the whole document, `spec` empty where the kind has none."""

    api_version: str
    kind: str
    namespace: str
    name: str
    spec: dict[str, Any]
    body: dict[str, Any]


def read_manifest(document: object) -> Manifest:
    """Kind, name and spec of one document; raises Invalid where it is no manifest."""
    if not isinstance(document, dict):
        raise Invalid([Problem(field="document", value=type(document).__name__, fix="write a mapping with kind")])
    kind, version = document.get("kind"), document.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(version, str):
        raise Invalid([Problem(field="kind", value=str(kind), fix="write apiVersion, kind, metadata and spec")])
    known = FIELDS.get(kind, frozenset(document))  # of which kinds there are, its reader says
    unknown = sorted(shown(field).strip('"') for field in document.keys() - known)
    if unknown:
        fix = f"unknown field: there are {', '.join(sorted(known))}; is it indented as it should be?"
        raise Invalid(Problem(field=field, value="", fix=fix) for field in unknown)
    metadata = read_model(_Metadata, document.get("metadata", {}), root="metadata")
    return Manifest(
        api_version=version,
        kind=kind,
        namespace=metadata.namespace,
        name=metadata.name,
        spec=document.get("spec") or {},
        body=document,
    )
