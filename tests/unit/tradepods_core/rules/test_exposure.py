"""Sizing by risk, and caps on how much of the account stands in the market."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.account import Account, orders, placed
from support.build import BTC, ETH, arrived, market, settings, signal
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.facts import SignalDecided
from tradepods_core.rules.exposure import exposure
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _account(wallet: str = "1000", **changes: Any) -> Account:
    return Account(wallet=D(wallet), account_settings=settings(**changes))


def _enters(account: Account, *symbols: str) -> Decision:
    return account.handle(arrived(*(signal(symbol) for symbol in symbols or (BTC,))))


def _refused(account: Account) -> tuple[str, str]:
    decided = [fact for fact in account.facts if isinstance(fact, SignalDecided) and fact.refusal]
    return str(decided[-1].refusal), decided[-1].message


def test_an_entrys_stop_costs_its_percent_of_equity() -> None:
    """1 % of 1,000 at a stop 3 % away and a fee of 0.05 % each way: 10 / 3.1 at a price of 100."""
    entry = placed(_enters(_account(riskPct=1, entryPct=100)), "enter")

    assert entry.quantity == D("3.225")


def test_entry_pct_is_the_cap() -> None:
    """A risk that would take more buys what entryPct allows."""
    assert placed(_enters(_account(riskPct=50)), "enter").quantity == D("4.925")


def test_a_wider_stop_buys_less() -> None:
    """For the same loss."""
    wide = _account(riskPct=1, entryPct=100, leverage=5, long={"stopLossPct": 6, "takeProfitPct": 6})

    assert placed(_enters(wide), "enter").quantity == D("1.639")


@given(risk=st.integers(1, 500), stop=st.integers(10, 400), wallet=st.integers(100, 1_000_000))
def test_no_stop_ever_costs_more_than_was_risked(risk: int, stop: int, wallet: int) -> None:
    """Whatever the stop, the risk and the balance, fees included."""
    percent, away = D(risk) / 100, D(stop) / 100
    account = _account(
        str(wallet), riskPct=percent, entryPct=100, leverage=5, long={"stopLossPct": away, "takeProfitPct": 5}
    )
    account.markets = {BTC: market(max_quantity=D(10**9), brackets=())}
    for entry in orders(_enters(account), "enter"):
        loss = entry.quantity * (away + 2 * D("0.05"))
        assert loss <= wallet * percent / 100


def test_a_risk_too_small_for_the_venue_is_refused_with_the_one_that_would_do() -> None:
    """Least order: 5 of notional."""
    account = _account("100", riskPct=0.01, entryPct=100)
    _enters(account)

    reason, message = _refused(account)
    assert reason == "BelowMinNotional"
    assert message.endswith("is under the venue's least order 0.05: riskPct 0.16 would do")


@pytest.mark.parametrize(
    ("caps", "entries"),
    [({"maxExposurePct": 60}, 1), ({"maxSymbolExposurePct": 40}, 0)],
)
def test_an_entry_over_a_cap_is_refused(caps: dict[str, int], entries: int) -> None:
    """Of 1,000 an entry takes 492.5 of notional: the second is over the first cap, each is over the second."""
    account = _account(protections=caps)
    decision = _enters(account, BTC, ETH)

    assert len(orders(decision, "enter")) == entries
    assert _refused(account)[0] == "ExposureLimit"


def test_a_cap_names_the_share_that_it_refuses() -> None:
    """And the cap."""
    account = _account(protections={"maxExposurePct": 60})
    _enters(account, BTC, ETH)

    assert _refused(account)[1] == "all positions would be 96.07 % of equity, over 60 %"


def test_without_a_cap_nothing_is_capped() -> None:
    """0 is off."""
    assert len(orders(_enters(_account(), BTC, ETH), "enter")) == 2


def test_a_part_of_an_entry_that_has_filled_counts_once() -> None:
    """What is held as a position is no longer under way: 49.25 at 100, however much of it was heard of."""
    account = _account()
    entry = placed(_enters(account), "enter")
    found = []
    for part in ("0", "2", "2.925"):
        if D(part):
            account.fill(entry, quantity=D(part), ended=False)
        found.append(exposure(account.snapshot(AlarmRang(at=account.wall))))

    assert found == [{BTC: D("492.5")}] * 3
