"""The demo's own folder: held by one demo at a time, and cleared of what an earlier one left there."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tradepods_cli.local.home_lock import is_ours, taken
from tradepods_cli.local.layout import made
from tradepods_core.errors import Permanent

OURS = ("run", "manifests", "report.json", "telegram.jsonl", "equity.png", "equity-*.png")


@contextlib.contextmanager
def cleaned(output: Path) -> Iterator[None]:
    """The demo's own folder, held by one demo at a time, without what an earlier one left there.

    Raises Permanent where it is another's: a folder that no demo has held, with files that would be taken away.
    """
    made(output)
    ours = [place for pattern in OURS for place in output.glob(pattern)]
    if ours and not is_ours(output):
        raise Permanent(f"{output} was not made by the demo, which would take files away there: name another --output")
    with taken(output):
        for place in ours:
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        yield
