"""The demo's report: what each account did, and whether its ledger and the exchange tell the same story."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tradepods_cli.local.comparison import VenueBooks, compare
from tradepods_cli.local.history import EXIT_KINDS, Point, fall, trades, unaccounted
from tradepods_core.book.facts import Fact
from tradepods_core.money import ZERO, plain
from tradepods_core.wire.fleet import Digest

Json = dict[str, Any]
HUNDREDTH = Decimal("0.01")
COUNTS = ("entries", "exits", "dcaAdds", *EXIT_KINDS, "openPositions", "notifications")
AMOUNTS = ("realizedPnl", "fees", "funding", "equity")  # quote
MARKET_DATA = ("/fapi/v1/klines", "/fapi/v1/exchangeInfo")


def account(
    digest: Digest, facts: Sequence[Fact], books: VenueBooks, *, points: Sequence[Point] = (), notifications: int
) -> Json:
    """One account's part of the report; `points` is its equity over the day."""
    heartbeat, tally, closed = digest.heartbeat, digest.heartbeat.tally, trades(facts)
    return {
        "name": digest.name,
        "dryRun": heartbeat.dry_run,
        "entries": tally.entries,
        "exits": tally.exits,
        "dcaAdds": tally.adds,
        **{kind: sum(trade.kind == kind for trade in closed) for kind in EXIT_KINDS},
        "winRatePct": _win_rate(sum(trade.net > ZERO for trade in closed), len(closed)),
        "realizedPnl": plain(tally.realized_pnl),
        "fees": plain(tally.fees),
        "funding": plain(tally.funding),
        "equity": plain(heartbeat.equity),
        "maxDrawdownPct": plain(fall(points).quantize(HUNDREDTH)),
        "openPositions": len(heartbeat.positions),
        "refusals": dict(sorted(tally.refusals.items())),
        "duplicateOrders": books.duplicate_orders,
        "unprotectedMaxMs": books.unprotected_max_ms,
        "unaccountedPositions": unaccounted(facts),
        "ledgerVsExchange": compare(facts, books),
        "rssMiB": heartbeat.rss_mib,
        "notifications": notifications,
    }


def _win_rate(won: int, count: int) -> float | None:
    """Percent of closed positions that made more than their fees; None of none."""
    return round(100 * won / count, 1) if count else None


def total(entries: Sequence[Json]) -> Json:
    """All accounts together, paper and live alike."""
    exits = sum(entry["exits"] for entry in entries)
    won = sum(round(entry["winRatePct"] * entry["exits"] / 100) for entry in entries if entry["exits"])
    refusals = sum((Counter(entry["refusals"]) for entry in entries), Counter[str]())
    return {
        **{name: sum(entry[name] for entry in entries) for name in COUNTS},
        "liveExits": sum(entry["exits"] for entry in entries if not entry["dryRun"]),
        "winRatePct": _win_rate(won, exits),
        **{name: plain(sum((Decimal(entry[name]) for entry in entries), ZERO)) for name in AMOUNTS},
        "refusals": dict(sorted(refusals.items())),
        "unprotectedMaxMs": max((entry["unprotectedMaxMs"] for entry in entries), default=0),
        "rssMiB": round(sum(entry["rssMiB"] for entry in entries), 1),
    }


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


def summary(report: Json) -> list[str]:
    """What the table of accounts does not say."""
    market, requests = report["market"], report["signalService"]["marketDataRequests"]
    totals = report["total"]
    refused = ", ".join(f"{reason} {count}" for reason, count in totals["refusals"].items()) or "nothing"
    return [
        f"{market['from']} to {market['to']}: {market['candles']:,} candles of {market['symbols']} symbols",
        f"{report['cycles']} cycles in {report['wallSeconds']} s, {requests:,} market-data requests for all accounts",
        f"{totals['rssMiB']:g} MiB in {len(report['accounts'])} workers, refused: {refused}",
    ]
