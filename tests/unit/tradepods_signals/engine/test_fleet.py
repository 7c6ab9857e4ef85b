"""The fleet: what each worker said last, and only what is new to whoever asks."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from support.build import NOON, WALL
from tradepods_core.wire.fleet import Fleet, Heartbeat, Tally
from tradepods_signals.engine.fleet import MOST_ACCOUNTS, FleetBook

D = Decimal


def _heartbeat(equity: int = 1000) -> Heartbeat:
    return Heartbeat(
        at=NOON,
        dry_run=True,
        state="Running",
        settings_hash="abc",
        equity=D(equity),
        tally=Tally(realized_pnl=D(0), fees=D(0)),
    )


def _book(*names: str) -> FleetBook:
    book = FleetBook(now=lambda: WALL)
    for name in names:
        book.heard(namespace="default", name=name, heartbeat=_heartbeat())
    return book


def _names(fleet: Fleet) -> list[str]:
    return [digest.name for digest in fleet.accounts]


def test_an_empty_fleet_is_at_version_zero() -> None:
    """Nobody has said anything."""
    assert _book().since(0) == Fleet(version=0, accounts=())


def test_whoever_asks_first_gets_everyone() -> None:
    """Each account once, in the order in which they last spoke."""
    assert _names(_book("bob", "alice", "bob").since(0)) == ["alice", "bob"]


def test_only_what_changed_since_is_told() -> None:
    """A reader asks for what is newer than what it has."""
    book = _book("alice", "bob")
    seen = book.since(0).version
    assert _names(book.since(seen)) == []

    book.heard(namespace="default", name="alice", heartbeat=_heartbeat(equity=900))
    fleet = book.since(seen)
    assert _names(fleet) == ["alice"]
    assert fleet.accounts[0].heartbeat.equity == D(900)
    assert fleet.accounts[0].version == fleet.version > seen


def test_the_same_name_in_another_namespace_is_another_account() -> None:
    """Neither overwrites the other."""
    book = _book("alice")
    book.heard(namespace="other", name="alice", heartbeat=_heartbeat())

    assert [(d.namespace, d.name) for d in book.since(0).accounts] == [("default", "alice"), ("other", "alice")]


def test_a_digest_says_when_it_was_heard() -> None:
    """By this service's wall clock, whatever the worker's market time."""
    clock = iter([WALL, WALL + timedelta(seconds=5)])
    book = FleetBook(now=lambda: next(clock))
    for name in ("alice", "bob"):
        book.heard(namespace="default", name=name, heartbeat=_heartbeat())

    assert [digest.seen_at for digest in book.since(0).accounts] == [WALL, WALL + timedelta(seconds=5)]


@given(spoken=st.lists(st.sampled_from("abcde"), max_size=30), asked=st.integers(0, 30))
def test_a_reader_that_asks_again_misses_nobody(spoken: list[str], asked: int) -> None:
    """What it had before and what it is told since make the whole fleet, wherever it stopped asking."""
    early, late = spoken[:asked], spoken[asked:]
    book = _book(*early)
    known = {digest.name: digest for digest in book.since(0).accounts}
    version = book.since(0).version
    for name in late:
        book.heard(namespace="default", name=name, heartbeat=_heartbeat())
    told = book.since(version)
    known |= {digest.name: digest for digest in told.accounts}

    assert set(_names(told)) == set(late)
    assert known == {digest.name: digest for digest in book.since(0).accounts}


def test_more_names_than_accounts_can_be_are_left_out() -> None:
    """A sender of garbage can't fill the memory; who is known is still heard."""
    book = _book(*(f"a{n}" for n in range(MOST_ACCOUNTS)))
    version = book.since(0).version
    book.heard(namespace="default", name="one-too-many", heartbeat=_heartbeat())
    book.heard(namespace="default", name="a7", heartbeat=_heartbeat())

    assert _names(book.since(version)) == ["a7"]
