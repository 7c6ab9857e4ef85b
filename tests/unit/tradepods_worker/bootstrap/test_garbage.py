"""The search for garbage."""

import gc

from tradepods_worker.bootstrap.garbage import keep_what_is_here


def test_what_is_here_is_searched_no_more() -> None:
    """A full search sees what has come since alone."""
    try:
        keep_what_is_here()
        since: list[list[int]] = [[] for _ in range(10)]

        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < 10_000
        assert any(one is since for one in gc.get_objects())
    finally:
        gc.unfreeze()
