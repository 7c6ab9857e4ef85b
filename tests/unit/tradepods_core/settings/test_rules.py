"""What fields say to each other."""

from typing import Any

import pytest

from support.build import spec
from tradepods_core.errors import Invalid
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account
from tradepods_core.settings.rules import RULES, problems

LIVE: dict[str, Any] = {
    "dryRun": False,
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys"},
}


def _fields(document: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read_account(document)
    return [problem.field for problem in caught.value.problems]


def test_live_trading_is_acknowledged_and_has_keys() -> None:
    """dryRun: false alone trades nothing: it needs the acknowledgement and the credentials."""
    assert read_account(spec(**LIVE)).dry_run is False
    assert _fields(spec(dryRun=False)) == ["spec.acknowledgeLiveTrading", "spec.credentialsSecretRef"]
    assert _fields(spec(**LIVE | {"acknowledgeLiveTrading": False})) == ["spec.acknowledgeLiveTrading"]


def test_a_url_belongs_to_custom_alone() -> None:
    """A live account can't be sent elsewhere by accident, and custom says where."""
    there = {"environment": "custom", "url": "http://127.0.0.1:9000"}

    assert read_account(spec(exchange=there)).exchange.url == "http://127.0.0.1:9000"
    assert _fields(spec(exchange={"environment": "custom"})) == ["spec.exchange.url"]
    assert _fields(spec(exchange={"environment": "live", "url": "http://127.0.0.1:9000"})) == ["spec.exchange.url"]


def test_a_symbol_is_not_allowed_and_denied_at_once() -> None:
    """The message names it."""
    both = {"allow": ["BTC/USDT:USDT"], "deny": ["BTC/USDT:USDT"]}

    assert _fields(spec(symbols=both)) == ["spec.symbols.deny"]


def test_a_break_even_stop_stays_behind_the_price_that_triggers_it() -> None:
    """Its offset is smaller than its trigger."""
    assert read_account(spec(breakEven={"triggerPct": 1, "offsetPct": 0.2})).break_even.trigger_pct == 1
    assert _fields(spec(breakEven={"triggerPct": 1, "offsetPct": 1})) == ["spec.breakEven.offsetPct"]


@pytest.mark.parametrize("trailing", [{"activatePct": 1}, {"callbackPct": 1}])
def test_a_trailing_stop_needs_both_of_its_numbers(trailing: dict[str, int]) -> None:
    """One alone would do nothing, or be hit at once."""
    assert _fields(spec(trailing=trailing)) == ["spec.trailing.callbackPct"]


@pytest.mark.parametrize(("trigger", "stop", "fits"), [(2, 3, True), (3, 3, False), (4, 3, False)])
def test_the_ladder_acts_before_the_stop(trigger: int, stop: int, fits: bool) -> None:
    """On both sides; switched off it says nothing."""
    targets = {"stopLossPct": stop, "takeProfitPct": 3}
    ladder = {"enabled": True, "triggerPct": trigger, "stepPcts": [50]}
    both = spec(long=targets, short={"stopLossPct": 9, "takeProfitPct": 3}, dca=ladder)

    if fits:
        assert read_account(both).dca.enabled
    else:
        assert _fields(both) == ["spec.dca.triggerPct"]
    assert not read_account(spec(**{**both, "dca": {**ladder, "enabled": False}})).dca.enabled


def test_a_url_holds_no_credentials() -> None:
    """A password in a URL would be in every log line that names it."""
    address = {"environment": "custom", "url": "http://me:secret@127.0.0.1:9000"}

    assert _fields(spec(exchange=address)) == ["spec.exchange.url"]


def test_rules_name_fields_that_exist() -> None:
    """A message that names a field leads to it."""
    names = set(read_account(spec()).model_dump(by_alias=True))

    assert {rule.field.partition(".")[0] for rule in RULES} <= names


@pytest.mark.parametrize(
    ("resources", "fields"),
    [
        ({"requests": {"cpu": "1"}, "limits": {"cpu": "1000m"}}, []),
        ({"requests": {"cpu": "1"}}, ["spec.resources.requests.cpu"]),
        ({"requests": {"memory": "1Gi"}, "limits": {"memory": "1024Mi"}}, []),
        ({"limits": {"memory": "64Mi"}}, ["spec.resources.requests.memory"]),
    ],
)
def test_a_worker_asks_for_no_more_than_it_may_have(resources: dict[str, Any], fields: list[str]) -> None:
    """Else its pod would never be made."""
    broken = problems(AccountSpec.model_validate(spec(resources=resources)))

    assert [problem.field for problem in broken] == fields
