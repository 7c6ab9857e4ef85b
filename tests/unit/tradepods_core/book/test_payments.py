"""Money without a trade: booked once, whichever way it is heard of, so that ledger and venue hold the same."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from support.account import Account
from support.build import NOON, WALL
from tradepods_core.book.absorb import absorb
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, AccountView, PaymentReported
from tradepods_core.book.facts import PaymentBooked
from tradepods_core.book.recorded import unique_key
from tradepods_core.book.values import PAYMENTS_KNOWN, Book

D = Decimal
BOOK = replace(Book(), wallet=D(1_000))
FUNDING = PaymentReported(kind="FUNDING_FEE", asset="USDT", amount=D("-1.5"), balance=D("998.5"), at=NOON, seen_at=WALL)


def _after(book: Book, *events: PaymentReported) -> Book:
    for event in events:
        book = apply(book, absorb(book, event))
    return book


def test_a_payment_changes_the_wallet() -> None:
    """By its amount; fills that are still to come bring their own."""
    assert _after(BOOK, FUNDING).wallet == D("998.5")
    assert _after(replace(BOOK, wallet=D(500)), FUNDING).wallet == D("498.5")


def test_a_payment_is_booked_once() -> None:
    """Told twice it is one; another of the same amount is another."""
    another = replace(FUNDING, balance=D(997))

    assert _after(BOOK, FUNDING, FUNDING).wallet == D("998.5")
    assert _after(BOOK, FUNDING, another, FUNDING).wallet == D(997)


def test_a_payment_that_a_reading_has_brought_is_not_booked_again() -> None:
    """The wallet already stands where the payment leaves it."""
    assert _after(replace(BOOK, wallet=D("998.5")), FUNDING).wallet == D("998.5")


def test_a_reading_that_is_older_than_a_payment_does_not_undo_it() -> None:
    """It began before the payment was heard of."""
    account = Account(wallet=D(1_000))
    account.handle(FUNDING)
    view = AccountView(wallet=D(1_000))
    before, after = FUNDING.seen_at - timedelta(seconds=1), FUNDING.seen_at + timedelta(seconds=1)
    account.handle(AccountRead(view=view, begun_at=before, seen_at=after))

    assert account.book.wallet == D("998.5")


def test_another_assets_payment_leaves_the_wallet_alone() -> None:
    """It is recorded all the same."""
    event = replace(FUNDING, asset="BNB", balance=D(3))
    (fact,) = absorb(BOOK, event)

    assert isinstance(fact, PaymentBooked)
    assert apply(BOOK, [fact]).wallet == D(1_000)


def test_before_the_account_was_read_nothing_is_booked() -> None:
    """The first reading says what is there."""
    assert absorb(Book(), FUNDING) == ()


def test_a_ledger_refuses_a_payment_a_second_time() -> None:
    """By its key; and the book forgets the oldest."""
    (fact,) = absorb(BOOK, FUNDING)
    many = [replace(FUNDING, at=NOON + timedelta(hours=hour), balance=D(hour)) for hour in range(200)]

    assert unique_key(fact) == f"payment/{FUNDING.key}"
    assert len(_after(BOOK, *many).paid) == PAYMENTS_KNOWN


def test_a_payment_that_does_not_add_up_has_the_account_read() -> None:
    """Two at once that a reading had brought both: neither leaves the balance that is read, so both are booked again.

    The reading that is asked for begins after them, and sets it right.
    """
    account = Account(wallet=D(997))
    first = replace(FUNDING, amount=D(-1), balance=D(999))
    second = replace(FUNDING, amount=D(-2), balance=D(997))
    asked = [account.handle(event).strange for event in (first, second)]
    begun, view = FUNDING.seen_at + timedelta(seconds=1), AccountView(wallet=D(997))
    account.handle(AccountRead(view=view, begun_at=begun, seen_at=begun))

    assert asked == [True, True]
    assert account.book.wallet == D(997)


def test_a_payment_that_adds_up_asks_for_nothing() -> None:
    """Nor does one in another asset, nor one told twice."""
    account = Account(wallet=D(1_000))
    bonus = replace(FUNDING, asset="BNB", balance=D(3))

    assert not any(account.handle(event).strange for event in (FUNDING, bonus, FUNDING))
