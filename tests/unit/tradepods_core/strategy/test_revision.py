"""A revision names what a strategy says."""

from typing import Any

import pytest

from support.signals_history import OVERSOLD, entry, strategy
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.revision import revision_of


def test_a_revision_names_the_content_and_nothing_else() -> None:
    """The same spec has the same revision under any name; a changed number is another revision."""
    assert revision_of(strategy(name="a").spec) == revision_of(strategy(name="b").spec)
    assert revision_of(strategy(entry(OVERSOLD)).spec) != revision_of(strategy(entry({**OVERSOLD, "value": 31})).spec)


@pytest.mark.parametrize("changes", [{"cooldownSeconds": 61}, {"enabled": False}, {"timeframe": "15m"}])
def test_every_field_is_part_of_the_revision(changes: dict[str, Any]) -> None:
    """What a person changed shows."""
    assert revision_of(strategy(**changes).spec) != revision_of(strategy().spec)


def test_the_order_in_which_fields_were_written_does_not_matter() -> None:
    """It is the content that counts."""
    backwards = dict(reversed(strategy().spec.model_dump(by_alias=True).items()))
    again = read_strategy(backwards)

    assert revision_of(again) == revision_of(strategy().spec)


def test_the_order_in_which_parameters_were_written_does_not_matter() -> None:
    """Nor that of any mapping within a field."""
    first = {"var": "trend_state", "params": {"fast": 5, "slow": 9}, "op": ">", "value": 0}
    second = {**first, "params": {"slow": 9, "fast": 5}}

    assert revision_of(strategy(entry(first)).spec) == revision_of(strategy(entry(second)).spec)
