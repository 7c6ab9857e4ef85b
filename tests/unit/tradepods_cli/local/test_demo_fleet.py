"""The demo's accounts and strategy: manifests that `tradepods up` would take."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from tradepods_cli import manifests
from tradepods_cli.local import demo_fleet
from tradepods_cli.local.demo_people import BALANCE
from tradepods_cli.local.fleet_checks import check
from tradepods_cli.manifests import Fleet
from tradepods_core.errors import Invalid
from tradepods_signals.engine.plan import make_plan

EXCHANGE, TELEGRAM = "http://127.0.0.1:9001", "http://127.0.0.1:9002"
SYMBOLS = ["BTC/USDT:USDT", "ETH/USDT:USDT"]
NAMES = ("alice", "bob", "carol", "dave", "erin")


def _secrets() -> Mapping[str, Mapping[str, str]]:
    return demo_fleet.secrets(lambda name: f"marker-{name}")


def _written(folder: Path) -> Path:
    documents = demo_fleet.accounts(exchange=EXCHANGE, telegram=TELEGRAM, symbols=SYMBOLS)
    demo_fleet.write(folder, [*documents, *demo_fleet.strategy_manifests(SYMBOLS)])
    return folder


def _loaded(folder: Path) -> Fleet:
    text = "\n---\n".join(json.dumps(document) for document in demo_fleet.secret_manifests(_secrets()))
    (_written(folder) / "secrets.yaml").write_text(text, "utf-8")
    return manifests.load(folder)


def test_the_written_manifests_are_a_fleet_that_can_run(tmp_path: Path) -> None:
    """Read and checked as those of any person."""
    fleet = _loaded(tmp_path / "new" / "folder")
    check(fleet)

    assert [account.name for account in fleet.accounts] == ["alice", "bob", "carol", "dave", "erin"]
    assert [strategy.name for strategy in fleet.strategies] == ["ema-pullback", "momentum", "rsi-swing"]


def test_one_account_trades_on_paper_and_the_others_live_on_the_simulator(tmp_path: Path) -> None:
    """With the same wallet; stops and take-profits rest for all."""
    alice, *others = (account.spec for account in _loaded(tmp_path).accounts)

    assert alice.dry_run
    assert alice.paper.balance == Decimal(BALANCE)
    assert all(not spec.dry_run and spec.acknowledge_live_trading for spec in others)
    assert all(spec.auto_exit for spec in (alice, *others))


def test_all_talk_to_the_simulators_and_to_nothing_else(tmp_path: Path) -> None:
    """Exchange and Telegram are on this machine."""
    for account in _loaded(tmp_path).accounts:
        assert (account.spec.exchange.environment, account.spec.exchange.url) == ("custom", EXCHANGE)
        assert account.spec.telegram is not None
        assert account.spec.telegram.api_url == TELEGRAM


def test_each_account_has_keys_of_its_own(tmp_path: Path) -> None:
    """Made anew by the one who asks; a dry run needs none for its exchange."""
    alice, bob, *_ = _loaded(tmp_path).accounts

    assert (alice.credentials, alice.telegram) == ({}, {"botToken": "100001:marker-alice-token"})
    assert bob.credentials == {"apiKey": "marker-bob-key", "apiSecret": "marker-bob-secret"}
    assert bob.telegram == {"botToken": "100002:marker-bob-token"}


def test_the_manifests_for_people_hold_no_secret(tmp_path: Path) -> None:
    """One file each, named after it; without the secrets they name what is missing."""
    files = {file.name: file.read_text("utf-8") for file in _written(tmp_path).iterdir()}

    assert sorted(files) == sorted(f"{name}.yaml" for name in (*NAMES, "ema-pullback", "momentum", "rsi-swing"))
    assert not any("marker" in text for text in files.values())
    with pytest.raises(Invalid, match="no Secret of this name"):
        manifests.load(tmp_path)


def test_each_strategy_speaks_of_every_symbol_of_the_market(tmp_path: Path) -> None:
    """On both sides, from candles of five or of fifteen minutes."""
    strategies = _loaded(tmp_path).strategies
    plans = make_plan(strategies)

    assert [str(timeframe) for timeframe in plans] == ["5m", "15m"]
    assert all(plan.universe == tuple(SYMBOLS) for plan in plans.values())
    assert all({entry.side for entry in strategy.spec.entries} == {"long", "short"} for strategy in strategies)


def test_manifests_are_written_in_the_order_in_which_people_read(tmp_path: Path) -> None:
    """Kind and name before the spec; nothing refers to another place of the file."""
    texts = [file.read_text("utf-8") for file in _written(tmp_path).iterdir()]
    document = yaml.safe_load((tmp_path / "bob.yaml").read_text("utf-8"))

    assert not any("&id" in text for text in texts)
    assert list(document) == ["apiVersion", "kind", "metadata", "spec"]
