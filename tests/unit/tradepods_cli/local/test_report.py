"""The report: what each account did, and whether its ledger and the exchange tell the same story."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, NOON, WALL, arrived, signal
from tradepods_cli.local.report import VenueBooks, account, compare, cycles, service, summary
from tradepods_core.book.facts import Fact, Filled, WalletSeen
from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Digest, Heartbeat, OpenPosition, Tally
from tradepods_signals.metrics import Metrics

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
        ({ETH: D(1)}, 1),
        ({ETH: D("-0.001")}, 1),
        ({BTC: D(1)}, 2),
        ({"SOL/USDT:USDT": D(1)}, 2),
    ],
)
def test_a_position_that_differs_is_found(positions: dict[str, Decimal], expected: int) -> None:
    """One that is flat, of another side or size at the venue; one that the ledger does not have."""
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


def test_an_account_is_reported_with_what_it_did() -> None:
    """From its own tally, its ledger, and the venue's books; amounts as exact texts."""
    found = account(_digest(), FACTS, _books(), notifications=7)

    assert (found["name"], found["dryRun"], found["notifications"], found["rssMiB"]) == ("bob", False, 7, 81.5)
    assert (found["entries"], found["exits"], found["takeProfits"], found["stopLosses"]) == (2, 1, 0, 1)
    assert (found["realizedPnl"], found["fees"], found["equity"]) == ("-15", "0.69", "984.31")
    assert (found["openPositions"], found["duplicateOrders"], found["unprotectedMaxMs"]) == (1, 0, 12)
    assert list(found["refusals"].items()) == [("MaxPositions", 1), ("PriceMoved", 2)]
    assert found["ledgerVsExchange"] == {"positions": 0, "fills": 0, "balance": "0"}


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


def _summary(books: VenueBooks) -> list[str]:
    market = {"source": "synthetic", "symbols": 12, "candles": 17_280, "from": "A", "to": "B"}
    return summary(
        {
            "market": market,
            "cycles": 288,
            "wallSeconds": 41.5,
            "accounts": [account(_digest(), FACTS, books, notifications=7)],
            "signalService": service(_metrics(), {"GET /fapi/v1/klines": 40}),
        }
    )


def test_a_report_is_summed_up_in_two_lines() -> None:
    """The market and the signal service; the accounts have a table."""
    assert _summary(_books()) == [
        "A to B: 17,280 candles of 12 symbols",
        "288 cycles in 41.5 s, 40 market-data requests for all accounts",
    ]


@pytest.mark.parametrize("changes", [{"positions": {}}, {"trades": frozenset()}, {"wallet": D(984)}])
def test_a_ledger_that_differs_can_not_be_overlooked(changes: dict[str, Any]) -> None:
    """A line of its own shouts, and says where."""
    shout = _summary(_books(**changes))[2]

    assert shout.startswith("LEDGER DIFFERS: bob: {'positions': ")
