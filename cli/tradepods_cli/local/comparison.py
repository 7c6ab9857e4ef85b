"""What must hold of every account, whatever the market did: its ledger and its venue tell the same story."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, Filled, PaymentBooked, WalletSeen
from tradepods_core.book.values import Book
from tradepods_core.money import ZERO, plain

Json = dict[str, Any]
SAME: Mapping[str, object] = {"positions": 0, "fills": 0, "balance": "0"}
LONGEST_BARE = 1_000  # milliseconds of wall time: what has no stop by then is to be closed


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueBooks:
    """What the venue itself says of an account: signed quantities, trade ids, wallet.

    Attributes:
        positions: by symbol, and side where both may be open.
        oldest_trade: number of the first trade that it still remembers; 0 for all.

    """

    positions: Mapping[str, Decimal]
    trades: frozenset[tuple[str, str]]
    wallet: Decimal
    duplicate_orders: int
    unprotected_max_ms: int
    oldest_trade: int = 0


def compare(facts: Sequence[Fact], books: VenueBooks) -> Json:
    """The differences between a ledger and the venue's own books; zeros where they agree.

    The ledger's wallet is its first reading, and every fill and payment since: later readings don't count.
    """
    book = apply(Book(), facts)
    ours = {(leg.symbol, leg.sign): position.quantity * leg.sign for leg, position in book.positions.items()}
    theirs = {(key.partition(" ")[0], 1 if held > ZERO else -1): held for key, held in books.positions.items()}
    fills = (fact for fact in facts if isinstance(fact, Filled) and _remembered(fact, books))
    return {
        "positions": sum(ours.get(leg, ZERO) != theirs.get(leg, ZERO) for leg in ours.keys() | theirs.keys()),
        "fills": len(frozenset((fact.leg.symbol, fact.trade) for fact in fills) ^ books.trades),
        "balance": plain(_wallet(facts) - books.wallet),
    }


def _remembered(fill: Filled, books: VenueBooks) -> bool:
    return books.oldest_trade <= 1 or int(fill.trade) >= books.oldest_trade


def _wallet(facts: Sequence[Fact]) -> Decimal:
    first = next((fact.balance for fact in facts if isinstance(fact, WalletSeen)), ZERO)
    fills = [fact for fact in facts if isinstance(fact, Filled)]
    fees = sum((fill.fee for fill in fills if fill.fee_asset == SETTLE), ZERO)
    paid = sum((fact.amount for fact in facts if isinstance(fact, PaymentBooked) and fact.asset == SETTLE), ZERO)
    return first + sum((fill.realized for fill in fills), ZERO) - fees + paid


def agrees(entry: Mapping[str, Any]) -> bool:
    """Whether an account's ledger and its venue tell the same story."""
    return bool(entry["ledgerVsExchange"] == SAME)


def broken(entries: Sequence[Mapping[str, Any]], *, expected: int) -> list[str]:
    """What does not hold, a line each, by the accounts' entries in the report; `expected` is how many there are."""
    missing = [f"{expected - len(entries)} of {expected} accounts were never heard of"]
    return (missing if len(entries) < expected else []) + [line for entry in entries for line in _broken(entry)]


def _broken(entry: Mapping[str, Any]) -> Iterator[str]:
    name = entry["name"]
    if not agrees(entry):
        found = entry["ledgerVsExchange"]
        yield (
            f"{name}: ledger and exchange differ: {found['positions']} positions, {found['fills']} fills, "
            f"{found['balance']} USDT"
        )
    if entry["duplicateOrders"]:
        yield f"{name}: {entry['duplicateOrders']} orders were taken twice by the exchange"
    if entry["unprotectedMaxMs"] > LONGEST_BARE:
        yield f"{name}: a position stood {entry['unprotectedMaxMs']} ms without a stop, over {LONGEST_BARE} ms"
    if entry["unaccountedPositions"]:
        yield f"{name}: {entry['unaccountedPositions']} positions are neither open nor closed once in the ledger"
