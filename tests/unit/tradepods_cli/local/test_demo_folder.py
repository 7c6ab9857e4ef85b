"""The demo's own folder, and where secrets lie meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradepods_cli.local import layout
from tradepods_cli.local.demo_folder import cleaned
from tradepods_cli.local.layout import private_folder
from tradepods_core.errors import Permanent


def test_what_an_earlier_demo_left_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    """A person's notes beside it stay."""
    with cleaned(tmp_path / "out"):
        (tmp_path / "out" / "run").mkdir()
        for name in ("report.json", "equity.png", "equity-bob.png"):
            (tmp_path / "out" / name).touch()
        (tmp_path / "out" / "notes.txt").touch()
    with cleaned(tmp_path / "out"):
        left = {path.name for path in (tmp_path / "out").iterdir()}

    assert left == {"lock", "notes.txt"}


@pytest.mark.parametrize("name", ["manifests", "run", "report.json", "equity-bob.png"])
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, name: str) -> None:
    """Its manifests may be those of real money."""
    (tmp_path / name).mkdir()

    with pytest.raises(Permanent, match="was not made by the demo"), cleaned(tmp_path):
        pass
    assert (tmp_path / name).exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second would take the first one's files away."""
    with (
        cleaned(tmp_path / "out"),
        pytest.raises(Permanent, match=f"in use by process {os.getpid()}"),
        cleaned(tmp_path / "out"),
    ):
        pass


def test_secrets_of_a_run_that_was_killed_are_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next one; those of a run that lives stay."""
    monkeypatch.setattr(layout, "IN_MEMORY", tmp_path)
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    gone = tmp_path / f"tradepods-{int(dead.stdout)}-abc"
    alive = tmp_path / f"tradepods-{os.getpid()}-abc"
    for folder in (gone, alive):
        folder.mkdir()
        (folder / "apiKey").touch()
    with private_folder() as folder:
        found = {path.name for path in tmp_path.iterdir()}

    assert found == {alive.name, folder.name}
    assert not folder.exists()
