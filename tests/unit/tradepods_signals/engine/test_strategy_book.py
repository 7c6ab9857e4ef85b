"""The strategies in force: what can be read now and nobody has disabled; never an older version."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import structlog.testing

from support.build import BTC, ETH, FIVE, NOON
from support.manifests import manifest
from tradepods_core.errors import Problem, Temporary
from tradepods_core.strategy.model import Strategy
from tradepods_signals.adapters.strategy_files import StrategyFolder
from tradepods_signals.engine.strategy_book import StrategyBook
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.strategies import StrategiesRead

BROKEN = manifest().replace(": rsi", ": rsj")


class Bench:
    """A book on a real folder, and what it says is in force."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.metrics = folder, Metrics()
        self.disabled: frozenset[str] = frozenset()
        self.taken: list[list[str]] = []
        self.broken: list[str] = []
        self.book = StrategyBook(source=StrategyFolder(folder), switches=self, metrics=self.metrics)

    def take(self, strategies: Iterable[Strategy]) -> None:
        self.taken.append([strategy.key for strategy in strategies])

    def find_broken(self, problems: Iterable[Problem]) -> None:
        self.broken = [problem.field for problem in problems]

    def write(self, name: str, text: str) -> None:
        """As editors and mounts do: a new file in the old one's place."""
        draft = self.folder / f"{name}.draft"
        draft.write_text(text)
        draft.replace(self.folder / f"{name}.yaml")

    def planned(self) -> list[str]:
        """The names that are computed."""
        plans = self.book.plans()
        return [strategy.name for strategy in plans[FIVE].strategies] if plans else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two strategies in a folder."""
    found = Bench(tmp_path)
    found.write("a", manifest("alpha"))
    found.write("b", manifest("beta"))
    assert found.planned() == ["alpha", "beta"]
    return found


def test_nothing_changes_while_no_file_does(bench: Bench) -> None:
    """The same plans come back, and nobody is told anything."""
    plans = bench.book.plans()

    assert bench.book.plans() is plans
    assert bench.taken == [["default.alpha", "default.beta"]]


def test_a_changed_universe_gives_new_plans(bench: Bench) -> None:
    """The files are the same; the venue trades their symbols no longer."""
    plans = bench.book.plans()
    bench.book.universe.learn({}, {}, at=NOON)

    assert plans[FIVE].universe == (BTC, ETH)
    assert bench.book.plans()[FIVE].universe == ()


def test_files_come_change_and_go(bench: Bench) -> None:
    """Whatever the folder holds is in force at the next look."""
    bench.write("c", manifest("gamma"))
    assert bench.planned() == ["alpha", "beta", "gamma"]
    (bench.folder / "b.yaml").unlink()
    assert bench.planned() == ["alpha", "gamma"]
    before = bench.book.plans()[FIVE].revisions["default.alpha"]
    bench.write("a", manifest("alpha").replace("value: 30", "value: 31"))
    assert bench.book.plans()[FIVE].revisions["default.alpha"] != before


def test_a_broken_strategy_costs_itself_only(bench: Bench) -> None:
    """Its last good version does not go on under its name; file, path and fix are in the log and in the figures."""
    with structlog.testing.capture_logs() as logs:
        bench.write("a", manifest("alpha").replace(": rsi", ": rsj"))
        assert bench.planned() == ["beta"]
    (said,) = [entry for entry in logs if entry["event"] == "strategy_broken"]

    assert said["field"] == "a.yaml: spec.entries[0].when.all[0].var"
    assert said["fix"] == "unknown variable: did you mean rsi?"
    assert bench.broken == [said["field"]]
    assert bench.metrics._registry.get_sample_value("tradepods_signals_strategies", {"state": "broken"}) == 1
    assert bench.metrics._registry.get_sample_value("tradepods_signals_strategies", {"state": "read"}) == 1


def test_a_mended_strategy_is_back(bench: Bench) -> None:
    """And nothing is said to be wrong any more."""
    bench.write("a", BROKEN)
    assert bench.planned() == ["beta"]
    bench.write("a", manifest("alpha"))

    assert bench.planned() == ["alpha", "beta"]
    assert bench.broken == []
    assert bench.metrics._registry.get_sample_value("tradepods_signals_strategies", {"state": "broken"}) == 0


def test_of_two_with_one_name_neither_is_in_force(bench: Bench) -> None:
    """Which of them is meant can't be told."""
    bench.write("c", manifest("alpha").replace("value: 30", "value: 99"))

    assert bench.planned() == ["beta"]


def test_a_disabled_strategy_is_not_computed(bench: Bench) -> None:
    """By request: it is still told, and comes back when it is enabled, though no file has changed."""
    bench.disabled = frozenset({"default.alpha"})
    assert bench.planned() == ["beta"]
    assert bench.taken == [["default.alpha", "default.beta"]]
    bench.disabled = frozenset()

    assert bench.planned() == ["alpha", "beta"]


def test_a_folder_that_can_not_be_read_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    """It is not known to hold anything else; what it holds once it can be read again counts."""
    away = tmp_path.with_name("away")
    bench.folder.rename(away)
    assert bench.planned() == ["alpha", "beta"]
    (away / "b.yaml").unlink()
    away.rename(bench.folder)

    assert bench.planned() == ["alpha"]


def test_a_folder_may_be_empty(tmp_path: Path) -> None:
    """Strategies may come later."""
    assert Bench(tmp_path).book.plans() == {}


def test_a_source_that_is_away_at_first_is_asked_again() -> None:
    """Nothing is in force until it answers."""

    class Away:
        def read(self) -> StrategiesRead | None:
            raise Temporary("not mounted yet")

    class Nobody:
        disabled: frozenset[str] = frozenset()

        def find_broken(self, problems: Iterable[Problem]) -> None:
            raise AssertionError(f"nothing is known to be broken, yet it is told of {problems}")

        def take(self, strategies: Iterable[Strategy]) -> None:
            raise AssertionError(f"there is nothing to tell, yet it is told of {strategies}")

    assert StrategyBook(source=Away(), switches=Nobody(), metrics=Metrics()).plans() == {}
