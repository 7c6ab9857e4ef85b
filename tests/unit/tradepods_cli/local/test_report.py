"""The report: what each account did, what all of them did, and what the signal service has cost."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from support.account import Account, placed
from support.build import ETH, NOON, WALL, arrived, signal
from tradepods_cli.local.comparison import VenueBooks
from tradepods_cli.local.history import Point
from tradepods_cli.local.report import account, cycles, service, summary, total
from tradepods_core.book.facts import Fact
from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Digest, Heartbeat, OpenPosition, Tally
from tradepods_signals.metrics import Metrics

D = Decimal


NIGHT = datetime(2025, 6, 2, tzinfo=UTC)
POINTS = [Point(NIGHT, D(1000)), Point(NIGHT, D(1100)), Point(NIGHT, D(1045)), Point(NIGHT, D(1200))]
EMPTY = VenueBooks(positions={}, trades=frozenset(), wallet=ZERO, duplicate_orders=0, unprotected_max_ms=12)


def _history() -> tuple[Fact, ...]:
    """BTC long was entered and closed by its stop, ETH short is open."""
    run = Account()
    entry = placed(run.handle(arrived(signal())), "enter")
    stop = placed(run.fill(entry, fee=D("0.25")), "stop")
    run.fill(stop, realized=D(-15), fee=D("0.24"))
    short = placed(run.handle(arrived(signal(ETH, "short"))), "enter")
    run.fill(short, fee=D("0.2"))
    return tuple(run.facts)


FACTS = _history()


def _digest() -> Digest:
    tally = Tally(
        entries=2,
        exits=1,
        take_profits=0,
        stop_losses=1,
        realized_pnl=D("-15.00"),
        fees=D("0.69"),
        refusals={"PriceMoved": 2, "MaxPositions": 1},
    )
    position = OpenPosition(symbol=ETH, side="short", quantity=D(5), average=D(100), unrealized=D(1), protected=True)
    heartbeat = Heartbeat(
        at=NOON,
        dry_run=False,
        state="Running",
        settings_hash="a",
        equity=D("984.310"),
        positions=(position,),
        tally=tally,
        rss_mib=81.5,
    )
    return Digest(namespace="default", name="bob", version=1, seen_at=WALL, heartbeat=heartbeat)


def _entry(**changes: Any) -> dict[str, Any]:
    return account(_digest(), FACTS, EMPTY, points=POINTS, notifications=7) | changes


def test_an_account_is_reported_with_what_it_did() -> None:
    """From its own tally, its ledger, and the venue's books; amounts as exact texts."""
    found = _entry()

    assert (found["name"], found["dryRun"], found["notifications"], found["rssMiB"]) == ("bob", False, 7, 81.5)
    assert (found["entries"], found["exits"], found["takeProfits"], found["stopLosses"]) == (2, 1, 0, 1)
    assert (found["realizedPnl"], found["fees"], found["equity"]) == ("-15", "0.69", "984.31")
    assert (found["openPositions"], found["duplicateOrders"], found["unprotectedMaxMs"]) == (1, 0, 12)
    assert list(found["refusals"].items()) == [("MaxPositions", 1), ("PriceMoved", 2)]
    assert (found["winRatePct"], found["maxDrawdownPct"], found["unaccountedPositions"]) == (0, "5", 0)
    assert found["ledgerVsExchange"]["fills"] == 3


def test_an_account_without_a_closed_position_has_won_nothing_and_lost_nothing() -> None:
    """A rate of nothing is none."""
    assert account(_digest(), (), EMPTY, notifications=0)["winRatePct"] is None


def test_all_accounts_are_summed_up() -> None:
    """Counts and amounts add up, the rate is of all exits, the longest bare time counts, live exits are told apart."""
    paper = {"dryRun": True, "exits": 3, "winRatePct": 66.7, "refusals": {"Paused": 1, "PriceMoved": 1}}
    found = total([_entry(), _entry(**paper, unprotectedMaxMs=40)])

    assert (found["entries"], found["exits"], found["liveExits"], found["winRatePct"]) == (4, 4, 1, 50.0)
    assert (found["realizedPnl"], found["equity"], found["unprotectedMaxMs"]) == ("-30", "1968.62", 40)
    assert found["refusals"] == {"MaxPositions": 1, "Paused": 1, "PriceMoved": 3}
    assert found["rssMiB"] == 163


def test_nobody_is_summed_up_too() -> None:
    """Where no worker was ever heard of."""
    assert (total([])["exits"], total([])["winRatePct"], total([])["unprotectedMaxMs"]) == (0, None, 0)


def _metrics() -> str:
    metrics = Metrics()
    metrics.cycles.labels("5m").inc(288)
    metrics.cycles.labels("1h").inc(24)
    for milliseconds in (1, 2, 3):
        metrics.compute.add(milliseconds / 1000)
    return metrics.text().decode()


def test_cycles_are_counted_over_all_timeframes() -> None:
    """None before the first."""
    assert cycles(_metrics()) == 312
    assert cycles(Metrics().text().decode()) == 0


def test_the_service_is_reported_with_its_own_figures() -> None:
    """Compute time in milliseconds; of the exchange's requests those for market data alone."""
    requests = {"GET /fapi/v1/klines": 40, "GET /fapi/v1/exchangeInfo": 2, "GET /fapi/v1/ping": 9}
    found = service(_metrics(), requests)

    assert (found["computeMsP50"], found["computeMsP99"], found["marketDataRequests"]) == (2, 3, 42)
    assert found["rssMiB"] > 1


def test_a_service_that_never_computed_is_reported_with_zeros() -> None:
    """No quantile is there to be read."""
    found = service(Metrics().text().decode(), {})

    assert (found["computeMsP50"], found["computeMsP99"], found["marketDataRequests"]) == (0, 0, 0)


def _summary(**changes: Any) -> list[str]:
    entries = [_entry(**changes)]
    market = {"source": "synthetic", "symbols": 12, "candles": 17_280, "from": "A", "to": "B"}
    return summary(
        {
            "market": market,
            "cycles": 288,
            "wallSeconds": 41.5,
            "accounts": entries,
            "total": total(entries),
            "signalService": service(_metrics(), {"GET /fapi/v1/klines": 40}),
        }
    )


def test_a_report_is_summed_up_in_three_lines() -> None:
    """The market, the signal service, the workers and what they refused; the accounts have tables."""
    assert _summary() == [
        "A to B: 17,280 candles of 12 symbols",
        "288 cycles in 41.5 s, 40 market-data requests for all accounts",
        "81.5 MiB in 1 workers, refused: MaxPositions 1, PriceMoved 2",
    ]


def test_where_nothing_was_refused_it_is_said() -> None:
    """Not left open."""
    assert _summary(refusals={})[2].endswith("refused: nothing")
