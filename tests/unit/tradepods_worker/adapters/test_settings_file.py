"""A settings file that is looked at again and again: read once it stands still."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from support.build import spec
from tradepods_core.errors import Invalid
from tradepods_worker.adapters.settings_file import SettingsFile


def _written(file: Path, text: str) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(text, "utf-8")
    draft.replace(file)


def _json(**changes: object) -> str:
    return json.dumps(spec(**changes))


def test_what_was_edited_before_the_first_look_is_seen(tmp_path: Path) -> None:
    """A start takes seconds, and longer where the exchange is away."""
    file = tmp_path / "settings.yaml"
    _written(file, _json(entryPct=7))
    source = SettingsFile(file)

    assert source.newer() is None
    found = source.newer()
    assert found is not None
    assert found.entry_pct == 7
    assert source.newer() is None


def test_a_file_is_read_once_it_looks_the_same_twice(tmp_path: Path) -> None:
    """One that is half written may be right so far, and say something else."""
    file = tmp_path / "settings.yaml"
    _written(file, _json())
    source = SettingsFile(file)
    source.newer()
    source.newer()
    _written(file, _json(autoExit=False))
    assert source.newer() is None
    _written(file, _json(entryPct=8))
    assert source.newer() is None
    found = source.newer()

    assert found is not None
    assert (found.auto_exit, found.entry_pct) == (True, Decimal(8))


def test_a_file_that_can_not_be_used_is_said_once(tmp_path: Path) -> None:
    """And again once it is wrong in another way."""
    file = tmp_path / "settings.yaml"
    _written(file, "a: [")
    source = SettingsFile(file)
    source.newer()
    with pytest.raises(Invalid):
        source.newer()
    assert source.newer() is None


def test_a_file_that_is_gone_for_a_moment_is_no_news(tmp_path: Path) -> None:
    """A mounted ConfigMap is swapped by links."""
    file = tmp_path / "settings.yaml"
    _written(file, _json())
    source = SettingsFile(file)
    file.unlink()

    assert (source.newer(), source.newer()) == (None, None)
