"""The plan: what enabled strategies need, and nothing else."""

from typing import Any

import pytest

from support.build import BTC, ETH, FIVE
from support.signals_history import ABOVE_100, OVERBOUGHT, OVERSOLD, entry, plan_of, strategy
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy
from tradepods_core.times import Timeframe
from tradepods_signals.engine.plan import make_plan, revision_of, symbols_of

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

    assert symbols_of(strategy(universe=universe)) == (ETH,)


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


def test_a_revision_names_the_content_and_nothing_else() -> None:
    """The same spec has the same revision under any name; a changed number is another revision."""
    assert revision_of(strategy(name="a")) == revision_of(strategy(name="b"))
    assert revision_of(strategy(entry(OVERSOLD))) != revision_of(strategy(entry({**OVERSOLD, "value": 31})))


@pytest.mark.parametrize("changes", [{"cooldownSeconds": 61}, {"enabled": False}, {"timeframe": "15m"}])
def test_every_field_is_part_of_the_revision(changes: dict[str, Any]) -> None:
    """What a person changed shows."""
    assert revision_of(strategy(**changes)) != revision_of(strategy())


def test_the_order_in_which_fields_were_written_does_not_matter() -> None:
    """It is the content that counts."""
    backwards = dict(reversed(strategy().spec.model_dump(mode="json", by_alias=True).items()))
    again = Strategy(namespace="default", name="swing", spec=read_strategy(backwards))

    assert revision_of(again) == revision_of(strategy())


def test_the_order_in_which_parameters_were_written_does_not_matter() -> None:
    """Nor that of any mapping within a field."""
    first = {"var": "trend_state", "params": {"fast": 5, "slow": 9}, "op": ">", "value": 0}
    second = {**first, "params": {"slow": 9, "fast": 5}}

    assert revision_of(strategy(entry(first))) == revision_of(strategy(entry(second)))
