"""One `tradepods up` a folder."""

import os
from pathlib import Path

import pytest

from tradepods_cli.local.home_lock import taken
from tradepods_core.errors import Permanent


def test_a_folder_is_taken_by_one(tmp_path: Path) -> None:
    """A second one is told which process has it."""
    with taken(tmp_path), pytest.raises(Permanent, match=f"is in use by process {os.getpid()}: stop it first"):
        taken(tmp_path).__enter__()


def test_a_folder_that_was_left_can_be_taken_again(tmp_path: Path) -> None:
    """Also where it was left by an error."""
    with pytest.raises(ValueError, match="crash"), taken(tmp_path):
        raise ValueError("crash")

    with taken(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_lock_that_a_dead_process_left_is_no_lock(tmp_path: Path) -> None:
    """The file may be there with another's number; nobody holds it."""
    (tmp_path / "lock").write_text("99999999")

    with taken(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_folders_are_taken_apart(tmp_path: Path) -> None:
    """Two fleets may run beside each other."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    with taken(tmp_path / "a"), taken(tmp_path / "b"):
        assert (tmp_path / "a" / "lock").exists()
