"""The plan: what enabled strategies need, and nothing else."""

from typing import Any

from support.build import BTC, ETH, FIVE
from support.signals_history import ABOVE_100, OVERBOUGHT, OVERSOLD, entry, plan_of, strategy
from tradepods_core.strategy.variables import Term
from tradepods_core.times import Timeframe
from tradepods_signals.engine.plan import candles_needed, make_plan
from tradepods_signals.engine.universe import Chosen

SOL = "SOL/USDT:USDT"


def test_a_disabled_strategy_needs_nothing() -> None:
    """Neither a timeframe nor a symbol."""
    assert make_plan([strategy(enabled=False)]) == {}


def test_timeframes_stand_in_the_order_of_their_length() -> None:
    """The shortest first, whatever the strategies' names."""
    found = make_plan([strategy(name=f"s{n}", timeframe=text) for n, text in enumerate(["1h", "5m", "1d", "15m"])])

    assert list(found) == [Timeframe.parse(text) for text in ("5m", "15m", "1h", "1d")]
    assert all(plan.timeframe == timeframe for timeframe, plan in found.items())


def test_strategies_of_one_timeframe_stand_in_the_order_of_their_names() -> None:
    """So that every machine writes the same cycle."""
    plan = make_plan([strategy(name="b"), strategy(name="c"), strategy(name="a")])[FIVE]

    assert [one.name for one in plan.strategies] == ["a", "b", "c"]


def test_the_universe_is_what_any_strategy_looks_at() -> None:
    """Sorted, each symbol once."""
    assert plan_of(strategy(name="a", symbols=[SOL, ETH]), strategy(name="b", symbols=[ETH, BTC])).universe == (
        BTC,
        ETH,
        SOL,
    )


def test_an_excluded_symbol_is_not_looked_at() -> None:
    """Exclude wins over include."""
    universe = {"top": 0, "include": [BTC, ETH], "exclude": [BTC]}

    assert plan_of(strategy(universe=universe)).universe == (ETH,)


def test_a_symbol_that_a_strategy_has_left_is_computed_and_gives_no_entries() -> None:
    """Its management rules go on reading it."""
    chosen = {"default.swing": Chosen(symbols=frozenset({BTC}), kept=frozenset({ETH}))}
    plan = make_plan([strategy()], chosen)[FIVE]

    assert plan.universe == (BTC, ETH)
    assert plan.symbols == {"default.swing": {BTC}}
    assert {symbol for one in plan.calculations for symbol in one.symbols} == {BTC, ETH}


def test_a_term_that_several_conditions_read_is_computed_once() -> None:
    """Of all strategies together, on either side of a condition."""
    with_sma = {"var": "price", "op": ">", "ref": {"var": "sma"}}
    plan = plan_of(
        strategy(entry(OVERSOLD), entry(OVERBOUGHT, side="short"), name="a"), strategy(entry(with_sma), name="b")
    )

    assert [str(term) for term in plan.terms] == ["price", "rsi(period=2)", "sma(period=20)"]


def test_enough_candles_are_read_for_the_longest_warmup_and_for_a_cross() -> None:
    """A cross looks one candle back, and that one must have warmed up too."""
    slow = {"var": "price", "op": ">", "ref": {"var": "sma", "params": {"period": 77}}}

    assert plan_of(strategy(entry(ABOVE_100))).candles == 2
    assert plan_of(strategy(entry(ABOVE_100), name="a"), strategy(entry(slow), name="b")).candles == 78


HOURLY: dict[str, Any] = {"var": "ema", "params": {"period": 3}, "op": ">", "value": 0, "timeframe": "1h"}
HOUR = Timeframe.parse("1h")


def _manage(*conditions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A strategy's management of one rule."""
    rule = {"type": "t", "when": {"all": list(conditions)}, "action": {"kind": "alert"}, **changes}
    return {"management": [rule]}


def test_a_longer_timeframes_candles_are_needed_beside_the_own() -> None:
    """Of the symbols that read them, as many as their warm-up takes; of the others none."""
    plans = make_plan([strategy(entry(HOURLY), name="a", symbols=[BTC]), strategy(entry(OVERSOLD), name="b")])
    needed = candles_needed(plans)
    ema = Term.of("ema", {"period": 3}, "1h")

    assert list(needed) == [FIVE, HOUR]
    assert needed[HOUR] == {BTC: ema.warmup + 1}
    assert needed[FIVE].keys() == {BTC, ETH}
    assert plans[FIVE].terms == (ema, Term.of("rsi", {"period": 2}))


def test_a_timeframes_candles_serve_its_own_strategies_and_shorter_ones() -> None:
    """Read once, as many as the longest needs."""
    slow = {"var": "sma", "params": {"period": 400}, "op": ">", "value": 0}
    needed = candles_needed(
        make_plan([strategy(entry(HOURLY), name="a"), strategy(entry(slow), name="b", timeframe="1h")])
    )

    assert needed[HOUR] == {BTC: 401, ETH: 401}


def test_what_management_reads_is_computed_too() -> None:
    """Its market variables; a position's own variables are the worker's, a disabled rule needs nothing."""
    rules = _manage({"var": "roi", "op": ">", "value": 1}, {"var": "cci", "op": "crosses_above", "value": 100})
    plan = plan_of(strategy(entry(OVERSOLD), **rules))

    assert [str(term) for term in plan.terms] == ["cci(period=20)", "rsi(period=2)"]
    assert [str(term) for term in plan.crossing] == ["cci(period=20)"]
    assert plan_of(strategy(**_manage({"var": "cci", "op": ">", "value": 1}, enabled=False))).crossing == frozenset()


def test_what_one_call_gives_together_is_computed_together() -> None:
    """The three of a MACD, the three bands; not where a parameter differs."""
    named = [f"bollinger_{band}" for band in ("upper", "middle", "lower")] + ["macd", "macd_signal", "macd_hist"]
    conditions = [{"var": name, "op": ">", "value": 0} for name in named]
    other = {"var": "macd", "params": {"fast": 11}, "op": ">", "value": 0}
    plan = plan_of(strategy(*(entry(condition) for condition in [*conditions, other])))

    assert sorted(len(calculation.series) for calculation in plan.calculations) == [1, 3, 3]
