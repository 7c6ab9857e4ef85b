"""Overrides: settings in force = manifest + overrides that stand; each ends when the manifest changes its field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import NOON, settings
from tradepods_core.errors import Invalid
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Overridable, Override, ended, in_force, wanted, written

TELEGRAM: dict[str, Any] = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
FIVE = "\N{FULLWIDTH DIGIT FIVE}"
LIVE: dict[str, Any] = {"credentialsSecretRef": {"name": "keys"}, "acknowledgeLiveTrading": True}


def _spec(**changes: Any) -> AccountSpec:
    return settings(**{"telegram": TELEGRAM, "entryPct": 5, **changes})


def _override(field: Overridable = "entryPct", value: str = "2.5", over: str = "5") -> Override:
    return Override(field=field, value=value, over=over, by="alice", at=NOON)


def test_what_stands_beside_the_manifest_is_in_force() -> None:
    """Settings in force = manifest + overrides; the manifest itself stays what it is."""
    terms = in_force(_spec(), [_override(), _override("autoExit", "false", "true")])

    assert (written(terms.effective, "entryPct"), terms.effective.auto_exit) == ("2.5", False)
    assert (written(terms.spec, "entryPct"), terms.spec.auto_exit) == ("5", True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"entryPct": 6}, "the manifest changed it"),
        ({"telegram": {**TELEGRAM, "overrides": ["dryRun"]}}, "the manifest no longer lets commands change it"),
        ({"telegram": None}, "the manifest no longer lets commands change it"),
    ],
)
def test_an_override_ends_with_its_ground(changes: dict[str, Any], why: str) -> None:
    """A change of that field ends it, and so does the manifest's leave."""
    spec = _spec(**changes)

    assert [(found.field, said) for found, said in ended(spec, [_override()])] == [("entryPct", why)]
    assert in_force(spec, [_override()]).overrides == ()


def test_an_override_outlives_changes_of_other_fields() -> None:
    """Git stays the truth and never fights the person."""
    assert not list(ended(_spec(leverage=3, long={"stopLossPct": 4}), [_override()]))


def test_live_trading_by_command_ends_with_its_acknowledgement() -> None:
    """Live trading only where the manifest acknowledges it, also after it was switched on."""
    override = _override("dryRun", "false", "true")
    assert in_force(_spec(**LIVE), [override]).effective.dry_run is False

    assert in_force(_spec(**{**LIVE, "acknowledgeLiveTrading": False}), [override]).effective.dry_run is True


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("entryPct", "abc", 'entryPct is "abc": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("entryPct", "-5", 'entryPct is "-5": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("entryPct", "101", "entryPct is 101: a number, above 0, at most 100; now it is 5"),
        ("entryPct", "0", "entryPct is 0: a number, above 0, at most 100; now it is 5"),
        ("entryPct", FIVE, f'entryPct is "{FIVE}": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("entryPct", "1e1", 'entryPct is "1e1": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("entryPct", "", 'entryPct is "": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("dryRun", "maybe", 'dryRun is "maybe": write on or off; now it is on'),
        (
            "dryRun",
            "off",
            "spec.acknowledgeLiveTrading is false: dryRun: false trades real money: write acknowledgeLiveTrading: true",
        ),
    ],
)
def test_what_is_not_allowed_is_said_with_what_is(field: Overridable, text: str, said: str) -> None:
    """What is allowed, and the present value."""
    with pytest.raises(Invalid) as caught:
        wanted(in_force(_spec(), ()), field, text)
    assert str(caught.value).startswith(said)


def test_a_field_that_the_manifest_keeps_for_itself_is_refused() -> None:
    """`overrides` is obeyed."""
    terms = in_force(_spec(telegram={**TELEGRAM, "overrides": ["entryPct"]}), ())

    with pytest.raises(Invalid, match=r"telegram\.overrides lets commands change entryPct: edit the manifest"):
        wanted(terms, "dryRun", "off")


@given(percent=st.decimals(min_value="0.0001", max_value=100, places=4))
def test_every_percent_that_the_schema_allows_can_be_typed(percent: Any) -> None:
    """The command's door is as wide as the manifest's."""
    assert wanted(in_force(_spec(), ()), "entryPct", f"{percent:f}").effective.entry_pct == percent
