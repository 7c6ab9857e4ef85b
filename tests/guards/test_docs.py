"""What the documents show can be used as it stands."""

import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from tradepods_simulator.exchange.app import AccountEntry
from tradepods_simulator.exchange.fault_script import read
from tradepods_worker.adapters.telegram.menu import COMMANDS

DOCS = Path(__file__).parents[2] / "docs"
DAY_MS = 86_400_000


def _block(file: str, language: str) -> str:
    """The first code block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", (DOCS / file).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_accounts_file_is_one() -> None:
    """The simulator takes it."""
    entries = TypeAdapter(list[AccountEntry]).validate_json(_block("simulator.md", "json"))

    assert [entry.name for entry in entries] == ["bob", "eve"]
    assert len(json.dumps(entries[1].model_dump(mode="json"))) > 0


def test_the_timeline_is_one() -> None:
    """Each of its faults is armed at its time."""
    entries = read(yaml.safe_load(_block("simulator.md", "yaml")), start_ms=0, end_ms=DAY_MS)

    assert [entry.kind for entry in entries] == ["request"] * 4 + ["stream"] * 2 + ["clock"]


@pytest.mark.parametrize("name", [path.name for path in DOCS.glob("*.md")])
def test_files_that_a_document_names_are_there(name: str) -> None:
    """In the text and in its tables."""
    text = (DOCS / name).read_text("utf-8")
    named = re.findall(r"`((?:core|worker|signal_service|simulator|cli|tests|benchmarks)/[\w./-]+)`", text)
    missing = [path for path in named if not (DOCS.parent / path).exists()]

    assert missing == []


def test_every_command_of_a_bot_is_documented() -> None:
    """And no other."""
    table = [line.split("|")[1] for line in (DOCS / "telegram.md").read_text("utf-8").splitlines() if line[:3] == "| `"]

    assert {name for cell in table for name in re.findall(r"/([a-z]+)", cell)} == set(COMMANDS)
