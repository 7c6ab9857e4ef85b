"""Where a person's ledger is: they name its file, the account's folder, or a folder in which there is one."""

from pathlib import Path

from tradepods_core.errors import Invalid, Problem
from tradepods_worker.adapters.ledger.sql import LEDGER


def ledger_at(place: Path) -> Path:
    """The ledger's file; raises Invalid where there is none, or more than one to choose from."""
    if place.is_file():
        return place
    if not place.is_dir():
        raise Invalid([Problem(field=str(place), value="", fix="there is no such file or folder")])
    found = sorted(place.rglob(LEDGER))
    if len(found) == 1:
        return found[0]
    if not found:
        raise Invalid([Problem(field=str(place), value="", fix=f"holds no {LEDGER}")])
    listed = "".join(f"\n  {file}" for file in found)
    raise Invalid([Problem(field=str(place), value="", fix=f"holds {len(found)} ledgers, name one of them:{listed}")])
