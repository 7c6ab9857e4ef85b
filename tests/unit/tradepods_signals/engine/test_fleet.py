"""The fleet: what each worker said last, and only what is new to whoever asks."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from support.build import NOON, WALL
from tradepods_core.times import to_ms
from tradepods_core.wire.fleet import Fleet, Heartbeat, Tally
from tradepods_signals.engine.fleet import MOST_ACCOUNTS, SILENT_AFTER, FleetBook

D = Decimal
FIRST = to_ms(WALL) * 1_000  # the version at which a run begins


def _heartbeat(equity: int = 1000, **changes: Any) -> Heartbeat:
    values: dict[str, Any] = {
        "at": NOON,
        "dry_run": True,
        "state": "Running",
        "settings_hash": "abc",
        "equity": D(equity),
        "tally": Tally(realized_pnl=D(0), fees=D(0)),
    }
    return Heartbeat(**values | changes)


@dataclass(slots=True)
class Clock:
    """A wall clock that a test moves."""

    at: datetime = WALL

    def now(self) -> datetime:
        """The moment."""
        return self.at

    def move(self, by: timedelta) -> None:
        """So much later."""
        self.at += by


@dataclass(slots=True)
class Bench:
    """A fleet book, the clock that it reads, and a worker's voice whose equity rises with every word."""

    clock: Clock = field(default_factory=Clock)
    said: int = 0
    book: FleetBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = FleetBook(now=self.clock.now)

    def say(self, *names: str) -> "Bench":
        """Each of them says something new."""
        for name in names:
            self.said += 1
            self.book.heard(namespace="default", name=name, heartbeat=_heartbeat(1000 + self.said))
        return self

    def repeat(self, name: str, *, minutes: int = 0, **changes: Any) -> None:
        """One says the same again, at a later moment of market time."""
        at = NOON + timedelta(minutes=minutes)
        self.book.heard(namespace="default", name=name, heartbeat=_heartbeat(1000 + self.said, at=at, **changes))


def _names(fleet: Fleet) -> list[str]:
    return [digest.name for digest in fleet.accounts]


def test_an_empty_fleet_has_no_accounts() -> None:
    """Nobody has said anything; its version is the moment at which it began."""
    assert Bench().book.since(0) == Fleet(version=FIRST, run=FIRST, accounts=())


def test_whoever_asks_first_gets_everyone() -> None:
    """Each account once, in the order in which they last said something new."""
    assert _names(Bench().say("bob", "alice", "bob").book.since(0)) == ["alice", "bob"]


def test_only_what_changed_since_is_told() -> None:
    """A reader asks for what is newer than what it has."""
    bench = Bench().say("alice", "bob")
    seen = bench.book.since(0).version
    assert _names(bench.book.since(seen)) == []

    bench.say("alice")
    fleet = bench.book.since(seen)
    assert _names(fleet) == ["alice"]
    assert fleet.accounts[0].heartbeat.equity == D(1003)
    assert fleet.accounts[0].version == fleet.version > seen


def test_who_says_the_same_again_is_not_told_again() -> None:
    """That its clock went on, and its memory a little, is no news; a megabyte is."""
    bench = Bench().say("bob")
    seen = bench.book.version
    bench.repeat("bob", minutes=5, rss_mib=0.9)
    assert _names(bench.book.since(seen)) == []

    bench.repeat("bob", minutes=5, rss_mib=1.0)
    assert _names(bench.book.since(seen)) == ["bob"]


def test_who_falls_silent_is_told_once_and_again_when_back() -> None:
    """A reader need not look at every account to see which of them is gone."""
    bench = Bench().say("alice", "bob")
    seen = bench.book.version
    bench.clock.move(SILENT_AFTER - timedelta(seconds=1))
    bench.repeat("bob")
    bench.clock.move(timedelta(seconds=1))
    fleet = bench.book.since(seen)

    assert [(digest.name, digest.silent) for digest in fleet.accounts] == [("alice", True)]
    assert [(one.accounts, one.silent) for one in bench.book.totals()] == [(2, 1)]
    assert _names(bench.book.since(fleet.version)) == []

    bench.repeat("alice")
    assert [(d.name, d.silent) for d in bench.book.since(fleet.version).accounts] == [("alice", False)]
    assert [(one.accounts, one.silent) for one in bench.book.totals()] == [(2, 0)]


def test_a_version_of_an_earlier_run_gives_everyone() -> None:
    """Versions begin at the moment of the start, so a reader that has been away longer misses nobody."""
    earlier = Bench().say("alice", "bob").book.version
    later = Bench(Clock(WALL + timedelta(seconds=10))).say("alice")

    assert _names(later.book.since(earlier)) == ["alice"]
    assert _names(later.book.since(later.book.version + 1)) == ["alice"]


def test_the_same_name_in_another_namespace_is_another_account() -> None:
    """Neither overwrites the other."""
    bench = Bench().say("alice")
    bench.book.heard(namespace="other", name="alice", heartbeat=_heartbeat())

    assert [(d.namespace, d.name) for d in bench.book.since(0).accounts] == [("default", "alice"), ("other", "alice")]


def test_a_digest_says_when_it_was_heard() -> None:
    """By this service's wall clock, whatever the worker's market time; the latest word counts, new or not."""
    bench = Bench().say("alice", "bob")
    bench.clock.move(timedelta(seconds=5))
    bench.repeat("bob")

    assert [digest.seen_at for digest in bench.book.since(0).accounts] == [WALL, WALL + timedelta(seconds=5)]


@given(spoken=st.lists(st.sampled_from("abcde"), max_size=30), asked=st.integers(0, 30))
def test_a_reader_that_asks_again_misses_nobody(spoken: list[str], asked: int) -> None:
    """What it had before and what it is told since make the whole fleet, wherever it stopped asking."""
    early, late = spoken[:asked], spoken[asked:]
    bench = Bench().say(*early)
    book = bench.book
    known = {digest.name: digest for digest in book.since(0).accounts}
    version = book.since(0).version
    bench.say(*late)
    told = book.since(version)
    known |= {digest.name: digest for digest in told.accounts}

    assert set(_names(told)) == set(late)
    assert known == {digest.name: digest for digest in book.since(0).accounts}


@given(spoken=st.lists(st.sampled_from(["a", "b-2", "c0"]), max_size=10), silent=st.booleans())
def test_the_encoded_fleet_is_the_fleet(spoken: list[str], silent: bool) -> None:
    """What is put together of parts that were encoded before reads as the whole would."""
    bench = Bench().say(*spoken)
    bench.clock.move(SILENT_AFTER if silent else timedelta(microseconds=1))
    for after in (0, FIRST + 2):
        whole = bench.book.since(after).model_copy(update={"halt": 'the "end"'})

        encoded = bench.book.encoded(after, halt='the "end"')

        assert json.loads(encoded) == json.loads(whole.model_dump_json(by_alias=True))


def test_more_names_than_accounts_can_be_are_left_out() -> None:
    """A sender of garbage can't fill the memory; who is known is still heard."""
    bench = Bench().say(*(f"a{n}" for n in range(MOST_ACCOUNTS)))
    version = bench.book.version
    bench.say("one-too-many", "a7")

    assert _names(bench.book.since(version)) == ["a7"]


def test_held_is_what_accounts_of_one_venue_hold_in_either_book_the_silent_ones_included() -> None:
    """What was told last counts: somebody who is silent has sold nothing."""
    bench = Bench()
    open_ = {symbol: {"symbol": symbol, "side": "long", "quantity": 1, "average": 1} for symbol in "ABCD"}
    held = {symbol: {**one, "unrealized": 0, "protected": True} for symbol, one in open_.items()}
    for name, beat in {
        "bob": _heartbeat(venue="binanceusdm/live", positions=[held["A"]], guarded=[held["B"]]),
        "eve": _heartbeat(venue="binanceusdm/live", positions=[held["A"]]),
        "joe": _heartbeat(venue="binanceusdm/demo", positions=[held["C"]]),
        "ann": _heartbeat(venue="binanceusdm/live"),
    }.items():
        bench.book.heard(namespace="default", name=name, heartbeat=beat)
    bench.clock.move(SILENT_AFTER * 2)

    assert bench.book.held("binanceusdm/live") == {"A", "B"}
    bench.book.heard(namespace="default", name="bob", heartbeat=_heartbeat(venue="binanceusdm/live"))
    assert bench.book.held("binanceusdm/live") == {"A"}
