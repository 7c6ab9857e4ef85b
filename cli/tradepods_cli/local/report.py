"""The demo's report: what each account did, and whether its ledger and the exchange tell the same story."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, Filled, PaymentBooked, WalletSeen
from tradepods_core.book.values import Book
from tradepods_core.money import ZERO, plain
from tradepods_core.wire.fleet import Digest

Json = dict[str, Any]
MARKET_DATA = ("/fapi/v1/klines", "/fapi/v1/exchangeInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueBooks:
    """What the venue itself says of an account: signed quantities, trade ids, wallet."""

    positions: Mapping[str, Decimal]
    trades: frozenset[tuple[str, str]]
    wallet: Decimal
    duplicate_orders: int
    unprotected_max_ms: int


def account(digest: Digest, facts: Iterable[Fact], books: VenueBooks, *, notifications: int) -> Json:
    """One account's part of the report."""
    heartbeat, tally = digest.heartbeat, digest.heartbeat.tally
    return {
        "name": digest.name,
        "dryRun": heartbeat.dry_run,
        "entries": tally.entries,
        "exits": tally.exits,
        "dcaAdds": tally.adds,
        "takeProfits": tally.take_profits,
        "stopLosses": tally.stop_losses,
        "realizedPnl": plain(tally.realized_pnl),
        "fees": plain(tally.fees),
        "funding": plain(tally.funding),
        "equity": plain(heartbeat.equity),
        "openPositions": len(heartbeat.positions),
        "refusals": dict(sorted(tally.refusals.items())),
        "duplicateOrders": books.duplicate_orders,
        "unprotectedMaxMs": books.unprotected_max_ms,
        "ledgerVsExchange": compare(tuple(facts), books),
        "rssMiB": heartbeat.rss_mib,
        "notifications": notifications,
    }


def compare(facts: tuple[Fact, ...], books: VenueBooks) -> Json:
    """The differences between a ledger and the venue's own books; zeros where they agree.

    The ledger's wallet is its first reading, and every fill and payment since: later readings don't count.
    """
    book = apply(Book(), facts)
    ours = {str(leg.symbol): position.quantity * leg.sign for leg, position in book.positions.items()}
    symbols = ours.keys() | books.positions.keys()
    trades = frozenset((fact.leg.symbol, fact.trade) for fact in facts if isinstance(fact, Filled))
    return {
        "positions": sum(ours.get(symbol, ZERO) != books.positions.get(symbol, ZERO) for symbol in symbols),
        "fills": len(trades ^ books.trades),
        "balance": plain(_wallet(facts) - books.wallet),
    }


def _wallet(facts: tuple[Fact, ...]) -> Decimal:
    first = next((fact.balance for fact in facts if isinstance(fact, WalletSeen)), ZERO)
    fills = [fact for fact in facts if isinstance(fact, Filled)]
    fees = sum((fill.fee for fill in fills if fill.fee_asset == SETTLE), ZERO)
    paid = sum((fact.amount for fact in facts if isinstance(fact, PaymentBooked) and fact.asset == SETTLE), ZERO)
    return first + sum((fill.realized for fill in fills), ZERO) - fees + paid


def service(metrics: str, requests: Mapping[str, int]) -> Json:
    """The signal service's part of the report, from its own metrics and the exchange's count of requests."""
    samples = {
        (sample.name, sample.labels.get("quantile", "")): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
    }
    compute = "tradepods_signals_compute_seconds"
    return {
        "rssMiB": round(samples["process_resident_memory_bytes", ""] / 2**20, 1),
        "computeMsP50": round(samples.get((compute, "0.5"), 0) * 1000, 2),
        "computeMsP99": round(samples.get((compute, "0.99"), 0) * 1000, 2),
        "marketDataRequests": sum(n for name, n in requests.items() if name.endswith(MARKET_DATA)),
    }


def cycles(metrics: str) -> int:
    """Cycles published."""
    families = text_string_to_metric_families(metrics)
    found = (s.value for family in families for s in family.samples if s.name == "tradepods_signals_cycles_total")
    return int(sum(found))


def agrees(entry: Mapping[str, Any]) -> bool:
    """Whether an account's ledger and its venue tell the same story."""
    return bool(entry["ledgerVsExchange"] == {"positions": 0, "fills": 0, "balance": "0"})


def summary(report: Json) -> list[str]:
    """What the table of accounts does not say."""
    market, requests = report["market"], report["signalService"]["marketDataRequests"]
    lines = [
        f"{market['from']} to {market['to']}: {market['candles']:,} candles of {market['symbols']} symbols",
        f"{report['cycles']} cycles in {report['wallSeconds']} s, {requests:,} market-data requests for all accounts",
    ]
    lines += [
        f"LEDGER DIFFERS: {entry['name']}: {entry['ledgerVsExchange']}"
        for entry in report["accounts"]
        if not agrees(entry)
    ]
    return lines
