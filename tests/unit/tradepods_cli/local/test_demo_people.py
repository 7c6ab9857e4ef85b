"""Who trades in the demo: each in a way of their own, with settings that any person could write."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tradepods_cli import manifests
from tradepods_cli.local import demo_fleet
from tradepods_cli.local.demo_people import MAJORS, described, introduced, on, people
from tradepods_cli.manifests import Fleet
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account

OTHERS = ["DOGE/USDT:USDT", "PEPE/USDT:USDT", "TON/USDT:USDT"]


def _specs(count: int, symbols: Sequence[str] = MAJORS) -> dict[str, AccountSpec]:
    documents = demo_fleet.accounts(
        exchange="http://127.0.0.1:1", telegram="http://127.0.0.1:2", count=count, symbols=symbols
    )
    return {document["metadata"]["name"]: read_account(document["spec"]) for document in documents}


def _fleet(folder: Path, count: int) -> Fleet:
    documents = demo_fleet.accounts(exchange="http://127.0.0.1:1", telegram="http://127.0.0.1:2", count=count)
    secrets = demo_fleet.secret_manifests(demo_fleet.secrets(lambda name: f"marker-{name}", count=count))
    demo_fleet.write(folder, [*documents, *secrets])
    return manifests.load(folder)


def test_each_of_the_five_shows_what_another_does_not() -> None:
    """Risk for size, a ladder, a trailing stop in hedge mode, break-even on chosen symbols."""
    specs = _specs(5)

    assert [name for name, spec in specs.items() if spec.dry_run] == ["alice"]
    assert [name for name, spec in specs.items() if spec.risk_pct] == ["bob"]
    assert [name for name, spec in specs.items() if spec.dca.enabled] == ["carol"]
    assert [name for name, spec in specs.items() if spec.trailing.activate_pct] == ["dave"]
    assert [name for name, spec in specs.items() if spec.hedge_mode] == ["dave"]
    assert [name for name, spec in specs.items() if spec.break_even.trigger_pct] == ["erin"]
    assert [name for name, spec in specs.items() if spec.symbols.allow] == ["erin"]


def test_as_many_more_as_are_asked_for_keep_the_rules_and_differ() -> None:
    """Ninety-nine accounts, of which no two have the same levels."""
    specs = _specs(99)

    assert len(specs) == 99
    assert len({spec.model_copy(update={"telegram": None}).model_dump_json() for spec in specs.values()}) == 99
    assert len({(spec.long, spec.trailing, spec.break_even, spec.dca) for spec in specs.values()}) == 99


def test_the_first_are_the_same_however_many_there_are() -> None:
    """So that a run of two is a part of a run of five."""
    assert [person.name for person in people(2)] == ["alice", "bob"]
    assert people(30)[:5] == people(5)


@pytest.mark.parametrize(
    ("symbols", "allowed"),
    [
        (MAJORS, MAJORS),
        ([*OTHERS, "ETH/USDT:USDT"], MAJORS),
        (OTHERS, ("DOGE/USDT:USDT", "PEPE/USDT:USDT")),
        (OTHERS[:1], ("DOGE/USDT:USDT",)),
    ],
)
def test_a_filter_fits_the_market(symbols: Sequence[str], allowed: Sequence[str]) -> None:
    """One that would let nothing through takes the first half of what there is."""
    assert _specs(5, symbols)["erin"].symbols.allow == tuple(allowed)


def test_settings_without_a_filter_stay_as_they_are() -> None:
    """Whatever the market."""
    assert on({"entryPct": 5}, OTHERS) == {"entryPct": 5}


def test_it_is_said_what_an_account_does() -> None:
    """Size, targets, and what is switched on; what is off is not spoken of."""
    specs = _specs(5)

    assert described(specs["alice"]) == "5 % at 5x, take-profit 1.5 %, stop 1 %"
    assert described(specs["bob"]).startswith("0.5 % at risk at 10x, take-profit 0.8 %")
    assert "adds 50+75+100 % each 0.6 % against it" in described(specs["carol"])
    assert "trails by 0.4 % from 0.7 % on" in described(specs["dave"])
    assert described(specs["erin"]).endswith("break-even at 0.6 %, 5 symbols")


def test_everyone_is_introduced_and_many_are_summed_up(tmp_path: Path) -> None:
    """A line each for the first five, one for the others."""
    lines = introduced(_fleet(tmp_path / "many", 12))

    assert lines[0].startswith("alice  on paper  learns on paper")
    assert lines[4].startswith("erin   live")
    assert lines[5:] == ["and 7 more, live, each with levels and a size of its own"]
    assert len(introduced(_fleet(tmp_path / "few", 5))) == 5
