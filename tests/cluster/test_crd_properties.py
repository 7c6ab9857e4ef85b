"""Specs of every kind: what a real API server would store, `validate` takes, and the other way round."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.crd_draws import specs
from support.crd_rows import document
from support.crd_verdicts import Admitting, Validating, words_alone

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("kind", ["TradingAccount", "TradingStrategy"])
@settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
@given(data=st.data())
def test_both_doors_say_the_same_of_any_spec(kind: str, data: Any, admitting: Admitting, tmp_path: Path) -> None:
    """But for what a strategy's words say to each other: that is told in its status."""
    spec = _as_sent(data.draw(specs(kind)))
    manifest = document(kind, spec)
    refusal, problems = admitting.refusal(manifest), Validating(file=tmp_path / "x.yaml").problems(manifest)
    taken = not problems or (kind == "TradingStrategy" and words_alone(spec))

    assert (refusal == "") is taken, f"{refusal or 'admitted'} | {'; '.join(map(str, problems)) or 'valid'}"


def _as_sent(value: Any) -> Any:
    """As kubectl sends what it has read from YAML: 5.0 is 5."""
    if isinstance(value, dict):
        return {key: _as_sent(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_sent(inner) for inner in value]
    return int(value) if isinstance(value, float) and math.isfinite(value) and value == int(value) else value
