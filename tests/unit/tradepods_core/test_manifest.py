"""Manifests: kind, name and spec of a document."""

import pytest

from tradepods_core.errors import Invalid
from tradepods_core.manifest import API_VERSION, read_manifest


def test_a_manifest_without_namespace_is_in_the_default_one() -> None:
    """As kubectl does."""
    document = {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": "bob"}, "spec": {"a": 1}}
    found = read_manifest(document)

    assert (found.kind, found.namespace, found.name, found.spec) == ("TradingAccount", "default", "bob", {"a": 1})


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {},
        {"kind": "TradingAccount"},
        {"apiVersion": API_VERSION, "kind": "TradingAccount"},
        {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": "Bob"}},
        {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": "b" * 41}},
        {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": "bob", "namespace": "a/b"}},
    ],
)
def test_what_is_no_manifest_is_refused(document: object) -> None:
    """An empty document, a list, a name that Kubernetes would not take."""
    with pytest.raises(Invalid):
        read_manifest(document)
