"""A watch that has gone blind is told from one that lists are behind of."""

from tradepods_operator.engine.sightings import Sightings
from tradepods_operator.ports import Key

ALICE, BOB = Key("traders", "alice"), Key("traders", "bob")


def _sightings() -> Sightings:
    sightings = Sightings()
    sightings.saw(ALICE, "1", {"Ready": "True"})
    return sightings


def test_a_watch_that_was_behind_and_shows_nothing_more_is_blind() -> None:
    """At the second look; one that has shown something since is well."""
    sightings = _sightings()
    sightings.listed({ALICE: "2"})
    assert sightings.blind == ""
    sightings.listed({ALICE: "2"})
    assert sightings.blind == "the watch has not shown traders/alice as it is"

    sightings.saw(ALICE, "2", {})
    assert sightings.blind == ""
    sightings.listed({ALICE: "2"})
    assert sightings.blind == ""


def test_a_watch_that_catches_up_is_well_before_the_next_look() -> None:
    """Ten minutes lie between two: until then the kubelet would have ended the process."""
    sightings = _sightings()
    for _ in range(2):
        sightings.listed({ALICE: "2", BOB: "1"})
    sightings.saw(ALICE, "2", {})
    assert sightings.blind == "the watch has not shown traders/bob as it is"

    sightings.saw(BOB, "1", {})
    assert sightings.blind == ""


def test_what_was_listed_before_the_watches_began_they_cannot_have_missed() -> None:
    """Once they run, the last look before them is the first of two."""
    sightings = Sightings()
    for _ in range(3):
        sightings.begin()
        sightings.listed({ALICE: "1"})
        assert sightings.blind == ""

    sightings.listed({ALICE: "1"})
    assert sightings.blind == "the watch has not shown traders/alice as it is"


def test_an_account_that_was_made_while_the_list_was_read_is_not_forgotten() -> None:
    """The watch has shown it, and never will again if nothing changes."""
    sightings = _sightings()
    sightings.saw(BOB, "2", {"Ready": "False"})
    for _ in range(3):
        sightings.listed({ALICE: "1"})
        sightings.listed({ALICE: "1", BOB: "2"})
        assert sightings.blind == ""
    assert sightings.standing[BOB] == {"Ready": "False"}


def test_an_account_that_is_gone_is_forgotten() -> None:
    """After two lists without it; made anew it may have any version."""
    sightings = _sightings()
    sightings.listed({})
    sightings.listed({})

    assert sightings.standing == {}
    sightings.listed({ALICE: "1"})
    sightings.listed({ALICE: "1"})
    assert sightings.blind
