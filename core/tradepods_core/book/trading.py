"""Whether the account trades: pauses, requests, and by what its losses are measured."""

from dataclasses import replace
from decimal import Decimal

from tradepods_core.book.accounting import SETTLE, wallet_paid
from tradepods_core.book.facts import (
    CommandTaken,
    DayBegan,
    PaymentBooked,
    PeakSeen,
    PositionClosed,
    TradingPaused,
    TradingResumed,
    WalletSeen,
)
from tradepods_core.book.income import WalletKnown
from tradepods_core.book.steering import TroubleBegan, TroubleEnded
from tradepods_core.book.values import COMMANDS_KNOWN, PAYMENTS_KNOWN, Book
from tradepods_core.money import ZERO

FUNDING, INSURANCE = "FUNDING_FEE", "INSURANCE_CLEAR"
RECORDED = "income/"  # how the keys of payments from the venue's records begin
UNEXPLAINED = "UNEXPLAINED"  # a balance that the venue's records never explained: it may have been anything
OWN = (FUNDING, INSURANCE, "ADJUSTMENT")  # payments that are part of what trading brings


def commanded(book: Book, fact: CommandTaken) -> Book:
    """The request is known from now on."""
    return replace(book, commands=(*book.commands, fact.id)[-COMMANDS_KNOWN:])


def paused(book: Book, fact: TradingPaused) -> Book:
    """Nothing is opened any more; a limit's pause and a person's stand beside each other.

    In a replay a person may have resumed it in this very moment: the last word holds.
    """
    if fact.by_person:
        return replace(book, pause=fact, covered=book.breach, resumed_at=None)
    if book.pause is not None and book.pause.by_person:
        return replace(book, covered=fact)
    return replace(book, pause=fact)


def resumed(book: Book, fact: TradingResumed) -> Book:
    """Where a limit was reached losses count from here: it would be reached again at once.

    A limit's pause that ends with its day lets go of that day's loss only, and of no person's pause: the peak and the
    losses in a row stand.
    """
    day = None if book.day is None else replace(book.day, equity=fact.equity or ZERO)
    over = book.breach is not None and book.breach.until is not None and fact.at >= book.breach.until
    pause = None if fact.by_person or book.pause == book.breach else book.pause
    book = replace(book, pause=pause, covered=None, resumed_at=fact.at if fact.by_person else book.resumed_at)
    if not fact.anew:
        return book
    return replace(book, day=day) if over else replace(book, day=day, peak=fact.equity, losses=0)


def began(book: Book, fact: DayBegan) -> Book:
    """A new day."""
    return replace(book, day=fact)


def peaked(book: Book, fact: PeakSeen) -> Book:
    """A new peak."""
    return replace(book, peak=fact.equity)


def closed(book: Book, fact: PositionClosed) -> Book:
    """One more loss in a row, or none any more."""
    return replace(book, losses=book.losses + 1 if fact.realized < fact.fees else 0)


def seen(book: Book, fact: WalletSeen) -> Book:
    """The venue's own balance. What made the difference was not heard of: it may have been funding."""
    return replace(_funded(book, None), wallet=fact.balance)


def known(book: Book, fact: WalletKnown) -> Book:
    """What the stream has told until now is among the records that are known."""
    return replace(book, known=fact, heard=tuple(one for one in book.heard if one.key.startswith(RECORDED)))


def paid(book: Book, fact: PaymentBooked) -> Book:
    """The wallet after a payment. Money that a person moves is neither a loss nor a gain."""
    known = (*book.paid, fact.key)[-PAYMENTS_KNOWN:]
    heard = (*book.heard, fact)[-PAYMENTS_KNOWN:] if fact.asset == SETTLE else book.heard
    book = replace(book, wallet=wallet_paid(book.wallet, fact), paid=known, heard=heard)
    if fact.kind == FUNDING:
        book = _funded(book, fact.amount if fact.asset == SETTLE else None)
    elif fact.kind == UNEXPLAINED:
        book = _funded(book, None)
    if fact.kind in OWN or fact.asset != SETTLE:
        return book
    day = book.day
    if day is not None and day.equity:
        day = replace(day, equity=day.equity + fact.amount)
    today = None if book.today is None else replace(book.today, moved=book.today.moved + fact.amount)
    return replace(book, day=day, today=today, peak=_plus(book.peak, fact.amount))


def _funded(book: Book, amount: Decimal | None) -> Book:
    """A payment does not say for which position it was: it is for the only one there is, and nobody's otherwise."""
    alone = len(book.positions) == 1 and not book.doubts
    positions = {
        leg: replace(p, funding=p.funding - amount if alone and amount is not None and p.funding is not None else None)
        for leg, p in book.positions.items()
    }
    return replace(book, positions=positions)


def _plus(amount: Decimal | None, more: Decimal) -> Decimal | None:
    return None if amount is None else max(amount + more, ZERO)


def troubled(book: Book, fact: TroubleBegan) -> Book:
    """The book in trouble."""
    return replace(book, troubles={**book.troubles, fact.kind: fact})


def relieved(book: Book, fact: TroubleEnded) -> Book:
    """The book without that trouble."""
    return replace(book, troubles={kind: trouble for kind, trouble in book.troubles.items() if kind != fact.kind})
