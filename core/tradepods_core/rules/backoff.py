"""How long to wait before asking a venue again that has just said no."""

from datetime import timedelta

FIRST = timedelta(seconds=1)
LONGEST = timedelta(seconds=10)
PATIENT = timedelta(minutes=5)  # for what nobody's money depends on


def wait(tries: int, *, longest: timedelta = LONGEST) -> timedelta:
    """A second after the first try, doubling with each, at most ten seconds, or what is given."""
    doubled: int = 2 ** min(max(tries - 1, 0), 10)
    return min(FIRST * doubled, longest)
