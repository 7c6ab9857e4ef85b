"""The venue's balance against ours, where a reading shows another: what its records say of the difference.

payments   that the private stream did not bring: booked as if it had, so that a transfer is no loss
rest       what trades brought that are not ours: the wallet as the venue has it, a gain or a loss
nothing    while the records can't be read, or don't add up to the balance yet: it is read again
unexplained what they never explain: nobody can say that it was lost, so it counts as a transfer
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, PaymentReported
from tradepods_core.book.facts import Fact, PaymentBooked, WalletSeen
from tradepods_core.book.holdings import newer, under_way
from tradepods_core.book.income import TRADING, Income, WalletKnown, known_by, later, total
from tradepods_core.book.trading import FUNDING, INSURANCE, RECORDED, UNEXPLAINED
from tradepods_core.book.values import PAYMENTS_KNOWN, Book

TOLD_WITHIN = timedelta(minutes=1)  # between the times that the stream and the records name for one payment
STANDS_FOR = timedelta(days=2)  # what is known, before a balance that agrees takes its place whatever the records say
CENT = Decimal("0.01")


def compared(before: Book, book: Book, event: AccountRead) -> Iterator[Fact]:
    """Taken only together with the positions that it belongs to: equity counts both. `before` is the book unread."""
    if not _judgeable(before, book, event):
        return
    records = event.view.records
    if book.wallet is None or (records is None and book.known is None):
        yield from _seen(book, event)
    if records is None or records.rows is None:
        return
    if book.wallet is None or (book.known is None and book.wallet == event.view.wallet):
        yield known_by(event.view.wallet, records.rows, before=None, seen_at=event.seen_at)
    elif book.wallet != event.view.wallet:
        yield from _judged(book, event, records.rows, waited=records.waited)
    elif book.known is not None and (_adds_up(book.known, event, records.rows) or _is_old(book.known, event)):
        yield known_by(event.view.wallet, records.rows, before=book.known, seen_at=event.seen_at)


def unexplained(before: Book, book: Book, event: AccountRead) -> bool:
    """Whether a reading shows another balance than the book has with it, and nothing that is under way can be why."""
    return book.wallet not in (None, event.view.wallet) and _judgeable(before, book, event)


def _judgeable(before: Book, book: Book, event: AccountRead) -> bool:
    """Whether nothing of ours is on its way, and the book is not newer than the reading."""
    doubted = any(doubt.quantity for doubt in book.doubts.values())
    moving = doubted or any(under_way(book, order.intent.leg.symbol) for order in book.orders.values())
    return not moving and not any(newer(at, event) for at in before.touched.values())


def _seen(book: Book, event: AccountRead) -> Iterator[Fact]:
    if book.wallet != event.view.wallet:
        yield WalletSeen(balance=event.view.wallet, seen_at=event.seen_at)


def _judged(book: Book, event: AccountRead, rows: Sequence[Income], *, waited: bool) -> Iterator[Fact]:
    """What the records say of the difference; nothing where they don't say all of it yet."""
    found = () if book.known is None else later(book.known, rows)
    if book.known is not None and _adds_up(book.known, event, rows):
        facts: tuple[Fact, ...] = tuple(_booked(row, event) for row in unheard(book, found))
        yield from facts
        yield from _seen(apply(book, facts), event)
    elif waited or book.known is None:
        yield _unexplained(book, event)
    else:
        return
    yield known_by(event.view.wallet, rows, before=book.known, seen_at=event.seen_at)


def _adds_up(known: WalletKnown, event: AccountRead, rows: Sequence[Income]) -> bool:
    """Whether what is known and all later records are the balance that was read."""
    return abs(known.balance + total(later(known, rows), SETTLE) - event.view.wallet) < CENT


def _is_old(known: WalletKnown, event: AccountRead) -> bool:
    """Whether the venue might not say all that came since for much longer."""
    return event.seen_at - known.seen_at > STANDS_FOR


def unheard(book: Book, rows: Sequence[Income]) -> Iterator[Income]:
    """The payments among the records that are not booked: the stream names no ids, so amount and time tell them."""
    heard = [fact for fact in book.heard if not fact.key.startswith(RECORDED)]
    forgotten = len(book.heard) >= PAYMENTS_KNOWN and book.heard[0] in heard
    since = heard[0].at if forgotten else None  # older ones were heard: else the next would not have added up
    for row in rows:
        if row.kind in TRADING or row.asset != SETTLE or row.key in book.paid or (since and row.at <= since):
            continue
        told = next((fact for fact in heard if _same(fact, row)), None)
        if told is None:
            yield row
        else:
            heard.remove(told)


def recorded(book: Book, event: PaymentReported) -> bool:
    """Whether a payment that the stream tells was booked by the venue's records before."""
    return any(fact.key.startswith(RECORDED) and _same(event, fact) for fact in book.heard)


def _same(told: PaymentReported | PaymentBooked, listed: Income | PaymentBooked) -> bool:
    """Whether both are one payment: the stream and the records have other words for all but what trading brings."""
    alike = _group(told.kind) == _group(listed.kind) and told.asset == listed.asset
    return alike and told.amount == listed.amount and abs(told.at - listed.at) <= TOLD_WITHIN


def _group(kind: str) -> str:
    return kind if kind in (FUNDING, INSURANCE) else ""


def _booked(row: Income, event: AccountRead) -> PaymentBooked:
    return PaymentBooked(
        key=row.key, kind=row.kind, asset=row.asset, amount=row.amount, at=row.at, seen_at=event.seen_at
    )


def _unexplained(book: Book, event: AccountRead) -> PaymentBooked:
    return PaymentBooked(
        key=f"{UNEXPLAINED}/{event.seen_at.isoformat()}",
        kind=UNEXPLAINED,
        asset=SETTLE,
        amount=event.view.wallet - (book.wallet or Decimal(0)),
        at=event.seen_at,
        seen_at=event.seen_at,
    )
