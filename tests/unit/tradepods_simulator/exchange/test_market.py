"""The replayed market: a window of the history, and a walk through its minutes that gives them back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, ETH
from support.candle_history import START_MS, Minute, flat, replay, series
from tradepods_core.errors import Permanent
from tradepods_core.times import from_ms
from tradepods_simulator.exchange.candles import MINUTE_MS, Series
from tradepods_simulator.exchange.market import DAY_MS, HOUR_MS, ReplayedMarket, Window, choose_window, unified

D = Decimal
MIDNIGHT_MS = START_MS - 12 * HOUR_MS
UP, DOWN = Minute(10, 14, 8, 12, 3), Minute(12, 13, 6, 7, 6)


def _hours(hours: int, *, start_ms: int = MIDNIGHT_MS, minutes: int = 0) -> Series:
    return series(flat(*[100.0] * (hours * 60 + minutes)), start_ms=start_ms)


def _walked(*minutes: Minute) -> ReplayedMarket:
    return replay({"BTCUSDT": series(minutes)}, minutes=len(minutes))


@pytest.mark.parametrize(("name", "symbol"), [("BTCUSDT", BTC), ("1000PEPEUSDT", "1000PEPE/USDT:USDT")])
def test_a_venues_name_has_a_unified_one(name: str, symbol: str) -> None:
    """As the rest of the system writes it."""
    assert unified(name) == symbol


def test_whole_days_end_at_midnight() -> None:
    """The latest one that the history covers, though it goes on for some hours."""
    window = choose_window({"BTCUSDT": _hours(55)}, hours=24)

    assert (window.start_ms, window.end_ms) == (MIDNIGHT_MS + DAY_MS, MIDNIGHT_MS + 2 * DAY_MS)


def test_other_lengths_end_at_a_full_hour() -> None:
    """The latest one."""
    window = choose_window({"BTCUSDT": _hours(10, minutes=59)}, hours=3)

    assert (window.start_ms, window.end_ms) == (MIDNIGHT_MS + 7 * HOUR_MS, MIDNIGHT_MS + 10 * HOUR_MS)


def test_every_symbol_covers_the_window() -> None:
    """It ends with the one that ends first."""
    history = {"BTCUSDT": _hours(48), "ETHUSDT": _hours(30)}

    assert choose_window(history, hours=2).end_ms == MIDNIGHT_MS + 30 * HOUR_MS


@pytest.mark.parametrize("hours", [11, 24])
def test_a_window_that_is_too_long_is_refused(hours: int) -> None:
    """With the hours that were asked for, and what to ask instead."""
    history = {"BTCUSDT": _hours(10), "ETHUSDT": _hours(20)}

    with pytest.raises(Permanent, match=f"don't cover {hours} h that all 2 symbols share: ask for fewer hours"):
        choose_window(history, hours=hours)


def test_a_window_begins_where_the_last_symbol_begins() -> None:
    """Ten of these hours are shared, an eleventh is not."""
    history = {"BTCUSDT": _hours(20), "ETHUSDT": _hours(10, start_ms=MIDNIGHT_MS + 10 * HOUR_MS)}
    assert choose_window(history, hours=10).start_ms == MIDNIGHT_MS + 10 * HOUR_MS

    with pytest.raises(Permanent):
        choose_window(history, hours=11)


def test_a_window_has_four_steps_a_minute_and_one_that_closes_the_last() -> None:
    """A day is 5,760 steps and one."""
    day = Window(start_ms=0, end_ms=DAY_MS)

    assert (day.minutes, day.steps) == (1440, 5761)


def test_a_minute_walks_against_its_direction_first() -> None:
    """A rising one by its low, a falling one by its high: open, extreme, extreme, close."""
    market = _walked(UP, DOWN)
    prices = []
    for step in range(market.window.steps):
        market.go_to(step)
        prices.append(market.prices[BTC])

    assert prices == [D(n) for n in (10, 8, 14, 12, 12, 13, 6, 7, 7)]


def test_market_time_passes_a_quarter_of_a_minute_a_step() -> None:
    """From the window's start to its end."""
    market = _walked(UP, DOWN)
    assert (market.step, market.now) == (0, from_ms(START_MS))

    market.go_to(3)
    assert market.now_ms == START_MS + 45_000
    market.go_to(8)
    assert market.now_ms == market.window.end_ms


@given(
    minutes=st.lists(
        st.tuples(*[st.integers(1, 1000)] * 4, st.integers(0, 1000)).map(
            lambda n: Minute(n[0], max(n[:4]), min(n[:4]), n[3], n[4])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_walk_gives_the_recorded_candles_back(minutes: list[Minute]) -> None:
    """Whoever rebuilds candles from the prices shown, and whoever asks for klines, gets what was recorded."""
    market = _walked(*minutes)
    shown: dict[int, list[Decimal]] = {}
    for step in range(market.window.steps - 1):
        market.go_to(step)
        shown.setdefault(step // 4, []).append(market.prices[BTC])
    market.go_to(market.window.steps - 1)
    recorded = [market.history["BTCUSDT"].minute(n) for n in range(len(minutes))]

    assert [(p[0], max(p), min(p), p[-1]) for p in shown.values()] == [
        (candle.opened, candle.high, candle.low, candle.close) for candle in recorded
    ]
    assert market.klines(BTC, minutes=1, from_ms=START_MS, limit=100)[:-1] == recorded


@given(step=st.integers(0, 40))
def test_the_forming_candle_is_made_of_the_prices_shown_so_far(step: int) -> None:
    """Never of what the minute will still do: a rising minute's high is known at its third step, not before."""
    market = _walked(*[UP, DOWN] * 5)
    seen: list[Decimal] = []
    for one in range(step - step % 4, step + 1):
        market.go_to(one)
        seen.append(market.prices[BTC])
    forming = market.klines(BTC, minutes=1, from_ms=None, limit=1)[-1]

    assert forming.open_ms == START_MS + step // 4 * MINUTE_MS
    assert (forming.opened, forming.high, forming.low, forming.close) == (seen[0], max(seen), min(seen), seen[-1])


@pytest.mark.parametrize(("step", "volume"), [(0, 0), (1, 1), (2, 2), (3, 3)])
def test_the_forming_candles_volume_grows_step_by_step(step: int, volume: int) -> None:
    """From nothing at the open to all of it at the close."""
    market = _walked(UP)
    market.go_to(step)

    assert market.klines(BTC, minutes=1, from_ms=None, limit=1)[-1].volume == volume


def test_the_last_step_closes_the_last_candle() -> None:
    """The history ends there: the price stays, and the candle that forms has no volume."""
    market = _walked(UP, DOWN)
    market.go_to(8)
    closed, forming = market.klines(BTC, minutes=1, from_ms=None, limit=2)

    assert closed == market.history["BTCUSDT"].minute(1)
    assert (forming.opened, forming.close, forming.volume) == (D(7), D(7), D(0))


def test_a_window_inside_the_history_is_warmed_up_by_what_comes_before_it() -> None:
    """And what comes after it is not shown."""
    history = {"BTCUSDT": series(flat(*range(1, 11)))}
    market = ReplayedMarket(history, Window(start_ms=START_MS + 4 * MINUTE_MS, end_ms=START_MS + 6 * MINUTE_MS))
    found = market.klines(BTC, minutes=1, from_ms=START_MS, limit=100)

    assert [candle.close for candle in found] == [D(n) for n in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(("limit", "closes"), [(1, [5]), (3, [3, 4, 5]), (100, [1, 2, 3, 4, 5])])
def test_without_a_start_the_latest_candles_are_given(limit: int, closes: list[int]) -> None:
    """The forming one is among them."""
    market = replay({"BTCUSDT": series(flat(1, 2, 3, 4, 5, 6))}, minutes=6)
    market.go_to(16)

    assert [c.close for c in market.klines(BTC, minutes=1, from_ms=None, limit=limit)] == closes


def test_with_a_start_the_oldest_candles_are_given() -> None:
    """A client reads on from the last of them."""
    market = replay({"BTCUSDT": series(flat(1, 2, 3, 4, 5, 6))}, minutes=6)
    market.go_to(16)

    assert [c.close for c in market.klines(BTC, minutes=1, from_ms=START_MS + 1, limit=2)] == [2, 3]


def test_every_symbol_is_shown_with_its_own_tick_and_step() -> None:
    """As the recorded values have them; one market order is worth at most five million."""
    history = {
        "BTCUSDT": series(flat(50_000), digits=1, volume_digits=3),
        "ADAUSDT": series(flat(0.5), digits=4, volume_digits=0),
    }
    markets = replay(history, minutes=1).markets
    btc, ada = markets[BTC], markets["ADA/USDT:USDT"]

    assert (btc.id, btc.tick, btc.step) == ("BTCUSDT", D("0.1"), D("0.001"))
    assert (btc.min_quantity, btc.max_quantity) == (D("0.001"), D(100))
    assert (ada.tick, ada.step, ada.max_quantity) == (D("0.0001"), D(1), D(10_000_000))
    assert list(markets) == ["ADA/USDT:USDT", BTC]


def _funded(**rates: dict[int, str]) -> ReplayedMarket:
    """Ten hours of two symbols from noon on; rates by hours after it."""
    funding = {name: {START_MS + h * HOUR_MS: D(rate) for h, rate in found.items()} for name, found in rates.items()}
    history = {name: _hours(10, start_ms=START_MS) for name in ("BTCUSDT", "ETHUSDT")}
    return ReplayedMarket(history, Window(start_ms=START_MS, end_ms=START_MS + 10 * HOUR_MS), funding=funding)


def _settled(market: ReplayedMarket) -> dict[float, dict[str, Decimal]]:
    """What fell due at which hour after noon, asked at each step as the venue does."""
    found = {}
    for step in range(1, market.steps):
        before = market.now_ms
        market.go_to(step)
        if rates := market.settles(since_ms=before):
            found[(market.now_ms - START_MS) / HOUR_MS] = rates
    return found


def test_each_settlement_falls_due_once() -> None:
    """At its hour, and at no other step."""
    market = _funded(BTCUSDT={4: "0.0001"}, ETHUSDT={4: "-0.0002"})

    assert _settled(market) == {4: {BTC: D("0.0001"), ETH: D("-0.0002")}}


def test_symbols_have_settlements_of_their_own() -> None:
    """Some every fourth hour, most every eighth; a rate of 0 moves nothing."""
    market = _funded(BTCUSDT={8: "0.0001"}, ETHUSDT={0: "0.1", 4: "0.0003", 8: "0"})

    assert _settled(market) == {4: {ETH: D("0.0003")}, 8: {BTC: D("0.0001")}}


def test_without_recorded_funding_nothing_falls_due() -> None:
    """And the rate is 0."""
    market = _funded()

    assert (_settled(market), market.rate(BTC, at_ms=START_MS)) == ({}, D(0))


def test_the_rate_of_a_settlement_can_be_asked() -> None:
    """Before it falls due, as the venue announces it."""
    market = _funded(BTCUSDT={8: "0.0001"})

    assert market.rate(BTC, at_ms=START_MS + 8 * HOUR_MS) == D("0.0001")


def test_a_jump_over_several_settlements_shows_the_last() -> None:
    """It is the one whose price is known."""
    market = _funded(BTCUSDT={4: "0.0001", 8: "0.0002"})
    market.go_to(market.steps - 1)

    assert market.settles(since_ms=START_MS) == {BTC: D("0.0002")}
