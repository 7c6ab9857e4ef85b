"""What a person said last of an account holds in both of its books."""

from datetime import timedelta

import pytest

from support.account import Account
from support.build import NOON
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import TradingPaused
from tradepods_core.book.values import Book
from tradepods_core.rules.requests import account_wide, carried

LATER = NOON + timedelta(hours=1)


def _paused(at: object = NOON, limit: str | None = None) -> TradingPaused:
    return TradingPaused(why="asked", until=None, at=at, limit=limit)  # type: ignore[arg-type]  # a test writes it short


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        (Book(), Book(), None),
        (Book(), Book(pause=_paused()), ("pause", NOON)),
        (Book(pause=_paused()), Book(), None),
        (Book(pause=_paused()), Book(resumed_at=LATER), ("resume", LATER)),
        (Book(pause=_paused(LATER)), Book(resumed_at=NOON), None),
        (Book(resumed_at=LATER), Book(pause=_paused()), None),
        (Book(), Book(pause=_paused(limit="MaxDrawdown")), None),
        (Book(pause=_paused(limit="MaxDrawdown")), Book(resumed_at=LATER), None),
    ],
)
def test_the_last_word_of_a_person_counts(own: Book, other: Book, said: object) -> None:
    """A pause or a resume that the other book heard last; a limit of losses is that of its own book."""
    assert account_wide(own, other) == said


def test_of_two_words_in_one_moment_of_a_replay_the_later_one_holds_over_a_restart() -> None:
    """Market time stands still between two steps: a pause that follows a resume is not lifted by the next start."""
    account = Account()
    for number, name in enumerate(("pause", "resume", "pause")):
        account.handle(CommandGiven(id=f"telegram/{number}", by="alice", name=name))  # type: ignore[arg-type]  # as text
    assert account.book.pause is not None
    assert account_wide(account.book, Book()) is None


def test_where_nobody_can_say_which_word_was_the_later_the_account_stays_paused() -> None:
    """Each book heard one of them, in one moment."""
    assert account_wide(Book(resumed_at=NOON), Book(pause=_paused())) == ("pause", NOON)
    assert account_wide(Book(pause=_paused()), Book(resumed_at=NOON)) is None


def test_a_resume_after_the_carried_pause_holds_in_the_same_moment() -> None:
    """The book that went on had heard the other's pause before; unless the other heard that too, and paused anew."""
    resumed = Book(resumed_at=NOON, commands=("telegram/1", carried("pause", NOON)))
    paused = Book(pause=_paused())
    anew = Book(pause=_paused(), commands=(carried("resume", NOON),))

    assert account_wide(resumed, paused) is None
    assert account_wide(paused, resumed) == ("resume", NOON)
    assert account_wide(anew, resumed) is None
    assert account_wide(resumed, anew) == ("pause", NOON)
