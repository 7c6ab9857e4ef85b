"""What an account's facts tell of its day: closed positions by kind, equity over time, the deepest fall."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, NOON, WALL, arrived, settings, signal
from tradepods_cli.local.history import Opening, Point, curve, fall, openings, symbols, trades, unaccounted
from tradepods_core.book.facts import Fact, Filled, PositionClosed, StopMoved, WalletSeen

D = Decimal
BEGIN = WalletSeen(balance=D(1000), seen_at=WALL)


def _minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def _day() -> list[Fact]:
    """BTC long 0.5 at 100 is open from noon to 12:10, when its stop makes -1; ETH is short from 12:05 on."""
    run = Account(account_settings=settings(entryPct=5))
    entry = placed(run.handle(arrived(signal())), "enter")
    stop = placed(run.fill(entry, fee=D("0.25")), "stop")
    short = placed(run.handle(arrived(signal(ETH, "short"))), "enter")
    run.now = _minutes(5)
    run.fill(short, price="200", fee=D("0.5"))
    run.now = _minutes(10)
    run.fill(stop, price="98", realized=D(-1), fee=D("0.25"))
    return [BEGIN, *run.facts]


FACTS = _day()
QUANTITIES = {fact.leg.symbol: fact.quantity for fact in FACTS if isinstance(fact, Filled)}


def _closed(by: str, *moved: str) -> list[Fact]:
    """The day, its position closed by another kind of order after its stop was moved for these reasons."""
    closed = next(fact for fact in FACTS if isinstance(fact, PositionClosed))
    moves = [StopMoved(number=closed.number, leg=closed.leg, level=D(99), why=why, at=NOON) for why in moved]
    return [*moves, replace(closed, by=by)]  # type: ignore[arg-type]  # a table writes it as text


@pytest.mark.parametrize(
    ("by", "moved", "kind"),
    [
        ("take_profit", (), "takeProfits"),
        ("take_profit", ("trailing",), "takeProfits"),
        ("stop", (), "stopLosses"),
        ("stop", ("break_even",), "breakEvens"),
        ("stop", ("break_even", "trailing"), "trailingStops"),
        ("close", ("trailing",), "otherExits"),
    ],
)
def test_an_exit_is_named_by_what_closed_it(by: str, moved: tuple[str, ...], kind: str) -> None:
    """A stop by why it was moved last."""
    (trade,) = trades(_closed(by, *moved))

    assert trade.kind == kind


def test_a_stop_that_another_position_moved_is_not_ours() -> None:
    """Moves belong to a position's number."""
    closed = next(fact for fact in FACTS if isinstance(fact, PositionClosed))
    other = StopMoved(number=closed.number + 1, leg=closed.leg, level=D(99), why="trailing", at=NOON)

    assert trades([other, closed])[0].kind == "stopLosses"


def test_a_trade_is_what_was_made_less_its_fees() -> None:
    """From its first fill to its last, by the venue's clock."""
    (trade,) = trades(FACTS)

    assert (trade.symbol, trade.side, trade.net) == (BTC, "long", D("-1.5"))
    assert (trade.opened_at, trade.closed_at) == (NOON, _minutes(10))


def test_a_position_that_is_still_open_was_opened_too() -> None:
    """At its first fill, however many followed."""
    again = next(fact for fact in FACTS if isinstance(fact, Filled))

    assert openings([*FACTS, replace(again, trade="9", at=_minutes(60))]) == (
        Opening("long", NOON),
        Opening("short", _minutes(5)),
    )


def test_equity_is_wallet_and_open_positions_at_the_prices_of_then() -> None:
    """Each moment sees the fills until it, and none after."""
    marks = {BTC: D(101), ETH: D(190)}
    points = curve(FACTS, {_minutes(count): marks for count in (-1, 0, 5, 9, 10)})
    long = QUANTITIES[BTC] * (D(101) - 100)
    short = QUANTITIES[ETH] * (D(200) - 190)

    assert [point.at for point in points] == [_minutes(count) for count in (-1, 0, 5, 9, 10)]
    assert points[0].equity == D(1000)
    assert points[1].equity == D("999.75") + long
    assert points[2].equity == points[3].equity == D("999.25") + long + short
    assert points[4].equity == D("998") + short


def test_an_account_that_never_traded_is_worth_what_it_began_with() -> None:
    """At every moment; without a wallet, nothing."""
    assert curve([BEGIN], {NOON: {}}) == (Point(NOON, D(1000)),)
    assert curve([], {NOON: {}}) == (Point(NOON, D(0)),)


@pytest.mark.parametrize(
    ("worth", "deepest"),
    [([], 0), ([100], 0), ([100, 110, 120], 0), ([100, 90], 10), ([100, 80, 200, 150], 25), ([0, 0], 0)],
)
def test_the_deepest_fall_is_from_the_highest_point_before_it(worth: list[int], deepest: int) -> None:
    """In percent of that point."""
    assert fall([Point(NOON, D(value)) for value in worth]) == D(deepest)


def test_every_position_is_open_or_closed_once() -> None:
    """One that vanished, or ended twice, is found."""
    closed = next(fact for fact in FACTS if isinstance(fact, PositionClosed))

    assert unaccounted(FACTS) == 0
    assert unaccounted([*FACTS, closed]) == 1
    assert unaccounted([fact for fact in FACTS if not isinstance(fact, Filled) or fact.leg.symbol != BTC]) > 0


def test_the_traded_symbols_are_those_of_fills() -> None:
    """And of nothing else."""
    assert symbols(FACTS) == {BTC, ETH}
    assert symbols([BEGIN]) == frozenset()
