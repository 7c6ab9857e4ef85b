"""The settings of a new account: presets side by side, and single changes."""

import pytest
from rich.console import Console

from tradepods_cli.accounts.asking import Asking
from tradepods_cli.accounts.settings_part import changed, presets_table, settings
from tradepods_core.errors import Invalid
from tradepods_core.settings.presets import PRESETS

BASE = {"exchange": {"id": "binanceusdm", "environment": "live"}, "dryRun": True}
NOBODY = Asking(asks=False)


def _lines() -> dict[str, list[str]]:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(presets_table(BASE))
    rows = [line.split("  ") for line in captured.get().splitlines()]
    return {row[0].strip(): [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}


def test_every_number_of_every_preset_is_shown() -> None:
    """Each leaf of each preset, side by side, and what the stops may cost."""
    lines = _lines()
    shown = set(lines)
    leaves = {
        f"{field}.{name}" if name else field
        for preset in PRESETS.values()
        for field, value in preset.items()
        for name in (value if isinstance(value, dict) else ("",))
    }

    assert leaves - shown == set()
    assert lines["leverage"] == ["3", "5", "10"]
    assert lines["dca.stepPcts"] == ["-", "-", "30, 30, 30"]
    assert lines["all stops at once cost"] == ["1.3 %", "4.3 %", "18.6 %"]


def test_a_preset_is_taken_whole_and_changed_where_asked() -> None:
    """By path, the value as YAML has it; the table of presets itself stays as it is."""
    changes = ["leverage=4", "long.stopLossPct=1.25", "dca.enabled=true", "dca.triggerPct=1", "strategies=[swing]"]
    spec = settings(NOBODY, dict(BASE), preset="careful", changes=changes)

    assert (spec["leverage"], spec["long"], spec["strategies"]) == (
        4,
        {"takeProfitPct": 2, "stopLossPct": 1.25},
        ["swing"],
    )
    assert spec["dca"] == {"enabled": True, "triggerPct": 1}
    assert PRESETS["careful"]["dca"] == {"enabled": False}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("leverage=200", "spec.leverage is 200: a whole number, at least 1, at most 125"),
        ("leverage=five", 'spec.leverage is "five": a whole number'),
        ("leverage=\uff15", 'spec.leverage is "\uff15"'),  # a digit of another script
        ("leverage=", "spec.leverage is null: a whole number"),
        ("levarage=5", "spec.levarage is 5: unknown field: did you mean leverage?"),
        ("leverage.x=5", "--set leverage.x: leverage is no block of settings"),
        ("leverage", "--set is leverage: write it as leverage=5 or long.stopLossPct=2"),
        ("=5", "--set: write it as leverage=5"),
        ("a: b=[", "document: is not readable YAML"),
        ("dryRun=false", "--set dryRun: this is decided by --live"),
        ("acknowledgeLiveTrading=true", "--set acknowledgeLiveTrading: this is decided by --live"),
        ("exchange.url=http://a", "--set exchange.url: this is decided by --environment and --url"),
        ("telegram.chatIds=[1]", "--set telegram.chatIds: this is decided by --chat-id"),
        ("credentialsSecretRef.name=x", "--set credentialsSecretRef.name: this is decided by --keys-from"),
        ("dca.enabled=true", "spec.dca.triggerPct is 2: write less than long.stopLossPct"),
    ],
)
def test_a_change_that_can_not_be_is_refused_in_the_schemas_words(change: str, said: str) -> None:
    """Nothing becomes real money by a setting."""
    with pytest.raises(Invalid) as caught:
        settings(NOBODY, dict(BASE), preset="careful", changes=[change])

    assert said in str(caught.value)


def test_a_preset_that_there_is_not_is_named() -> None:
    """With those that there are; and without anybody to ask, the option that is missing."""
    with pytest.raises(Invalid, match=r"--preset is wild: write one of careful, normal, bold"):
        settings(NOBODY, dict(BASE), preset="wild", changes=[])
    with pytest.raises(Invalid, match=r"--preset: is required where there is no terminal"):
        settings(NOBODY, dict(BASE), preset="", changes=[])


def test_a_change_leaves_what_it_was_given() -> None:
    """The one before stays, for the next may be refused."""
    before = {"long": {"stopLossPct": 1}}
    after = changed(before, "long.stopLossPct=2")

    assert (before, after) == ({"long": {"stopLossPct": 1}}, {"long": {"stopLossPct": 2}})
