"""What tests of several layers share."""

from collections.abc import Iterator

import pytest

from support.postgres import Server, serving


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for all tests of a run: each asks it for a database of its own."""
    with serving() as server:
        yield server
