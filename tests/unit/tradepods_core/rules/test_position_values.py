"""The position variables: from the account's own book, and nothing said where nothing is known."""

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account
from support.build import BTC, ETH
from support.managed import Managed, acted, placed, rule
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, AccountView, CommandGiven, MarksMoved, VenuePosition
from tradepods_core.book.facts import Fact, PaymentBooked, SymbolDoubted, WalletSeen
from tradepods_core.book.management import ProfitPeaked
from tradepods_core.rules.position_values import position_values
from tradepods_core.rules.snapshot import Peak
from tradepods_core.strategy.variables import POSITION_VARIABLES

D = Decimal
FALL = rule("close", None, {"var": "drawdown_from_peak", "op": ">", "value": 0.02})


def _values(managed: Managed, price: str = "100", *, side: str = "long") -> dict[str, float]:
    account = managed.account
    account.marks, account.marks_at = {BTC: D(price), ETH: D(100)}, account.now
    snapshot = account.snapshot(MarksMoved(at=account.now, marks=account.marks))
    return dict(position_values(snapshot, account.position(side=side), within=timedelta(minutes=10)))


def _read(managed: Managed, liquidation: str | None) -> None:
    """The account was read, and the venue named this liquidation price."""
    quantity = managed.account.position().quantity
    price = None if liquidation is None else D(liquidation)
    view = AccountView(wallet=D(1000), positions=(VenuePosition(symbol=BTC, quantity=quantity, liquidation=price),))
    wall = managed.account.wall
    managed.account.reading = AccountRead(view=view, begun_at=wall, seen_at=wall)


def _paid(amount: str, key: str = "1", asset: str = "USDT") -> PaymentBooked:
    at = Managed().account.now
    return PaymentBooked(key=key, kind="FUNDING_FEE", asset=asset, amount=D(amount), at=at, seen_at=at)


def test_every_position_variable_is_said_once_all_is_known() -> None:
    """No other, and all of them."""
    managed = Managed()
    _read(managed, "91")

    assert _values(managed).keys() == POSITION_VARIABLES.keys()


@pytest.mark.parametrize(
    ("side", "price", "rate"), [("long", "102", 0.02), ("short", "102", -0.02), ("long", "99", -0.01)]
)
def test_profit_is_the_move_in_the_positions_favour(side: Any, price: str, rate: float) -> None:
    """As a fraction; the margin earns it times the leverage."""
    values = _values(Managed(side=side), price, side=side)

    assert values["profit_rate"] == rate
    assert values["roi"] == pytest.approx(rate * 10)


def test_time_is_the_markets() -> None:
    """Since the fill that opened it."""
    managed = Managed()
    managed.account.now += timedelta(minutes=7, seconds=30)

    assert _values(managed)["holding_minutes"] == 7.5


def test_value_is_quantity_times_mark_and_adds_are_counted() -> None:
    """Adds that were filled."""
    managed = Managed(rule("add", 100))
    managed.done(placed(managed.candle("101"), "add"), "101")
    values = _values(managed, "101")

    assert values["dca_count"] == 1
    assert values["position_value"] == pytest.approx(float(managed.entry.quantity) * 2 * 101)


@pytest.mark.parametrize(("price", "liquidation", "far"), [("100", "91", 0.09), ("80", "100", 0.25)])
def test_the_way_to_liquidation_is_of_the_mark_and_by_the_venues_own_price(
    price: str, liquidation: str, far: float
) -> None:
    """On whichever side it lies."""
    managed = Managed()
    _read(managed, liquidation)

    assert _values(managed, price)["distance_to_liquidation"] == pytest.approx(far)


def test_liquidation_is_nowhere_where_the_venue_names_none_and_unknown_before_it_was_asked() -> None:
    """No mark is near it; and a rule that asks how near it is does not hold."""
    managed = Managed()
    assert "distance_to_liquidation" not in _values(managed)

    _read(managed, None)
    assert math.isinf(_values(managed)["distance_to_liquidation"])


def test_what_needs_a_mark_is_not_known_without_a_fresh_one() -> None:
    """The rest is."""
    managed = Managed()
    managed.account.older_marks = {BTC: managed.account.now - timedelta(minutes=11)}

    assert _values(managed).keys() == {"holding_minutes", "dca_count", "funding_paid"}


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ([_paid("-0.5"), _paid("0.2", "2")], 0.3),
        ([_paid("-0.5", asset="BNB")], None),
        ([_paid("-0.5"), WalletSeen(balance=D(990), seen_at=_paid("0").seen_at)], None),
        ([SymbolDoubted(symbol=ETH, why="a test", seen_at=_paid("0").seen_at), _paid("-0.5")], None),
    ],
)
def test_funding_is_known_while_the_position_is_alone(facts: list[Fact], paid: float | None) -> None:
    """A payment does not say for which position it was; one that was not heard of may have been any."""
    managed = Managed()
    managed.account.book = apply(managed.account.book, facts)

    assert _values(managed).get("funding_paid") == paid


def test_funding_of_a_position_that_was_adopted_is_not_known() -> None:
    """What was paid before nobody has heard."""
    account = Account()
    view = AccountView(wallet=D(1000), positions=(VenuePosition(symbol=BTC, quantity=D(2), entry=D(100)),))
    account.handle(AccountRead(view=view, begun_at=account.wall, seen_at=account.wall))
    account.handle(CommandGiven(id="telegram/1", name="close", foreign=True, by="Ann"))

    snapshot = account.snapshot(MarksMoved(at=account.now, marks=account.marks))
    assert "funding_paid" not in position_values(snapshot, account.position(), within=timedelta(minutes=10))


def test_funding_of_two_positions_is_nobodys() -> None:
    """Neither knows from then on."""
    managed = Managed()
    position = managed.account.position()
    other = replace(position, number=position.number + 1, leg=replace(position.leg, symbol=ETH))
    book = replace(managed.account.book, positions={**managed.account.book.positions, other.leg: other})
    managed.account.book = apply(book, [_paid("-0.5")])

    assert "funding_paid" not in _values(managed)


def test_the_fall_is_from_the_best_that_was_seen() -> None:
    """By this run, at a cycle, or now; from the entry at least, and never below zero."""
    managed = Managed()
    assert _values(managed, "99")["drawdown_from_peak"] == pytest.approx(0.01)
    assert _values(managed, "103")["drawdown_from_peak"] == 0

    managed.account.peaks = {managed.account.position().number: Peak(D(100), D("0.03"))}
    assert _values(managed, "101")["drawdown_from_peak"] == pytest.approx(0.02)


def test_a_restart_does_not_forget_the_best_that_a_cycle_has_seen() -> None:
    """It is in the ledger where a rule asks for it, and nowhere else."""
    managed = Managed(FALL)
    managed.candle("103")
    assert managed.account.peaks == {}  # as after a restart

    assert acted(managed.candle("101.1")) == []
    assert acted(managed.candle("100.9")) == ["a_close"]
    assert not any(isinstance(fact, ProfitPeaked) for fact in _without_fall().account.facts)


def _without_fall() -> Managed:
    managed = Managed(rule("close"))
    managed.candle("100.5")
    return managed


@pytest.mark.parametrize(("best", "at"), [("110", "108"), ("100.5", "96.9")])
def test_an_add_leaves_the_fall_as_it_is(best: str, at: str) -> None:
    """Neither a better average nor a worse one is a gain or a loss."""
    change = {"var": "price_change", "op": ">", "value": 0}
    wide = {"stopLossPct": 5, "takeProfitPct": 50}
    managed = Managed(rule("add", 100, change), {**FALL, "maxTimes": 9, "enabled": True}, long=wide)
    managed.publish(
        rule("add", 100, change), rule("alert", None, {"var": "drawdown_from_peak", "op": ">", "value": 0.9})
    )
    managed.candle(best)
    before = _values(managed, at)["drawdown_from_peak"]
    managed.done(placed(managed.candle(at, told={"price_change(window=1)": 0.1}), "add"), at)

    assert _values(managed, at)["drawdown_from_peak"] == pytest.approx(before)
