"""Averages, profit, equity: what fills do to a position, and what an account is worth."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tradepods_core.book.facts import Filled, PaymentBooked, StopMoved
from tradepods_core.book.guarding import ANEW
from tradepods_core.book.values import Book, Order, Position
from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol

SETTLE = "USDT"  # the quote asset of every contract that we trade; fees in another asset leave its wallet alone


def opened(fill: Filled, order: Order, *, step: int) -> Position:
    """The position that an entry's first fill opens; or a late one opens anew, after so many steps of the ladder.

    An add is not its first entry: nothing is added to a position of which nothing else is left.
    """
    intent, adds = order.intent, fill.purpose == "add"
    if intent.terms is None:
        raise ValueError(f"entry {intent.id} carries no terms")
    return Position(
        number=fill.position,
        leg=fill.leg,
        quantity=fill.quantity,
        average=fill.price,
        entered=fill.quantity,
        first=ZERO if adds else fill.quantity,
        step=step,
        adds=int(adds),
        terms=intent.terms,
        opened_at=fill.at,
        strategy=intent.strategy,
        signal=intent.cause,
        fees=_settled_fee(fill),
        naked_since=fill.seen_at,
        funding=ZERO,
        exited=ZERO,
    )


def increased(position: Position, fill: Filled, *, adds: bool) -> Position:
    """The position after one more entry fill; the average is of what is open, or of all if exits were heard first.

    `adds` with the first fill of an add.
    """
    quantity = position.quantity + fill.quantity
    held = position.quantity if position.quantity > ZERO else position.entered
    average = (position.average * held + fill.price * fill.quantity) / (held + fill.quantity)
    return replace(
        position,
        quantity=quantity,
        average=average,
        entered=position.entered + fill.quantity,
        adds=position.adds + adds,
        first=position.first + (fill.quantity if fill.purpose == "enter" else ZERO),
        fees=position.fees + _settled_fee(fill),
        peak=position.peak + (_shift(position, fill, average) if fill.purpose == "add" else ZERO),
    )


def _shift(position: Position, fill: Filled, average: Decimal) -> Decimal:
    """By how much another average changes profit_rate at the price of the fill: the fall from its best stays."""
    return replace(position, average=average).rate(fill.price) - position.rate(fill.price)


def reduced(position: Position, fill: Filled, *, entering: bool) -> Position:
    """The position after an exit fill; the average stays. With more of its entry to come it may be below zero."""
    left = position.quantity - fill.quantity
    left = left if entering else max(left, ZERO)
    return replace(
        position,
        quantity=left,
        exited=exited(position, position.quantity - left, fill.price),
        realized=position.realized + fill.realized,
        fees=position.fees + _settled_fee(fill),
    )


def exited(position: Position, quantity: Decimal, price: Decimal) -> Decimal | None:
    """What the position's exits come to with so much more at this price, quote; None where that isn't known."""
    return None if position.exited is None else position.exited + quantity * price


def average_exit(position: Position, *, last: Decimal) -> Decimal:
    """The price at which the position was left, weighted by quantity; the last one where the others aren't known."""
    gone = position.entered - position.quantity
    return last if position.exited is None or gone <= ZERO else position.exited / gone


def stop_moved(position: Position, fact: StopMoved) -> Position:
    """The position with its stop at a better level; where it was set anew its terms' own level stays passed."""
    anew = position.anew or position.stop_by == ANEW
    return replace(position, stop=fact.level, stop_by=fact.why, stop_at=fact.at, anew=anew)


def wallet_after(wallet: Decimal | None, fill: Filled) -> Decimal | None:
    """The settle asset's balance after a fill, from the venue's own records."""
    return None if wallet is None else wallet + fill.realized - _settled_fee(fill)


def wallet_paid(wallet: Decimal | None, payment: PaymentBooked) -> Decimal | None:
    """The settle asset's balance after a payment; one in another asset leaves it alone."""
    return wallet if wallet is None or payment.asset != SETTLE else wallet + payment.amount


def _settled_fee(fill: Filled) -> Decimal:
    return fill.fee if fill.fee_asset == SETTLE else ZERO


def equity(book: Book, marks: Mapping[Symbol, Decimal]) -> Decimal:
    """Wallet and unrealised profit, quote; a position without a mark counts at its average."""
    unrealized = (p.unrealized(marks.get(p.leg.symbol, p.average)) for p in book.positions.values())
    return (book.wallet or ZERO) + sum(unrealized, ZERO)
