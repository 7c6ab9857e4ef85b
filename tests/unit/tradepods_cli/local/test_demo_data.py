"""Which candles the demo replays: what was named, else what stands beside, else the synthetic market."""

from pathlib import Path

import pytest

from tradepods_cli.local.demo_data import BESIDE, VARIABLE, choose
from tradepods_core.errors import Permanent


def _candles(folder: Path) -> Path:
    """A folder that holds candles somewhere within."""
    inner = folder / "binance"
    inner.mkdir(parents=True)
    (inner / "BTCUSDT-1m.parquet").touch()
    return folder


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with nothing beside it, and no variable set."""
    (tmp_path / "work" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "here")
    monkeypatch.delenv(VARIABLE, raising=False)


def _beside() -> Path:
    return _candles(BESIDE)


def test_without_candles_the_market_is_synthetic() -> None:
    """And it is said which variable would name a folder."""
    found = choose(None)

    assert (found.folder, found.kind) == (None, "synthetic")
    assert VARIABLE in found.says


def test_candles_beside_the_project_are_taken() -> None:
    """Unasked; it is said where they are."""
    folder = _beside().resolve()
    found = choose(None)

    assert (found.folder, found.kind) == (folder, "recorded")
    assert str(BESIDE) in found.says


def test_a_folder_beside_that_holds_no_candles_is_passed_over() -> None:
    """Nobody has named it."""
    BESIDE.mkdir(parents=True)
    (BESIDE / "BTCUSDT-5m.parquet").touch()

    assert choose(None).kind == "synthetic"


def test_the_variable_goes_before_what_stands_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names a folder outright."""
    _beside()
    named = _candles(tmp_path / "named")
    monkeypatch.setenv(VARIABLE, str(named))

    assert choose(None).folder == named


def test_what_is_asked_for_goes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person has said it now; a relative folder is made absolute, for other programs will read it."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    _candles(Path("asked"))
    found = choose(Path("asked"))

    assert found.folder == Path("asked").resolve()
    assert found.says == "recorded candles from asked"


def test_an_empty_variable_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were not set."""
    monkeypatch.setenv(VARIABLE, "")

    assert choose(None).kind == "synthetic"


@pytest.mark.parametrize("by_variable", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_a_named_folder_without_candles_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool, there: bool
) -> None:
    """Whether it is there or not, and whatever else there is: nothing is used in its place unasked."""
    _beside()
    named = tmp_path / "named"
    if there:
        named.mkdir()
    if by_variable:
        monkeypatch.setenv(VARIABLE, str(named))

    with pytest.raises(Permanent, match="named holds no candles: expected files such as BTCUSDT"):
        choose(None if by_variable else named)
