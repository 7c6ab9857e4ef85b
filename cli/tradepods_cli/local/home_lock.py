"""One `tradepods up` a folder: a second one would start a second service, and workers that find their ledgers taken."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradepods_core.errors import Permanent

LOCK = "lock"


def is_ours(home: Path) -> bool:
    """Whether a run has ever held the folder."""
    return (home / LOCK).exists()


@contextmanager
def taken(home: Path) -> Iterator[None]:
    """Hold a folder until this process ends, however it ends; raises Permanent where it is held."""
    with (home / LOCK).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Permanent(f"{home} is in use by process {file.read() or 'unknown'}: stop it first") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
