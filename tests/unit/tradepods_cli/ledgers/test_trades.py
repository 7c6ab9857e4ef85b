"""Closed positions as rows: averages of all fills, and whose a payment of funding was."""

from decimal import Decimal

from support.account import Account
from support.build import ETH, NOON, WALL
from tradepods_cli.ledgers.trades import trade_rows
from tradepods_core.book.facts import Fact, PaymentBooked
from tradepods_core.book.intents import PlaceOrder

D = Decimal


def _funding(amount: str) -> PaymentBooked:
    return PaymentBooked(key=amount, kind="FUNDING_FEE", asset="USDT", amount=D(amount), at=NOON, seen_at=WALL)


def _closed(account: Account, stop: PlaceOrder) -> list[Fact]:
    """The facts of a stop that was hit at 97, with a loss of 14.775."""
    before = len(account.facts)
    account.fill(stop, price="97", realized=D("-14.775"), fee=D("0.24"))
    return account.facts[before:]


def test_funding_counts_for_the_only_position_that_was_open() -> None:
    """And is part of what was left of it."""
    account = Account()
    _, stop, _ = account.opened(fee=D("0.25"))
    (row,) = trade_rows([*account.facts, _funding("-0.5"), _funding("0.2"), *_closed(account, stop)])

    assert row["funding"] == D("-0.3")
    assert row["net"] == D("-14.775") - D("0.49") - D("0.3")


def test_funding_that_two_positions_shared_is_not_known() -> None:
    """A guess would be worse than an empty cell: it is in neither's net."""
    account = Account()
    _, stop, _ = account.opened(fee=D("0.25"))
    account.opened(symbol=ETH, side="short")
    (row,) = trade_rows([*account.facts, _funding("-0.5"), *_closed(account, stop)])

    assert row["funding"] is None
    assert row["net"] == D("-14.775") - D("0.49")


def test_an_exit_in_two_parts_has_their_average() -> None:
    """Weighted by quantity."""
    account = Account()
    entry, stop, _ = account.opened()
    account.fill(stop, price="97", quantity=entry.quantity / 4, ended=False)
    account.fill(stop, price="96", quantity=entry.quantity * 3 / 4)
    (row,) = trade_rows(account.facts)

    assert (row["entry"], row["exit"], row["quantity"]) == (D(100), D("96.25"), entry.quantity)
