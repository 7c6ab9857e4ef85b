"""How long to wait before asking a venue again that has just said no."""

from datetime import timedelta

FIRST = timedelta(seconds=1)
LONGEST = timedelta(seconds=10)


def wait(tries: int) -> timedelta:
    """A second after the first try, doubling with each, at most ten."""
    doubled: int = 2 ** min(max(tries - 1, 0), 6)
    return min(FIRST * doubled, LONGEST)
