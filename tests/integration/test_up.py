"""`tradepods up`: a folder of YAML becomes running accounts; what is wrong is said before anything starts."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.stage import WITHIN, bob, strategy, until
from support.tokens import shown
from tradepods_cli.local import demo_fleet
from tradepods_cli.local.layout import Layout, write_secret
from tradepods_cli.local.supervisor import Program, Supervisor

BTC = "BTC/USDT:USDT"
SECRETS = demo_fleet.secrets(lambda name: f"{name}-0123456789")
NOWHERE = "http://127.0.0.1:1"
Json = dict[str, Any]


def _folder(path: Path, *documents: Json) -> Path:
    """A folder as a person would write it."""
    path.mkdir(exist_ok=True)
    demo_fleet.write(path, [*documents, *demo_fleet.secret_manifests(SECRETS)])
    return path


def _tradepods(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "tradepods_cli", *arguments],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
        env={**os.environ, **environment, "COLUMNS": "200"},
    )


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[str]:
    """An exchange that runs freely, twenty steps a second."""
    customers = tmp_path / "customers.json"
    customers.write_text(json.dumps([{"name": "bob", "balance": "10000", **SECRETS["bob-exchange"]}]))
    port_file = tmp_path / "exchange.port"
    supervisor = Supervisor()
    arguments = ["exchange", "--accounts", str(customers), "--pace", "0.05", "--port-file", str(port_file)]
    await supervisor.start(
        Program(
            name="exchange",
            module="tradepods_simulator",
            arguments=tuple(arguments),
            log=tmp_path / "exchange.log",
            port_file=port_file,
        )
    )
    yield f"http://127.0.0.1:{await supervisor.port('exchange', within=WITHIN)}"
    await supervisor.stop_all()


async def _up(folder: Path, port: int) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "tradepods_cli", "up", str(folder), "--port", str(port)]
    return await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def _heartbeats(port: int) -> dict[str, Json]:
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = (await client.get(f"{url}/v1/fleet", headers=shown(url))).raise_for_status().json()
        except httpx.HTTPError:
            return {}
    return {entry["name"]: entry["heartbeat"] for entry in answer["accounts"]}


def _children(parent: int) -> list[int]:
    """Processes of ours that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except (OSError, ValueError):
            continue
        if int(lines["PPid"]) == parent:
            found.append(int(status.parent.name))
    return found


async def _resting(exchange: str) -> list[dict[str, str]]:
    """Bob's resting orders, by the exchange's own books."""
    async with httpx.AsyncClient(trust_env=False) as client:
        found: list[dict[str, str]] = (await client.get(f"{exchange}/admin/accounts/bob")).json()["resting"]
    return found


async def test_a_folder_of_yaml_becomes_running_accounts_until_ctrl_c(tmp_path: Path, exchange: str) -> None:
    """Both trade, each in its own way; Ctrl-C stops everything in order, and leaves the stops at the exchange."""
    alice = demo_fleet.accounts(exchange=exchange, telegram=NOWHERE)[0]
    wide = {"takeProfitPct": 50, "stopLossPct": 6}  # this market moves on: neither is reached meanwhile
    folder = _folder(tmp_path / "fleet", alice, bob(exchange, long=wide), strategy(BTC))
    port = _free_port()
    process = await _up(folder, port)

    async def both_hold() -> bool:
        found = await _heartbeats(port)
        return len(found) == 2 and all(h["positions"] and h["positions"][0]["protected"] for h in found.values())

    async def bob_is_covered() -> bool:
        return {order["kind"] for order in await _resting(exchange)} == {"stop_market", "take_profit_market"}

    await until(both_hold)
    await until(bob_is_covered)
    children = _children(process.pid)
    process.send_signal(signal.SIGINT)
    output = (await asyncio.wait_for(process.communicate(), WITHIN))[0].decode()

    assert process.returncode == 0, output
    assert len(children) == 3
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert await bob_is_covered()
    assert "Traceback" not in output


async def test_a_second_copy_is_refused_and_the_first_goes_on(tmp_path: Path, exchange: str) -> None:
    """Of the whole folder, and of one account's worker: two of them would trade against each other."""
    folder = _folder(tmp_path / "fleet", bob(exchange), strategy(BTC))
    port = _free_port()
    first = await _up(folder, port)

    async def runs() -> bool:
        return "bob" in await _heartbeats(port)

    await until(runs)
    second = await _up(folder, _free_port())
    said = (await asyncio.wait_for(second.communicate(), WITHIN))[0].decode()
    account = folder / ".tradepods" / "accounts" / "default" / "bob"
    layout = Layout(home=tmp_path, secrets=tmp_path / "secrets")
    worker = _worker_of(account, write_secret(layout, "bob", SECRETS["bob-exchange"]))
    alive = first.returncode is None
    first.send_signal(signal.SIGTERM)
    await asyncio.wait_for(first.communicate(), WITHIN)

    assert second.returncode == 1
    assert f"is in use by process {first.pid}: stop it first" in said
    assert worker.returncode == 3
    assert "ledger.db.lock is held by" in worker.stderr
    assert alive


def _worker_of(account: Path, credentials: Path) -> subprocess.CompletedProcess[str]:
    arguments = ["--name", "bob", "--settings", str(account / "settings.yaml"), "--state", str(account)]
    arguments += ["--credentials", str(credentials), "--signals", NOWHERE]
    return subprocess.run(
        [sys.executable, "-m", "tradepods_worker", *arguments],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entryPct": 150}, "bob.yaml: spec.entryPct is 150: a number, above 0, at most 100"),
        ({"entrypct": 5}, "bob.yaml: spec.entrypct is 5: unknown field: did you mean entryPct?"),
        ({"rollout": "Auto"}, "default/bob: spec.rollout is Auto: acts in a cluster only: write WhenFlat"),
        ({"acknowledgeLiveTrading": False}, "bob.yaml: spec.acknowledgeLiveTrading is false: dryRun: false trades"),
        ({"credentialsSecretRef": {"name": "nobody"}}, "bob.yaml: spec.credentialsSecretRef.name is nobody: no Secret"),
        ({"strategies": ["nothing"]}, "default/bob: spec.strategies[0] is nothing: no such TradingStrategy"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(tmp_path: Path, changes: Mapping[str, Any], said: str) -> None:
    """File, path, value, allowed range; exit code 2."""
    folder = _folder(tmp_path / "fleet", bob(NOWHERE, **changes), strategy(BTC))
    done = _tradepods("up", str(folder))

    assert done.returncode == 2
    assert said in done.stderr
    assert not (folder / ".tradepods").exists()
    assert "0123456789" not in done.stdout + done.stderr


def test_a_wrong_strategy_is_named_by_the_path_of_its_condition(tmp_path: Path) -> None:
    """By `up`, and by `strategy validate`."""
    wrong = strategy(BTC)
    wrong["spec"]["entries"][0]["when"]["all"].append({"var": "rsy", "op": "<", "value": 30})
    folder = _folder(tmp_path / "fleet", bob(NOWHERE), wrong)
    path = "always.yaml: spec.entries[0].when.all[1].var is rsy: unknown variable: did you mean rsi?"
    up, validate = _tradepods("up", str(folder)), _tradepods("strategy", "validate", str(folder))

    assert (up.returncode, validate.returncode) == (2, 2)
    assert path in up.stderr
    assert path in validate.stderr


def test_yaml_that_is_none_is_named(tmp_path: Path) -> None:
    """With its file."""
    folder = _folder(tmp_path / "fleet", bob(NOWHERE), strategy(BTC))
    (folder / "broken.yaml").write_text("spec: [unclosed")
    done = _tradepods("up", str(folder))

    assert done.returncode == 2
    assert "broken.yaml: document: is not readable YAML" in done.stderr


def test_a_port_in_use_is_one_readable_line(tmp_path: Path) -> None:
    """Which port, and why."""
    folder = _folder(tmp_path / "fleet", bob(NOWHERE), strategy(BTC))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _tradepods("up", str(folder), "--port", str(port))

    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_candles_is_one_readable_line(tmp_path: Path) -> None:
    """Whether asked for by option or by environment."""
    by_option = _tradepods("demo", "--data", str(tmp_path), "--output", str(tmp_path / "out"))
    by_variable = _tradepods("demo", "--output", str(tmp_path / "out"), TRADEPODS_DATA=str(tmp_path))

    for done in (by_option, by_variable):
        assert done.returncode == 1
        assert done.stderr.strip() == f"error: {tmp_path} holds no candles: expected files such as BTCUSDT-1m.parquet"


def test_a_folder_that_is_not_there_is_one_readable_line(tmp_path: Path) -> None:
    """Exit code 1."""
    done = _tradepods("up", str(tmp_path / "gone"))

    assert done.returncode == 1
    assert done.stderr.strip() == f"error: {tmp_path / 'gone'}: no such file or folder"


async def test_a_service_that_is_not_there_is_said_once_and_waited_for(tmp_path: Path) -> None:
    """A worker does not end because a dependency is down; told to stop, it does."""
    settings = tmp_path / "settings.yaml"
    spec = {"exchange": {"id": "binanceusdm"}, "autoExit": True, "dca": {"enabled": False}}
    settings.write_text(yaml.safe_dump(spec))
    arguments = ["--name", "alice", "--settings", str(settings), "--state", str(tmp_path), "--signals", NOWHERE]
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tradepods_worker", *arguments, stderr=output
        )

    async def said() -> bool:
        return "does not answer" in log.read_text()

    await until(said)
    process.send_signal(signal.SIGTERM)
    code = await asyncio.wait_for(process.wait(), WITHIN)
    waiting = [line for line in map(json.loads, log.read_text().splitlines()) if line["event"] == "waiting"]

    assert code == 0
    assert [line["error"] for line in waiting] == [f"the signal service {NOWHERE} does not answer: ConnectError"]


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("tradepods_worker", ["--name", "x", "--settings", "{}/gone.yaml", "--state", "{}", "--signals", NOWHERE]),
        ("tradepods_signals", ["--strategies", "{}/gone", "--no-auth"]),
        ("tradepods_simulator", ["exchange", "--data", "{}", "--accounts", "{}/gone.json"]),
        ("tradepods_simulator", ["telegram", "--bots", "{}/gone.json"]),
    ],
)
def test_a_program_that_can_not_run_says_why_in_one_line(tmp_path: Path, module: str, arguments: list[str]) -> None:
    """And ends with the code that tells a supervisor not to try again."""
    given = [argument.format(tmp_path) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-m", module, *given], capture_output=True, text=True, timeout=WITHIN, check=False
    )
    errors = [line for line in done.stderr.splitlines() if not line.startswith("{")]

    assert done.returncode == 3
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
