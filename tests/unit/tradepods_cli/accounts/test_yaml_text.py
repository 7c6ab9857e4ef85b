"""Manifests as text: what was meant is what is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_cli.accounts.yaml_text import COMMENTS, account_text, secrets_text
from tradepods_cli.documents import documents_in
from tradepods_core.manifest import read_manifest
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.presets import PRESETS

TELEGRAM = {"secretRef": {"name": "bob-telegram"}, "chatIds": ["7", "-1002"]}


@pytest.mark.parametrize("preset", PRESETS.values())
def test_a_spec_reads_back_as_it_was(preset: dict[str, Any]) -> None:
    """Each value of its own kind, with a comment above each field."""
    spec = {"exchange": {"id": "binanceusdm", "environment": "custom", "url": "http://127.0.0.1:1"}, "dryRun": True}
    spec |= {
        "telegram": TELEGRAM,
        "strategies": ["swing"],
        "symbols": {"allow": ["BTC/USDT:USDT"], "deny": []},
        **preset,
    }
    text = account_text(namespace="one", name="1e3", spec=spec)
    manifest = read_manifest(documents_in(text)[0])

    assert (manifest.namespace, manifest.name, manifest.spec) == ("one", "1e3", spec)
    assert text.count("\n  # ") == len(spec.keys() & COMMENTS.keys())


def test_each_comment_is_of_a_field() -> None:
    """One that was renamed is noticed."""
    assert COMMENTS.keys() <= AccountSpec.model_json_schema()["properties"].keys()


@given(st.text(min_size=1))
def test_a_secret_reads_back_whatever_is_in_it(value: str) -> None:
    """Quotes, colons, numbers, several lines."""
    text = secrets_text(namespace="one", secrets={"a": {"apiKey": value}, "b": {"botToken": "1:x"}})
    first, second = (read_manifest(document) for document in documents_in(text))

    assert (first.name, first.body["stringData"]) == ("a", {"apiKey": value})
    assert (second.name, second.body["stringData"]) == ("b", {"botToken": "1:x"})


def test_no_secrets_are_no_text() -> None:
    """An empty file would only be read by nobody."""
    assert secrets_text(namespace="one", secrets={}) == ""
