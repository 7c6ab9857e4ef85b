"""A wallet that a reading shows different from ours: the venue's records say what it was, and each is booked once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from support.account import Account
from support.build import NOON, WALL, later, settings
from tradepods_core.book.absorb import absorb
from tradepods_core.book.book import apply
from tradepods_core.book.compare import compare
from tradepods_core.book.events import AccountRead, AccountView, PaymentReported
from tradepods_core.book.facts import DayBegan, PaymentBooked, PeakSeen, TradingPaused, WalletSeen
from tradepods_core.book.income import Income, Records, WalletKnown
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, write_checkpoint
from tradepods_core.book.tally import NONE
from tradepods_core.book.values import PAYMENTS_KNOWN, Book

D = Decimal
OLD = Income(key="income/TRANSFER/USDT/1/", kind="TRANSFER", asset="USDT", amount=D(1000), at=NOON)
KNOWN = WalletKnown(balance=D(1000), at=NOON, keys=(OLD.key,), seen_at=WALL)


def _book(**changes: object) -> Book:
    day = DayBegan(day="2025-06-02", equity=D(1000), at=NOON)
    return replace(Book(wallet=D(1000), day=day, peak=D(1000), known=KNOWN), **changes)  # type: ignore[arg-type]


def _row(kind: str, amount: str, *, seconds: float = 60, number: int = 2, asset: str = "USDT") -> Income:
    at = NOON + timedelta(seconds=seconds)
    return Income(key=f"income/{kind}/{asset}/{number}/", kind=kind, asset=asset, amount=D(amount), at=at)


def _told(kind: str, amount: str, *, balance: str, seconds: float = 60) -> PaymentReported:
    at = NOON + timedelta(seconds=seconds)
    return PaymentReported(kind=kind, asset="USDT", amount=D(amount), balance=D(balance), at=at, seen_at=WALL)


def _read(
    book: Book, wallet: str, *rows: Income, asked: bool = True, unread: bool = False, waited: bool = False
) -> Book:
    records = Records(rows=None if unread else (OLD, *rows), waited=waited) if asked else None
    event = AccountRead(view=AccountView(wallet=D(wallet), records=records), begun_at=later(60), seen_at=later(60))
    return apply(book, compare(book, event))


@pytest.mark.parametrize(("kind", "amount"), [("TRANSFER", "-200"), ("TRANSFER", "500"), ("COMMISSION_REBATE", "1")])
def test_a_transfer_that_the_stream_did_not_bring_moves_day_and_peak_with_the_wallet(kind: str, amount: str) -> None:
    """It is neither a loss nor a gain."""
    after = _read(_book(), str(1000 + D(amount)), _row(kind, amount))

    assert after.wallet == after.peak == 1000 + D(amount)
    assert after.day is not None
    assert after.day.equity == 1000 + D(amount)


def test_funding_that_the_stream_did_not_bring_is_a_cost() -> None:
    """It is counted as funding, and the day has lost it."""
    book = _book()
    event = AccountRead(
        view=AccountView(wallet=D(975), records=Records(rows=(OLD, _row("FUNDING_FEE", "-25")))),
        begun_at=later(60),
        seen_at=later(60),
    )
    facts = compare(book, event)
    after = apply(book, facts)

    assert [(f.kind, f.amount) for f in facts if isinstance(f, PaymentBooked)] == [("FUNDING_FEE", D(-25))]
    assert (after.wallet, after.peak) == (D(975), D(1000))


def test_what_trades_brought_that_are_not_ours_is_a_gain_or_a_loss() -> None:
    """A hand's realised loss and fee are records, too; they are no payment."""
    after = _read(_book(), "895", _row("REALIZED_PNL", "-100"), _row("COMMISSION", "-5", number=3))

    assert (after.wallet, after.peak, after.paid) == (D(895), D(1000), ())
    assert after.known is not None
    assert after.known.balance == D(895)


def test_a_payment_told_and_listed_is_booked_once() -> None:
    """The stream says WITHDRAW, the records TRANSFER, some seconds apart; another of the same amount is another."""
    book = apply(_book(), absorb(_book(), _told("WITHDRAW", "-200", balance="800")))
    one, two = _row("TRANSFER", "-200", seconds=62), _row("TRANSFER", "-200", seconds=63, number=3)
    after = _read(book, "600", one, two)

    assert (book.wallet, after.wallet, after.peak) == (D(800), D(600), D(600))


def test_a_payment_listed_before_it_is_told_is_booked_once() -> None:
    """A frame that comes after the reading which knew of it, and of more."""
    after = _read(_book(), "790", _row("TRANSFER", "-200"), _row("FUNDING_FEE", "-10", number=3))

    assert absorb(after, _told("WITHDRAW", "-200", balance="800")) == ()
    assert absorb(after, _told("FUNDING_FEE", "-10", balance="790")) == ()
    assert len(absorb(after, _told("FUNDING_FEE", "-11", balance="779"))) == 1


def test_a_second_reading_books_nothing_again() -> None:
    """The records of the moment that is known are known by their ids."""
    gone, back = _row("TRANSFER", "-200"), _row("TRANSFER", "200", number=3)
    once = _read(_book(), "800", gone)
    same, more = _read(once, "800", gone), _read(once, "1000", gone, back)

    assert same == once
    assert (more.wallet, more.peak) == (D(1000), D(1000))
    assert more.known is not None
    assert set(more.known.keys) == {gone.key, back.key}


@pytest.mark.parametrize("unread", [True, False])
def test_until_the_records_explain_the_balance_it_is_not_taken(unread: bool) -> None:
    """They can't be read, or do not list it yet: no loss is measured against it."""
    assert _read(_book(), "800", unread=unread) == _book()
    assert _read(_book(), "800", asked=False) == _book()


def test_what_is_never_explained_counts_as_a_transfer() -> None:
    """Nobody can say that it was lost; and from then on the records go on from there."""
    after = _read(_book(), "800", _row("FUNDING_FEE", "-1"), waited=True)

    assert after.wallet == after.peak == D(800)
    assert after.known is not None
    assert after.known.balance == D(800)


def test_records_that_can_not_be_read_are_waited_for_without_end() -> None:
    """Only records that were read can fail to explain."""
    assert _read(_book(), "800", unread=True, waited=True) == _book()


def test_a_ledger_of_an_earlier_release_takes_the_first_difference_for_a_transfer() -> None:
    """It does not know up to where the records are in its wallet; from now on it does."""
    book = _book(known=None)
    differs, same = _read(book, "800"), _read(book, "1000")

    assert differs.wallet == differs.peak == D(800)
    assert differs.known is not None
    assert (same.wallet, same.known) == (D(1000), replace(KNOWN, seen_at=later(60)))


def test_the_first_reading_begins_with_the_latest_record() -> None:
    """What came before it is in the wallet; a venue that has none has nothing before."""
    first = AccountView(wallet=D(1000), records=Records(rows=(OLD,)))
    event = AccountRead(view=first, begun_at=later(60), seen_at=later(60))
    seen, known = compare(Book(), event)
    nothing = compare(Book(), replace(event, view=replace(first, records=Records(rows=()))))

    assert isinstance(seen, WalletSeen)
    assert known == replace(KNOWN, seen_at=later(60))
    assert isinstance(nothing[1], WalletKnown)
    assert (nothing[1].at, nothing[1].keys) == (None, ())


def test_payments_that_are_forgotten_were_heard() -> None:
    """Only so many are remembered; a record older than these is none that was missed."""
    book = _book()
    for number in range(PAYMENTS_KNOWN + 1):
        told = _told("FUNDING_FEE", "-1", balance=str(999 - number), seconds=3600 * (number + 1))
        book = apply(book, absorb(book, told))
    told_all = [_row("FUNDING_FEE", "-1", seconds=3600 * (n + 1), number=n) for n in range(PAYMENTS_KNOWN + 1)]
    gone = _row("TRANSFER", "-9", seconds=3600 * 200, number=999)
    after = _read(book, str(1000 - PAYMENTS_KNOWN - 1 - 9), *told_all, gone)

    assert after.wallet == 1000 - PAYMENTS_KNOWN - 1 - 9
    assert after.peak == D(991), "one transfer, and no funding twice"


def test_many_payments_that_the_records_brought_hide_none() -> None:
    """They are remembered for late frames alone."""
    rows = [_row("FUNDING_FEE", "-1", number=n) for n in range(PAYMENTS_KNOWN)]
    once = _read(_book(), "900", *rows)
    after = _read(once, "800", *rows, _row("TRANSFER", "-100", seconds=61, number=999))

    assert (after.wallet, after.peak) == (D(800), D(900))


def test_what_is_known_outlives_a_start() -> None:
    """As part of the checkpoint; one of an earlier release knows nothing."""
    book = _read(_book(), "800", _row("TRANSFER", "-200"))
    written = write_checkpoint(Checkpoint(book=book, tally=NONE))

    assert read_checkpoint(written).book == book
    older = Checkpoint(book=Book(wallet=D(5)), tally=NONE)
    without = write_checkpoint(older).replace('"heard":[],', "").replace('"known":null,', "")
    assert "known" not in without
    assert read_checkpoint(without) == older


def test_no_peak_is_seen_while_the_balance_is_not_explained() -> None:
    """What a hand has lost with a position may be what is missing: the rest of it would be a peak that never was."""
    account = Account(account_settings=settings(protections={"maxDrawdownPct": 10}))
    account.book = replace(_book(), wallet=D(1100), peak=D(1000))
    view = AccountView(wallet=D(980), records=Records(rows=None))
    account.handle(AccountRead(view=view, begun_at=later(60), seen_at=later(60)))

    assert account.unexplained
    assert [fact for fact in account.facts if isinstance(fact, PeakSeen | TradingPaused)] == []


def test_what_is_known_moves_on_while_the_balance_agrees() -> None:
    """With records that add up at once; with others after two days: the exchange remembers for so long only."""
    row = _row("TRANSFER", "-200")
    told = _book(wallet=D(800))
    moved = _read(told, "800", row)
    assert moved.known is not None
    assert (moved.known.balance, moved.known.keys, moved.wallet) == (D(800), (row.key,), D(800))
    assert _read(told, "800").known == KNOWN

    old = replace(KNOWN, seen_at=WALL - timedelta(days=3))
    assert _read(_book(wallet=D(800), known=old), "800").known == replace(KNOWN, balance=D(800), seen_at=later(60))
