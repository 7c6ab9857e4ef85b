"""Files that a worker reads: settings, secrets, the kept markets."""

import os
from pathlib import Path

import pytest

from support.build import BTC, ETH, market
from tradepods_core.errors import Invalid, Permanent
from tradepods_worker.adapters import secret_files, settings_file
from tradepods_worker.adapters.market_cache import MarketCache

SPEC = "exchange: {id: binanceusdm}\nautoExit: true\ndca: {enabled: false}\n"


def test_settings_are_read_from_yaml(tmp_path: Path) -> None:
    """As a ConfigMap mounts them."""
    file = tmp_path / "settings.yaml"
    file.write_text(SPEC + "entryPct: 7\n")

    assert settings_file.load(file).entry_pct == 7


def test_settings_that_are_no_yaml_are_refused(tmp_path: Path) -> None:
    """With the line, and nothing of what stands there."""
    file = tmp_path / "settings.yaml"
    file.write_text("a: 1\nb: [hunter2")

    with pytest.raises(Invalid, match="is not readable YAML: check its syntax in line 2"):
        settings_file.load(file)


def test_settings_that_are_not_there_are_named(tmp_path: Path) -> None:
    """One line, with the path."""
    with pytest.raises(Permanent, match=r"can't read the settings .*gone\.yaml"):
        settings_file.load(tmp_path / "gone.yaml")


def test_a_secret_is_read_without_its_last_newline(tmp_path: Path) -> None:
    """Editors add one, keys have none."""
    (tmp_path / "apiKey").write_text("abc\n")

    assert secret_files.read(tmp_path, "apiKey") == "abc"


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe\x00"])
def test_a_missing_or_unreadable_secret_is_named_and_never_shown(tmp_path: Path, content: bytes | None) -> None:
    """The message has the file's path."""
    if content is not None:
        (tmp_path / "apiKey").write_bytes(content)

    with pytest.raises(Permanent, match="apiKey"):
        secret_files.read(tmp_path, "apiKey")


def test_a_secret_without_a_folder_is_named() -> None:
    """Started by hand, without --credentials."""
    with pytest.raises(Permanent, match="no folder was given for the secret key apiKey"):
        secret_files.read(None, "apiKey")


def test_kept_markets_come_back(tmp_path: Path) -> None:
    """A worker that restarts while the service is away still knows ticks and steps."""
    cache = MarketCache(tmp_path / "markets.json")
    cache.keep({BTC: market()}, held=[])

    assert cache.load() == {BTC: market()}


@pytest.mark.parametrize("content", [None, b"", b"{", b'[{"symbol": 3}]'])
def test_kept_markets_that_can_not_be_read_are_none(tmp_path: Path, content: bytes | None) -> None:
    """A torn file is no reason to stop."""
    file = tmp_path / "markets.json"
    if content is not None:
        file.write_bytes(content)

    assert MarketCache(file).load() == {}


def test_a_held_symbol_that_is_listed_no_more_keeps_its_ticks(tmp_path: Path) -> None:
    """Its position still has to be protected and closed; nothing is entered there."""
    cache = MarketCache(tmp_path / "markets.json")
    cache.keep({BTC: market(), ETH: market(ETH)}, held=[])
    kept = cache.keep({BTC: market()}, held=[ETH])

    assert kept == {BTC: market(), ETH: market(ETH, trading=False)}
    assert cache.load() == kept
    assert cache.keep({BTC: market()}, held=[]) == {BTC: market()}


def test_markets_that_cannot_be_kept_are_used_all_the_same(tmp_path: Path) -> None:
    """There is no room, or no place: what was kept before stays, and no draft is left."""
    file = tmp_path / "markets.json"
    cache = MarketCache(file)
    cache.keep({BTC: market()}, held=[])
    (tmp_path / f"markets.json.{os.getpid()}").mkdir()

    assert cache.keep({ETH: market(ETH)}, held=[]) == {ETH: market(ETH)}
    assert cache.load() == {BTC: market()}
