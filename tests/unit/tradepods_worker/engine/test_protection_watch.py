"""How long a position stood bare: from its fill's event to the venue's acceptance of a stop, or to its close."""

from datetime import timedelta
from decimal import Decimal

from support.account import Account, placed
from support.build import BTC, WALL, arrived, later, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import FillReported, IntentSettled
from tradepods_core.book.facts import Filled
from tradepods_core.book.fills import booked
from tradepods_core.book.intents import Accepted, PlaceOrder
from tradepods_worker.engine.protection_watch import ProtectionWatch

D = Decimal


def _bare() -> tuple[Account, PlaceOrder]:
    """A position since WALL, and its stop on the way."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    return account, placed(account.fill(entry), "stop")


def test_the_acceptance_of_a_stop_ends_it() -> None:
    """In wall time; a later stop of a protected position counts nothing."""
    account, stop = _bare()
    watch = ProtectionWatch()
    fact = IntentSettled(id=stop.id, outcome=Accepted(), seen_at=later(0.25))
    watch.look(account.book, [fact])
    watch.look(apply(account.book, [fact]), [IntentSettled(id=stop.id, outcome=Accepted(), seen_at=later(9))])

    assert watch.longest == timedelta(milliseconds=250)


def test_a_position_that_was_closed_before_its_stop_was_accepted_counts_too() -> None:
    """It was bare until then."""
    account, stop = _bare()
    fill = FillReported(
        order=stop.id,
        trade="9",
        symbol=BTC,
        quantity=stop.quantity,
        price=D(97),
        fee=D(0),
        fee_asset="USDT",
        realized=D(0),
        at=WALL,
        seen_at=later(0.7),
    )
    watch = ProtectionWatch()
    watch.look(account.book, booked(account.book, fill))

    assert isinstance(booked(account.book, fill)[0], Filled)
    assert watch.longest == timedelta(milliseconds=700)


def test_an_entrys_acceptance_says_nothing() -> None:
    """Only stops protect."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    watch = ProtectionWatch()
    watch.look(account.book, [IntentSettled(id=entry.id, outcome=Accepted(), seen_at=later(5))])

    assert watch.longest == timedelta(0)
