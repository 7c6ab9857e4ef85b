"""What tests of several layers share."""

import os
from collections.abc import Iterator

import pytest

from support.postgres import Server, serving

for size in ("COLUMNS", "LINES"):  # of whoever's terminal the tests run in: a table's width is each test's own
    os.environ.pop(size, None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for all tests of a run: each asks it for a database of its own."""
    with serving() as server:
        yield server
