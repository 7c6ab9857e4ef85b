"""When `make bench-operator` ends with an error."""

import pytest

from benchmarks.operating.rounds import Result, Round
from benchmarks.operating.verdict import broken

KEPT = {"empty": Round(writes=6_000), "change": Round(writes=3_000), "restart": Round(reads=70), "resync": Round()}


def test_what_is_due_may_be_written() -> None:
    """A fleet that is made or changed costs writes, and nobody breaks his word by them."""
    assert list(broken(1_000, Result(rounds=KEPT))) == []


@pytest.mark.parametrize(("part", "what"), [("restart", "start with"), ("resync", "look at")])
def test_a_write_to_an_unchanged_fleet_is_an_error(part: str, what: str) -> None:
    """At the operator's start as at a later look: one of them is one too many."""
    result = Result(rounds={**KEPT, part: Round(writes=1)})

    (line,) = broken(5_000, result)
    assert line == f"5,000 accounts: our operator's {what} an unchanged fleet wrote 1 times, not 0"


def test_what_does_not_come_to_its_end_is_an_error() -> None:
    """However little it wrote until then; the line says what it waited for."""
    result = Result(rounds={"empty": Round(writes=6_000)}, stopped="settings: 17 after 900 s")

    (line,) = broken(1_000, result)
    assert line == "1,000 accounts: our operator was stopped, settings: 17 after 900 s"


def test_all_that_is_broken_is_said() -> None:
    """A start that wrote, and a look that never came to rest."""
    result = Result(rounds={**KEPT, "restart": Round(writes=2_000)}, stopped="resync: not quiet after 900 s")

    assert len(list(broken(1_000, result))) == 2
