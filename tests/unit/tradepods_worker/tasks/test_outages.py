"""What is told past the ledger: refused keys, an exchange that is silent or refuses our address, a start that waits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from support.build import NOON, WALL
from tradepods_core.book.values import Book
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.telegram.render import render
from tradepods_worker.engine.alert import Alert
from tradepods_worker.tasks.outages import AWAY, OVER, Outages

MINUTE = 60.0


@dataclass(slots=True)
class Scene:
    """An account's connection, as those who know it say; and what the person is told."""

    refused_keys: str = ""
    last_error: str = ""
    until: datetime | None = None
    troubles: dict[Any, Any] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)
    wall: ManualClock = field(default_factory=lambda: ManualClock(WALL))
    alert: Alert = field(default_factory=Alert)
    begun: bool = True
    outages: Outages = field(init=False)

    def __post_init__(self) -> None:
        self.outages = Outages(
            books=self._books,
            waits=lambda: self.waits,
            alert=self.alert,
            market=ManualClock(NOON),
            wall=self.wall,
        )

    def _books(self) -> Any:
        book = SimpleNamespace(
            rereader=self,
            venue=SimpleNamespace(limited_until=lambda: self.until),
            desk=SimpleNamespace(book=Book(troubles=self.troubles)),
        )
        return (book,) if self.begun else ()

    def told(self, *, after: float = 0) -> list[str]:
        """Look once more, so many seconds later; the texts that are new."""
        self.wall.advance(after)
        self.outages.look()
        found = []
        for undelivered in self.alert.waiting():
            found.append(render(undelivered, account="bob"))
            self.alert.told()
        return found


def test_refused_keys_are_told_once_and_once_when_they_are_taken() -> None:
    """At once: only the person can do something about it."""
    scene = Scene(refused_keys="the exchange refuses the API key", last_error="the exchange refuses the API key")

    assert scene.told()[0].startswith("[bob] THE EXCHANGE REFUSES THE KEYS: the exchange refuses the API key\n")
    assert scene.told(after=10 * MINUTE) == []

    scene.refused_keys = scene.last_error = ""
    assert scene.told() == ["[bob] the exchange takes the keys again"]
    assert scene.told(after=MINUTE) == []


def test_a_silent_exchange_is_told_after_a_minute() -> None:
    """A reading that fails now and then is not worth a message."""
    scene = Scene(last_error="no answer within 10 s")
    assert scene.told() == []
    assert scene.told(after=59) == []
    (said,) = scene.told(after=1)
    assert said.startswith("[bob] THE EXCHANGE DOES NOT ANSWER for a minute: no answer within 10 s\n")

    scene.last_error = ""
    assert scene.told() == ["[bob] the exchange answers again"]


def test_silences_are_not_added_up() -> None:
    """Each is measured from its own beginning."""
    scene = Scene(last_error="no answer")
    assert scene.told(after=50) == []
    scene.last_error = ""
    assert scene.told() == []
    scene.last_error = "no answer"
    assert scene.told(after=50) == []


def test_what_the_ledger_has_told_is_not_told_twice() -> None:
    """A private stream that is down has its own message; one that goes down later ends no message of ours."""
    scene = Scene(last_error="no answer", troubles={"NotConnected": None})
    scene.told()
    assert scene.told(after=2 * MINUTE) == []

    scene.troubles = {}
    scene.told()
    assert len(scene.told(after=MINUTE)) == 1
    scene.troubles = {"NotConnected": None}
    assert scene.told() == []


def test_a_ban_is_told_with_its_end() -> None:
    """A wait of seconds, as every limit brings now and then, is not."""
    scene = Scene(until=WALL + timedelta(seconds=59), last_error="limited")
    assert scene.told() == []

    scene.until = WALL + timedelta(minutes=5)
    (said,) = scene.told()
    assert "REFUSES OUR ADDRESS until 2026-11-21T08:05:00Z" in said
    assert scene.told(after=4.5 * MINUTE) == []

    scene.until, scene.last_error = None, ""
    assert scene.told() == ["[bob] the exchange takes requests from our address again"]


@pytest.mark.parametrize(
    ("what", "said"),
    [("exchange", "THE EXCHANGE DOES NOT ANSWER"), ("signal service", "the worker can't start: the signal service")],
)
def test_a_start_that_waits_is_told(what: str, said: str) -> None:
    """Before anything of the account was read; what else a start waits for is the log's."""
    scene = Scene(begun=False, waits={what: "refused", "replay": "not yet"})
    assert scene.told() == []
    assert said in "".join(scene.told(after=MINUTE))

    scene.waits = {}
    assert len(scene.told()) == 1


def test_whatever_begins_has_a_word_for_its_end() -> None:
    """Nobody is left wondering."""
    assert set(AWAY.values()) <= set(OVER)
