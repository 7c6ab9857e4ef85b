"""Manifests are written whole or not at all, for their owner alone, and over nothing that is there."""

from pathlib import Path

import pytest
import yaml

from support.documents import account, secret, strategy, written
from tradepods_cli.accounts import writing
from tradepods_core.errors import Invalid
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account

MARKER = "hunter2-hunter2"
BOB = account(telegram={"secretRef": {"name": "bob-telegram"}, "chatIds": ["7"]})
TEXTS = {
    "bob-secrets.yaml": yaml.safe_dump(secret("bob-telegram", {"botToken": MARKER})),
    "bob.yaml": yaml.safe_dump(BOB),
}
SPEC: AccountSpec = read_account(BOB["spec"])


def _write(folder: Path, *, force: bool = False) -> bool:
    return writing.write(folder, TEXTS, wanted=SPEC, key="default/bob", force=force)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """And so is each file in it; nothing else stays there."""
    folder = tmp_path / "a" / "b"
    complete = _write(folder)

    assert not complete  # a folder without a strategy can't be run yet
    assert _there(folder) == list(TEXTS)
    assert [_mode(folder), *(_mode(folder / name) for name in TEXTS)] == [0o700, 0o600, 0o600]
    assert {name: (folder / name).read_text() for name in TEXTS} == TEXTS


def test_it_is_read_with_all_that_the_folder_holds(tmp_path: Path) -> None:
    """With a strategy there it can be run as it is."""
    assert _write(written(tmp_path, swing=strategy()))


def test_files_that_are_there_stay_without_force(tmp_path: Path) -> None:
    """Said before anything is asked; and one that came meanwhile is not overwritten either."""
    (tmp_path / "bob.yaml").write_text("mine")
    with pytest.raises(Invalid, match=r"bob\.yaml: is there already: choose another name"):
        writing.check_free(tmp_path, list(TEXTS), force=False)
    with pytest.raises(FileExistsError):
        _write(tmp_path)

    assert _there(tmp_path) == ["bob.yaml"]
    assert (tmp_path / "bob.yaml").read_text() == "mine"


def test_with_force_they_are_replaced(tmp_path: Path) -> None:
    """Both as a whole, and what others could read before, they can't any more."""
    for name in TEXTS:
        (tmp_path / name).write_text("old")
        (tmp_path / name).chmod(0o644)
    writing.check_free(tmp_path, list(TEXTS), force=True)
    _write(tmp_path, force=True)

    assert {name: (tmp_path / name).read_text() for name in TEXTS} == TEXTS
    assert {_mode(tmp_path / name) for name in TEXTS} == {0o600}


def test_what_the_folder_would_refuse_is_not_written(tmp_path: Path) -> None:
    """Another account with the same bot; no secret is in what is said."""
    other = account("eve", telegram={"secretRef": {"name": "eve-telegram"}, "chatIds": ["8"]})
    written(tmp_path, eve=[other, secret("eve-telegram", {"botToken": MARKER})])
    with pytest.raises(Invalid, match="has the same secret: each account needs its own") as caught:
        _write(tmp_path)

    assert _there(tmp_path) == ["eve.yaml"]
    assert MARKER not in str(caught.value)


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a draft, nor half of the files, nor the folder."""
    folder, linked = tmp_path / "new", []

    def interrupted(_source: Path, target: Path) -> None:
        linked.append(target)
        if len(linked) == 2:
            raise KeyboardInterrupt
        target.write_text("")

    monkeypatch.setattr("os.link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _write(folder)

    assert len(linked) == 2
    assert not folder.exists()
