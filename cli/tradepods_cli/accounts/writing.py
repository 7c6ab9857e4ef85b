"""Writes an account's manifests: all of them or none, readable by their owner alone, over nothing that is there."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tradepods_cli import manifests
from tradepods_cli.documents import ENDINGS
from tradepods_cli.local.fleet_checks import check_together
from tradepods_cli.local.layout import write_private
from tradepods_core.errors import Invalid, Problem
from tradepods_core.settings.account import AccountSpec

Texts = Mapping[str, str]


def check_free(folder: Path, names: Sequence[str], *, force: bool) -> None:
    """Raise Invalid for files that are there already, unless they may be overwritten."""
    there = [name for name in names if (folder / name).exists()]
    if there and not force:
        fix = "is there already: choose another name or --output, or --force to overwrite it"
        raise Invalid(Problem(field=str(folder / name), value="", fix=fix) for name in there)


def write(folder: Path, texts: Texts, *, wanted: AccountSpec, key: str, force: bool) -> bool:
    """Write the files; whether the folder can be run as it is, or still lacks a strategy.

    They are read first as `tradepods up` reads them, with all that the folder holds; raises Invalid where it would
    refuse them, and writes nothing then.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with _beside(folder) as drafts:
            complete = _read_back(folder, drafts, texts, wanted=wanted, key=key)
            _move(drafts, folder, list(texts), force=force)
    except BaseException:
        if made and not any(folder.iterdir()):
            folder.rmdir()
        raise
    return complete


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder on the same disk, for its owner alone, that is gone afterwards."""
    drafts = Path(tempfile.mkdtemp(prefix=".tradepods-", dir=folder))
    try:
        yield drafts
    finally:
        shutil.rmtree(drafts)


def _read_back(folder: Path, drafts: Path, texts: Texts, *, wanted: AccountSpec, key: str) -> bool:
    for name, text in texts.items():
        write_private(drafts / name, text)
    for file in folder.iterdir():
        if file.suffix in ENDINGS and file.is_file() and file.name not in texts:
            (drafts / file.name).symlink_to(file.resolve())
    fleet = manifests.load(drafts)
    check_together(fleet)
    found = next(account for account in fleet.accounts if account.key == key)
    if found.spec != wanted:
        raise AssertionError(f"{key} reads back otherwise than it was written")
    return any(strategy.spec.enabled for strategy in fleet.strategies)


def _move(drafts: Path, folder: Path, names: list[str], *, force: bool) -> None:
    """Into place, each as a whole. What came to be there meanwhile stays, and what was moved before goes again."""
    moved: list[Path] = []
    try:
        for name in names:
            if force:
                (drafts / name).replace(folder / name)
            else:
                os.link(drafts / name, folder / name)
                moved.append(folder / name)
    except BaseException:
        for file in moved:
            file.unlink()
        raise
