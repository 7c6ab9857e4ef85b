"""All accounts together: by environment, summed, and how far they have fallen."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, NOON
from tradepods_core.wire.fleet import Heartbeat, OpenPosition, Tally
from tradepods_core.wire.portfolio import Totals
from tradepods_signals.engine.portfolio import PortfolioBook, environment_of

D = Decimal


def _position(side: str, quantity: str, average: str, unrealized: str) -> OpenPosition:
    return OpenPosition.model_validate(
        {
            "symbol": BTC,
            "side": side,
            "quantity": quantity,
            "average": average,
            "unrealized": unrealized,
            "protected": True,
        }
    )


def _heartbeat(equity: str = "1000", realized: str = "0", **changes: Any) -> Heartbeat:
    values: dict[str, Any] = {
        "at": NOON,
        "dry_run": False,
        "state": "Running",
        "settings_hash": "abc",
        "equity": D(equity),
        "tally": Tally(realized_pnl=D(realized), fees=D(0)),
        "venue": "binanceusdm/live",
    }
    return Heartbeat(**values | changes)


def _only(book: PortfolioBook) -> Totals:
    (found,) = book.totals()
    return found


@pytest.mark.parametrize(
    ("dry_run", "venue", "expected"),
    [
        (True, "binanceusdm/live", "paper"),
        (False, "binanceusdm/live", "live"),
        (False, "binanceusdm/demo", "demo"),
        (False, "binanceusdm/custom", "custom"),
        (False, "", "custom"),
    ],
)
def test_paper_is_never_added_to_money(dry_run: bool, venue: str, expected: str) -> None:
    """A dry run looks at the live venue, and still has paper; what is not known to be real is not called so."""
    assert environment_of(_heartbeat(dry_run=dry_run, venue=venue)) == expected


def test_accounts_of_one_environment_are_added_up() -> None:
    """Equity, profit made and open, fees, funding; exposure at the marks, long less short where it is net."""
    book = PortfolioBook()
    tally = Tally(realized_pnl=D(50), fees=D(4), funding=D(-1))
    book.change(None, _heartbeat("1000", positions=(_position("long", "2", "100", "10"),), tally=tally))
    book.change(None, _heartbeat("500", positions=(_position("short", "1", "100", "-5"),)))
    book.change(None, _heartbeat("9999", dry_run=True))
    live, paper = book.totals()

    assert (live.environment, live.accounts, live.positions, live.equity) == ("live", 2, 2, D(1500))
    assert (live.realized_pnl, live.unrealized_pnl, live.fees, live.funding) == (D(50), D(5), D(4), D(-1))
    assert (live.exposure, live.net_exposure) == (D(210) + D(105), D(210) - D(105))
    assert (paper.environment, paper.equity) == ("paper", D(9999))


def test_an_account_that_goes_live_takes_its_share_with_it() -> None:
    """What it was worth on paper is counted no more."""
    book = PortfolioBook()
    paper, live = _heartbeat("10000", dry_run=True), _heartbeat("700")
    book.change(None, paper)
    book.change(paper, live)

    assert {one.environment: (one.accounts, one.equity) for one in book.totals()} == {
        "paper": (0, D(0)),
        "live": (1, D(700)),
    }


def test_a_fall_is_measured_from_the_peak_of_what_was_earned() -> None:
    """And in percent of the equity that was there at the peak; a recovery leaves the worst one standing."""
    book = PortfolioBook()
    steps = [_heartbeat(str(1000 + pnl), str(pnl)) for pnl in (0, 100, -120, 40)]
    before = None
    for step in steps:
        book.change(before, step)
        before = step
    found = _only(book)

    assert (found.drawdown, found.max_drawdown, found.max_drawdown_pct) == (D(60), D(220), D(20))


def test_a_deposit_is_no_rise_and_a_withdrawal_no_fall() -> None:
    """Nor is an account that joins with a loss of its own."""
    book = PortfolioBook()
    first, richer, poorer = _heartbeat("1000"), _heartbeat("5000"), _heartbeat("10")
    book.change(None, first)
    book.change(first, richer)
    book.change(richer, poorer)
    book.change(None, _heartbeat("100", "-900"))

    assert (_only(book).drawdown, _only(book).max_drawdown) == (D(0), D(0))


def test_a_restart_remembers_how_far_it_fell() -> None:
    """The next run goes on from there."""
    book = PortfolioBook()
    high, low = _heartbeat("1000", "0"), _heartbeat("900", "-100")
    book.change(None, high)
    book.change(high, low)
    again = PortfolioBook(book.totals())
    again.change(None, low)

    assert (_only(again).accounts, _only(again).drawdown, _only(again).max_drawdown_pct) == (1, D(100), D(10))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-1000, 1000), st.booleans()), max_size=30))
def test_sums_by_steps_are_sums_of_what_is_there(steps: list[tuple[str, int, bool]]) -> None:
    """However the accounts came to where they are: with every heartbeat the change is added, and nothing is lost."""
    book, last = PortfolioBook(), dict[str, Heartbeat]()
    for name, pnl, dry_run in steps:
        now = _heartbeat(str(2000 + pnl), str(pnl), dry_run=dry_run)
        book.change(last.get(name), now)
        last[name] = now
    fresh = PortfolioBook()
    for heartbeat in last.values():
        fresh.change(None, heartbeat)
    sums = {one.environment: (one.accounts, one.equity, one.realized_pnl) for one in book.totals() if one.accounts}

    assert sums == {one.environment: (one.accounts, one.equity, one.realized_pnl) for one in fresh.totals()}
