"""Whether our operator has kept what it promises of a fleet of any size; its speed is told, not judged."""

from collections.abc import Iterator

from benchmarks.operating.rounds import Result

UNCHANGED = {"restart": "start with", "resync": "look at"}  # parts in which nothing is to be written


def broken(count: int, result: Result) -> Iterator[str]:
    """What it has not kept with a fleet of `count` accounts, a part of a line each: its time, and no needless write."""
    if result.stopped:
        yield f"{count:,} accounts: our operator was stopped, {result.stopped}"
    for part, what in UNCHANGED.items():
        found = result.rounds.get(part)
        if found is not None and found.writes:
            yield f"{count:,} accounts: our operator's {what} an unchanged fleet wrote {found.writes:,} times, not 0"
