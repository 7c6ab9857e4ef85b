"""Where a run keeps its files, and with which arguments its programs are started."""

import json
from pathlib import Path

import pytest
import yaml

from support import documents
from support.build import settings, spec
from tradepods_cli.local.layout import (
    Layout,
    private_folder,
    service_program,
    worker_program,
    write_private,
    write_secret,
    write_strategies,
)
from tradepods_cli.manifests import Account
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy
from tradepods_core.strategy.revision import revision_of
from tradepods_signals import config as signals_config
from tradepods_signals.adapters import strategy_files
from tradepods_worker import config as worker_config

MARKER = "hunter2"
KEYS, TOKEN = Path("keys"), Path("token")
BOB = Account(
    namespace="default",
    name="bob",
    spec=settings(),
    document=spec(),
    credentials={"apiKey": MARKER, "apiSecret": MARKER},
    proxy={"url": f"http://me:{MARKER}@proxy:3128"},
    telegram={"botToken": MARKER},
    ledger={"url": MARKER},
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Folders of one run."""
    return Layout(home=tmp_path / "home", secrets=tmp_path / "secrets")


def _strategy(name: str) -> Strategy:
    return Strategy(namespace="default", name=name, spec=read_strategy(documents.strategy()["spec"]))


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_strategies_are_written_as_the_service_reads_them(layout: Layout) -> None:
    """The same strategies under the same revisions; numbers stay numbers."""
    document = documents.strategy()["spec"]
    strong = read_strategy({**document, "entries": [{**document["entries"][0], "strength": 2.5}]})
    written = [_strategy("a"), Strategy(namespace="default", name="b", spec=strong)]
    read = strategy_files.load(write_strategies(layout, written))

    assert read == written
    assert [revision_of(one.spec) for one in read] == [revision_of(one.spec) for one in written]


def test_a_strategy_that_is_gone_is_not_left_behind(layout: Layout) -> None:
    """The folder holds what the person has now."""
    write_strategies(layout, [_strategy("old"), _strategy("kept")])

    assert [one.name for one in strategy_files.load(write_strategies(layout, [_strategy("kept")]))] == ["kept"]


def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    """What is in it is what was given."""
    file = write_private(tmp_path / "key", MARKER)

    assert (_mode(file), file.read_text()) == (0o600, MARKER)


def test_a_secret_becomes_a_folder_of_files(layout: Layout) -> None:
    """One a key, as Kubernetes would mount them; the folder is its owner's alone."""
    folder = write_secret(layout, "bob", BOB.credentials)

    assert {file.name: file.read_text() for file in folder.iterdir()} == BOB.credentials
    assert _mode(folder) == 0o700


def test_a_folder_for_secrets_is_gone_afterwards() -> None:
    """And was its owner's alone while it was there."""
    with private_folder() as folder:
        assert _mode(folder) == 0o700
        write_private(folder / "key", MARKER)

    assert not folder.exists()


def test_each_account_has_a_folder_of_its_own(layout: Layout) -> None:
    """By namespace and name; it outlives the run."""
    assert layout.account(BOB) == layout.home / "accounts" / "default" / "bob"
    assert layout.account(BOB).is_dir()


def test_a_worker_is_started_with_what_it_understands(layout: Layout) -> None:
    """Its settings are where it looks for them; no secret is on its command line or in its home."""
    program = worker_program(
        layout, BOB, signals="http://127.0.0.1:1", steps="http://127.0.0.1:2", heartbeat=0.5, token=TOKEN
    )
    options = worker_config.parse(list(program.arguments))

    assert (program.name, program.module) == ("default/bob", "tradepods_worker")
    assert yaml.safe_load(Path(options.settings).read_text()) == BOB.document
    assert (Path(options.credentials) / "apiKey").read_text() == MARKER
    assert (Path(options.proxy) / "url").read_text() == BOB.proxy["url"]
    assert (Path(options.telegram) / "botToken").read_text() == MARKER
    assert (Path(options.ledger) / "url").read_text() == MARKER
    assert options.signals_token == TOKEN
    assert MARKER not in json.dumps(program.arguments)
    assert not any(MARKER in file.read_text() for file in layout.home.rglob("*") if file.is_file())


def test_the_service_is_started_with_what_it_understands(layout: Layout) -> None:
    """Its port is written where the supervisor looks for it."""
    folder = write_strategies(layout, [_strategy("a")])
    exchange = {"id": "binanceusdm", "url": "http://127.0.0.1:2"}
    program = service_program(
        layout, strategies=folder, exchange=exchange, port=0, steps="http://127.0.0.1:2", keys=KEYS
    )
    options = signals_config.parse(list(program.arguments))

    assert (options.strategies, options.exchange, options.url) == (folder, "binanceusdm", "http://127.0.0.1:2")
    assert (options.keys, options.history) == (KEYS, layout.home / "signals")
    assert (options.port, options.steps, options.port_file) == (0, "http://127.0.0.1:2", program.port_file)


def test_without_a_replay_nobody_is_told_of_one(layout: Layout) -> None:
    """A live market has no steps."""
    worker = worker_program(layout, BOB, signals="http://127.0.0.1:1", steps="", heartbeat=5, token=None)
    service = service_program(layout, strategies=Path(), exchange={"id": "x", "url": ""}, port=1, steps="", keys=KEYS)

    assert "--steps" not in (*worker.arguments, *service.arguments)


@pytest.mark.parametrize(("url", "kept"), [("", "x/live"), ("http://127.0.0.1:2", "x/custom")])
def test_candles_outlive_a_run_on_a_live_market(layout: Layout, url: str, kept: str) -> None:
    """Those of each venue apart; a replay reads its own anew."""
    exchange = {"id": "x", "url": url}
    live, replay = (
        service_program(layout, strategies=Path(), exchange=exchange, port=1, steps=steps, keys=KEYS)
        for steps in ("", "http://127.0.0.1:2")
    )

    assert signals_config.parse(list(live.arguments)).candles_dir == layout.home / "candles" / kept
    assert signals_config.parse(list(replay.arguments)).candles_dir is None
