"""Presets, and what settings may cost before anything trades."""

from decimal import Decimal
from typing import Any

import pytest

from support.build import D, settings
from tradepods_core.settings.outlook import most_notional, next_entry, one_stop, warnings, worst_case
from tradepods_core.settings.presets import DEFAULT, PRESETS, PresetName
from tradepods_core.settings.reading import read_account

LIVE = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
RISING: tuple[PresetName, ...] = ("careful", "normal", "bold")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("more", [{}, LIVE])
def test_each_preset_is_a_spec_also_for_real_money(name: PresetName, more: dict[str, Any]) -> None:
    """And nothing in it is warned of; each stop costs at most its riskPct, but for what the ladder adds."""
    spec = read_account({"exchange": {}, **more, **PRESETS[name]})
    cost = one_stop(spec)

    assert list(warnings(spec)) == []
    assert cost is not None
    assert cost <= spec.risk_pct * (D("1.9") if spec.dca.enabled else 1)


def test_presets_rise_in_risk_and_the_first_is_offered() -> None:
    """From careful to bold; all have the same fields, so that one replaces another whole."""
    specs = [read_account({"exchange": {}, **PRESETS[name]}) for name in RISING]
    costs = [cost for spec in specs if (cost := worst_case(spec)) is not None]

    assert (len(costs), costs) == (3, sorted(costs))
    assert RISING[0] == DEFAULT
    assert len({tuple(preset) for preset in PRESETS.values()}) == 1


@pytest.mark.parametrize(
    ("changes", "one", "every"),
    [
        ({"entryPct": 10, "leverage": 1, "maxPositions": 1}, "0.31", "0.31"),  # 10 % of it, at 3 % and twice the fee
        ({"entryPct": 10, "leverage": 5, "maxPositions": 1}, "1.55", "1.55"),
        ({"entryPct": 50, "leverage": 1, "maxPositions": 2}, "1.55", "2.325"),  # the second: half of what is left
        ({"entryPct": 100, "leverage": 10, "maxPositions": 9}, "31", "31"),  # there is no more margin than all of it
        ({"entryPct": 100, "leverage": 100, "maxPositions": 1}, "100", "100"),  # not more than there is
        ({"entryPct": 100, "leverage": 10, "maxPositions": 3, "riskPct": 1}, "1", "3"),
        ({"entryPct": 10, "leverage": 1, "maxPositions": 1, "long": {"stopLossPct": 9.9}}, "1", "1"),  # the wider side
    ],
)
def test_the_worst_case_is_every_position_stopped_out(changes: dict[str, Any], one: str, every: str) -> None:
    """Each entry takes its part of what is left; stop and fees of both sides are % of the notional."""
    spec = settings(**changes)

    assert one_stop(spec) == D(one)
    assert worst_case(spec) == D(every)


def test_a_ladder_and_the_caps_count() -> None:
    """Three adds of 30 % nearly double a position; a cap on notional holds whatever the sizes are."""
    sizes: dict[str, Any] = {"entryPct": 10, "leverage": 10, "maxPositions": 2}
    ladder = {"dca": {"enabled": True}, **sizes}
    capped = {**ladder, "protections": {"maxSymbolExposurePct": 100, "maxExposurePct": 150}}

    assert one_stop(settings(**sizes)) == D("3.1")
    assert one_stop(settings(**ladder)) == D("5.89")
    assert one_stop(settings(**capped)) == D("3.1")
    assert worst_case(settings(**capped)) == D("4.65")


LADDER: dict[str, Any] = {"dca": {"enabled": True}}  # three adds of 30 %


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"entryPct": 5, "leverage": 10, "maxPositions": 1}, "50"),
        ({"entryPct": 50, "leverage": 2, "maxPositions": 2}, "150"),  # 50 % and half of what is left, twice each
        ({"entryPct": 50, "leverage": 2, "maxPositions": 2, "riskPct": 1.55}, "100"),  # 1.55 / 3.1 % of it each
        ({"entryPct": 10, "leverage": 10, "maxPositions": 1, **LADDER}, "190"),
        ({"entryPct": 100, "leverage": 10, "maxPositions": 7, **LADDER}, "1000"),  # the balance is all margin there is
        ({"entryPct": 10, "leverage": 10, "maxPositions": 1, **LADDER, "autoExit": False}, "100"),  # it only alerts
        ({"entryPct": 100, "leverage": 10, "protections": {"maxExposurePct": 250}}, "250"),
    ],
)
def test_what_stands_in_the_market_is_bounded_by_the_margin_that_there_is(changes: dict[str, Any], most: str) -> None:
    """Entries take their part of what is left, a ladder of 3 x 30 % buys 0.9 of each; at most the balance times 10x."""
    assert most_notional(settings(**changes)) == D(most)


def test_the_defaults_with_stops_may_put_573_percent_into_the_market() -> None:
    """Seven entries of 5 % of what is left bind 1 - 0.95^7 = 30.17 % of it; times 10x, times 1.9 with the ladder."""
    assert most_notional(settings(**LADDER)).quantize(D("0.1")) == D("573.2")


@pytest.mark.parametrize(
    ("changes", "one"),
    [
        ({"entryPct": 100, "leverage": 10, **LADDER}, "31"),  # no margin is left for adds
        ({"entryPct": 60, "leverage": 10, **LADDER}, "31"),  # and here not for all of them
        ({"entryPct": 50, "leverage": 10, "protections": {"maxExposurePct": 100}}, "3.1"),
    ],
)
def test_one_position_is_bounded_by_the_margin_that_there_is_too(changes: dict[str, Any], one: str) -> None:
    """At most 1000 % of notional at 10x, or what maxExposurePct lets in, loses 3.1 % of it: never more than all do."""
    spec = settings(**changes)

    assert one_stop(spec) == D(one)
    assert worst_case(spec) == D(one)


def test_the_next_entry_takes_its_part_of_what_is_available() -> None:
    """Of 40 % of equity that are free 10 % are 4 % of margin, 40 % at 10x, 76 % with the ladder, of which 3.1 % go."""
    entry = next_entry(settings(entryPct=10, leverage=10, **LADDER), free=D(40))

    assert (entry.margin, entry.notional, entry.whole, entry.lost) == (D(4), D(40), D(76), D("2.356"))


def test_an_entry_sized_by_risk_costs_that_and_what_its_ladder_adds() -> None:
    """With 0.5 % of equity at a stop of 3.1 %: 16.13 % of notional, 1.613 % of margin; with three adds 0.95 % go."""
    entry = next_entry(settings(entryPct=10, leverage=10, riskPct=0.5, **LADDER))

    assert (entry.margin.quantize(D("0.001")), entry.notional.quantize(D("0.01"))) == (D("1.613"), D("16.13"))
    assert entry.lost is not None
    assert entry.lost.quantize(D("0.0001")) == D("0.9500")


@pytest.mark.parametrize(("leverage", "stop", "beyond"), [(10, 8, False), (10, 8.1, True), (125, 0.64, False)])
def test_a_stop_that_liquidation_makes_impossible_is_warned_of(leverage: int, stop: float, beyond: bool) -> None:
    """Beyond four fifths of the way to where the margin is gone every entry would be refused; it says what would do."""
    short = {"stopLossPct": 0.1}
    found = list(warnings(settings(leverage=leverage, long={"stopLossPct": stop}, short=short, entryPct=1)))

    assert [text.startswith("long.stopLossPct") for text in found] == [True] * beyond
    assert all("Write leverage at most 9, or stopLossPct at most 8" in text for text in found)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"breakEven": {"triggerPct": 3, "offsetPct": 0.1}}, "breakEven.triggerPct 3 is never reached"),
        ({"trailing": {"activatePct": 4, "callbackPct": 1}}, "trailing.activatePct 4 is never reached"),
        ({"entryPct": 50, "leverage": 25, "maxPositions": 2}, "all stops hit at once would cost"),
    ],
)
def test_what_will_not_work_as_meant_is_warned_of(changes: dict[str, Any], said: str) -> None:
    """And nothing is said of settings that do."""
    assert [text for text in warnings(settings(**changes)) if said in text] != []
    assert [text for text in warnings(settings()) if said in text] == []


def test_without_stops_nothing_limits_a_loss() -> None:
    """Alerts only: there is no worst case to tell, and that is said."""
    spec = settings().model_copy(update={"auto_exit": False})

    assert (one_stop(spec), worst_case(spec)) == (None, None)
    assert any("nothing but you limits a loss" in text for text in warnings(spec))


def test_a_wide_stop_never_makes_it_more_than_everything() -> None:
    """The account can't lose more than there is in it."""
    spec = settings(leverage=125, entryPct=100, long={"stopLossPct": 100})

    assert worst_case(spec) == Decimal(100)
