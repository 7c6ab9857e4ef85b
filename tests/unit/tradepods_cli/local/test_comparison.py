"""What must hold of every account: its ledger and its venue tell the same story, and it never stood bare."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, WALL, arrived, signal
from tradepods_cli.local.comparison import LONGEST_BARE, VenueBooks, agrees, broken, compare
from tradepods_core.book.facts import Fact, Filled, WalletSeen
from tradepods_core.money import ZERO

D = Decimal


def _history() -> tuple[Fact, ...]:
    """A wallet of 1,000: BTC long was entered and closed at a loss, ETH short is open."""
    run = Account()
    entry = placed(run.handle(arrived(signal())), "enter")
    stop = placed(run.fill(entry, fee=D("0.25")), "stop")
    run.fill(stop, realized=D(-15), fee=D("0.24"))
    short = placed(run.handle(arrived(signal(ETH, "short"))), "enter")
    run.fill(short, fee=D("0.2"))
    return (WalletSeen(balance=D(1000), seen_at=WALL), *run.facts)


FACTS = _history()
FILLS = [fact for fact in FACTS if isinstance(fact, Filled)]


def _books(**changes: Any) -> VenueBooks:
    """The venue's books of the same history: 1,000 less 15 lost and 0.69 of fees."""
    books = VenueBooks(
        positions={ETH: -FILLS[-1].quantity},
        trades=frozenset({(BTC, "1"), (BTC, "2"), (ETH, "3")}),
        wallet=D("984.31"),
        duplicate_orders=0,
        unprotected_max_ms=12,
    )
    return replace(books, **changes)


def test_where_the_books_agree_there_are_zeros() -> None:
    """Positions, fills and balance."""
    assert compare(FACTS, _books()) == {"positions": 0, "fills": 0, "balance": "0"}


def test_an_empty_ledger_agrees_with_empty_books() -> None:
    """Nothing on either side."""
    empty = VenueBooks(positions={}, trades=frozenset(), wallet=ZERO, duplicate_orders=0, unprotected_max_ms=0)

    assert compare((), empty) == {"positions": 0, "fills": 0, "balance": "0"}


@pytest.mark.parametrize(
    ("trades", "expected"),
    [
        ({(BTC, "1"), (BTC, "2")}, 1),
        ({(BTC, "1"), (BTC, "2"), (ETH, "3"), (ETH, "4")}, 1),
        ({(BTC, "1"), (BTC, "2"), (BTC, "3")}, 2),
        (set(), 3),
    ],
)
def test_a_fill_that_only_one_side_has_is_found(trades: set[tuple[str, str]], expected: int) -> None:
    """One that the venue lacks, one that the ledger lacks, one of another symbol (which is both), none at all."""
    assert compare(FACTS, _books(trades=frozenset(trades)))["fills"] == expected


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ({}, 1),
        ({ETH: D(1)}, 2),
        ({ETH: D("-0.001")}, 1),
        ({BTC: D(1)}, 2),
        ({"SOL/USDT:USDT": D(1)}, 2),
    ],
)
def test_a_position_that_differs_is_found(positions: dict[str, Decimal], expected: int) -> None:
    """One that is flat or of another size at the venue; one of another side, or symbol, is missing here and there."""
    assert compare(FACTS, _books(positions=positions))["positions"] == expected


@pytest.mark.parametrize(("wallet", "difference"), [("984.3", "0.01"), ("984.31000001", "-0.00000001")])
def test_a_balance_that_differs_is_found_to_the_last_digit(wallet: str, difference: str) -> None:
    """Above zero where the ledger has more than the venue."""
    assert compare(FACTS, _books(wallet=D(wallet)))["balance"] == difference


def test_what_the_ledger_later_read_from_the_venue_proves_nothing() -> None:
    """Its own fills must explain the balance."""
    corrected = (*FACTS, WalletSeen(balance=D(900), seen_at=WALL))

    assert compare(corrected, _books(wallet=D(900)))["balance"] == "84.31"


def test_a_fee_in_another_asset_is_not_taken_from_the_wallet() -> None:
    """The wallet holds one asset."""
    facts = tuple(replace(fact, fee_asset="BNB") if fact == FILLS[0] else fact for fact in FACTS)

    assert compare(facts, _books())["balance"] == "0.25"


def test_a_venue_that_has_forgotten_old_trades_is_compared_by_those_that_it_knows() -> None:
    """A paper venue keeps the latest ones only; one of these that it lacks still shows."""
    kept = _books(trades=frozenset({(ETH, "3")}), oldest_trade=3)

    assert compare(FACTS, kept)["fills"] == 0
    assert compare(FACTS, replace(kept, oldest_trade=2))["fills"] == 1


def test_positions_of_both_sides_are_told_apart() -> None:
    """The venue names the side where both may be open, and its sign says it too."""
    both = {f"{ETH} short": -FILLS[-1].quantity, f"{ETH} long": D(1)}

    assert compare(FACTS, _books(positions={f"{ETH} short": -FILLS[-1].quantity}))["positions"] == 0
    assert compare(FACTS, _books(positions=both))["positions"] == 1


SOUND: Mapping[str, Any] = {
    "name": "bob",
    "ledgerVsExchange": {"positions": 0, "fills": 0, "balance": "0"},
    "duplicateOrders": 0,
    "unprotectedMaxMs": LONGEST_BARE,
    "unaccountedPositions": 0,
}


def test_an_account_of_which_all_holds_is_not_spoken_of() -> None:
    """A position may stand bare for as long as the rules allow."""
    assert agrees(SOUND)
    assert broken([SOUND, SOUND], expected=2) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"ledgerVsExchange": {"positions": 1, "fills": 2, "balance": "-0.5"}},
            "bob: ledger and exchange differ: 1 positions, 2 fills, -0.5 USDT",
        ),
        ({"duplicateOrders": 1}, "bob: 1 orders were taken twice by the exchange"),
        ({"unprotectedMaxMs": 1_001}, "bob: a position stood 1001 ms without a stop, over 1000 ms"),
        ({"unaccountedPositions": 3}, "bob: 3 positions are neither open nor closed once in the ledger"),
    ],
)
def test_what_does_not_hold_is_said_with_the_accounts_name(changes: Mapping[str, Any], line: str) -> None:
    """One line each."""
    assert broken([SOUND, {**SOUND, **changes}], expected=2) == [line]


def test_an_account_that_was_never_heard_of_is_missed() -> None:
    """A worker that never ran keeps no promise."""
    assert broken([SOUND], expected=3) == ["2 of 3 accounts were never heard of"]
