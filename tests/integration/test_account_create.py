"""`tradepods account create` against a real exchange's and a real bot's protocol: keys tried, files written."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from typer.testing import CliRunner, Result

from support.documents import strategy, written
from support.servers import API_KEY, API_SECRET, Served, serving
from support.signed_requests import signed
from support.telegram_bench import ANN, TOKENS, Bench, bench
from tradepods_cli import manifests
from tradepods_cli.local.fleet_checks import check
from tradepods_cli.main import app
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.faults import Fault

TOKEN = TOKENS["bob"]
SECRETS = (API_KEY, API_SECRET, TOKEN)
KEYS = {"apiKey": API_KEY, "apiSecret": API_SECRET}
WRONG = "wrong-0123456789"
SCRIPT = ("--no-telegram", "--preset", "careful")


@dataclass(slots=True)
class Place:
    """An exchange, a Bot API, and a folder that is not there yet."""

    exchange: Served
    telegram: Bench
    folder: Path

    @property
    def bob(self) -> Customer:
        """Whose key it is."""
        return self.exchange.exchange.books.by_key[API_KEY]

    async def create(self, *options: str, keys: Mapping[str, str] | None = None, name: str = "bob") -> Result:
        """The command in a script: keys on standard input, nobody to ask."""
        arguments = ["account", "create", name, "--url", self.exchange.url, "--output", str(self.folder)]
        arguments += ["--telegram-url", self.telegram.url, "--keys-from", "-", *options]
        given = json.dumps(KEYS if keys is None else keys)
        result: Result = await asyncio.to_thread(CliRunner().invoke, app, arguments, input=given)
        assert not any(secret in result.output for secret in (*SECRETS, WRONG))
        return result


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Both simulators in this process, over real sockets."""
    async with serving() as exchange, bench() as telegram:
        yield Place(exchange, telegram, tmp_path / "accounts")


def _said(result: Result) -> str:
    return " ".join(result.output.split())


async def test_a_script_makes_an_account_that_can_be_run(place: Place) -> None:
    """A dry run unless told otherwise; `account validate` and `up` take it as it is; it names the next command."""
    given = {**KEYS, "botToken": TOKEN}
    options = ("--preset", "normal", "--set", "leverage=7", "--chat-id", str(ANN), "--namespace", "desk")
    result = await place.create(*options, keys=given)
    checked = CliRunner().invoke(app, ["account", "validate", str(place.folder)])
    fleet = manifests.load(written(place.folder, swing=strategy()))
    check(fleet)
    (account,) = fleet.accounts

    assert result.exit_code == 0, result.output
    assert "holds no enabled TradingStrategy yet" in _said(result)
    assert f"next: tradepods up {place.folder}" in _said(result)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert (account.key, account.credentials, account.telegram) == ("desk/bob", KEYS, {"botToken": TOKEN})
    assert (account.spec.dry_run, account.spec.acknowledge_live_trading, account.spec.leverage) == (True, False, 7)
    assert {oct(file.stat().st_mode & 0o777) for file in place.folder.glob("bob*")} == {"0o600"}
    assert oct(place.folder.stat().st_mode & 0o777) == "0o700"
    assert await place.telegram.said("?bot=bob") == []  # no message without consent


async def test_real_money_needs_the_flag_and_the_name(place: Place) -> None:
    """The name of another account, or none, writes nothing."""
    without = await place.create(*SCRIPT, "--live")
    other = await place.create(*SCRIPT, "--live", "--confirm-live", "eve")
    nothing = place.folder.exists()
    right = await place.create(*SCRIPT, "--live", "--confirm-live", "bob")
    (account,) = manifests.load(place.folder).accounts

    assert (without.exit_code, other.exit_code, nothing, right.exit_code) == (2, 2, False, 0)
    assert "--confirm-live: is required" in _said(without)
    assert "--confirm-live is eve: is not the account's name, bob: nothing was written" in _said(other)
    assert "REAL MONEY on binanceusdm custom" in _said(right)
    assert (account.spec.dry_run, account.spec.acknowledge_live_trading) == (False, True)


async def test_without_keys_it_is_a_dry_run(place: Place) -> None:
    """There is no Secret then, and the exchange is not asked; real money is not to be had without keys."""
    result = await place.create(*SCRIPT, "--no-keys", keys={})
    (account,) = manifests.load(place.folder).accounts
    live = await place.create(*SCRIPT, "--no-keys", "--live", name="eve")

    assert (result.exit_code, account.credentials, account.spec.dry_run) == (0, {}, True)
    assert [file.name for file in place.folder.iterdir()] == ["bob.yaml"]
    assert place.bob.requests.total() == 0
    assert (live.exit_code, "--no-keys: --live trades with keys" in _said(live)) == (2, True)


def _withdraws(bob: Customer) -> None:
    bob.withdraws = True


def _transfers(bob: Customer) -> None:
    bob.transfers = True


def _no_futures(bob: Customer) -> None:
    bob.futures = False


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (_withdraws, (), "apiKey: may withdraw: whoever gets it could empty the account. Switch off"),
        (_transfers, (), "apiKey: may transfer to other accounts: switch off 'Permits Universal Transfer'"),
        (_no_futures, ("--live", "--confirm-live", "bob"), "apiKey: may not trade futures: switch on 'Enable Futures'"),
    ],
)
async def test_a_key_that_may_too_much_or_too_little_is_refused(
    place: Place, change: Callable[[Customer], None], options: tuple[str, ...], said: str
) -> None:
    """With the switch to turn; nothing is written."""
    change(place.bob)
    result = await place.create(*SCRIPT, *options)

    assert (result.exit_code, place.folder.exists()) == (2, False)
    assert said in _said(result)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({**KEYS, "apiSecret": WRONG}, "apiSecret: does not belong to this apiKey: the signature is wrong"),
        ({**KEYS, "apiKey": WRONG}, "apiKey: the exchange does not know this key, or does not take it from this"),
        (
            {**KEYS, "apiSecret": f"-----BEGIN PRIVATE KEY-----{WRONG}"},
            "the key can't be used: ValueError; was it copied whole?",
        ),
        ({"apiKey": API_KEY}, "apiSecret: is missing: a key has both parts"),
        ({"botToken": TOKEN}, "--keys-from or --no-keys: is required where there is no terminal"),
    ],
)
async def test_a_wrong_key_is_named_by_its_part(place: Place, keys: Mapping[str, str], said: str) -> None:
    """And never shown; nothing is written."""
    result = await place.create(*SCRIPT, keys=keys)

    assert (result.exit_code in (1, 2), place.folder.exists()) == (True, False)
    assert said in _said(result)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 451, "text": "restricted"}, "serves nobody from this place"),
        ({"status": 400, "code": -1, "text": "Service unavailable from a restricted location"}, "serves nobody from"),
        ({"status": 403}, "firewall refuses this machine's address or country"),
        ({"status": 429, "code": -1003, "retry_after": 7}, "has asked the exchange too often: try again in 7 s"),
        ({"status": 418, "code": -1003, "retry_after": 60}, "has asked the exchange too often: try again in 60 s"),
        ({"status": 400, "code": -1021}, "this machine's clock is off: set it by network time"),
        ({"status": 401, "code": -2014}, "apiKey: has not the form of the exchange's keys"),
        ({"status": 502}, "the exchange is in trouble (HTTP 502): try again later"),
        ({"status": 200}, "answer is not readable"),
        ({"status": 400, "code": -4109}, "the exchange refuses: as the test asked"),
    ],
)
async def test_each_trouble_is_told_from_the_others(place: Place, fault: dict[str, Any], said: str) -> None:
    """A place, a clock, a limit, a key: each has another remedy. Nothing is written."""
    place.exchange.faults.arm(Fault(does="answer", path="/sapi/v1/account/apiRestrictions", count=9, **fault))
    result = await place.create(*SCRIPT)

    assert (result.exit_code in (1, 2), place.folder.exists()) == (True, False)
    assert said in _said(result)


async def test_an_exchange_that_is_away_is_said(place: Place) -> None:
    """In one line."""
    result = await place.create(*SCRIPT, "--url", "http://127.0.0.1:1")

    assert (result.exit_code, place.folder.exists()) == (1, False)
    assert "error: the exchange does not answer: ExchangeNotAvailable" in _said(result)


async def test_a_proxy_that_does_not_know_permissions_is_said(place: Place) -> None:
    """The person has to look; it is no reason to stop where the exchange is not the real one."""
    place.exchange.faults.arm(Fault(does="answer", path="/sapi/v1/account/apiRestrictions", status=404))
    result = await place.create(*SCRIPT)

    assert result.exit_code == 0
    assert "what this key may do could not be checked here: make sure" in _said(result)


async def test_what_is_there_is_shown(place: Place) -> None:
    """Positions that are not ours, modes, a wallet, a clock, and from where the key may be used."""
    await _buy(place.exchange.url)
    place.bob.paper = replace(place.bob.paper, multi=True)
    place.exchange.exchange.ahead_ms = 2_000
    result = await place.create(*SCRIPT)
    said = _said(result)

    assert result.exit_code == 0
    assert "this account holds 1 position that Tradepods did not open (BTCUSDT); it will not touch it" in said
    assert "the account is in multi-assets mode, in which nothing is opened" in said
    assert "this machine's clock is 2.0 s off: nothing is opened until" in said
    assert "this key works from any address: restrict it" in said
    place.bob.address = "10.0.0.7"
    again = await place.create(*SCRIPT, "--force")

    assert "works from any address" not in _said(again)


async def _buy(url: str) -> None:
    order = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "MARKET",
        "quantity": "1",
        "timestamp": int(time.time() * 1000),
    }
    async with ClientSession() as session:
        body = signed(order, secret=API_SECRET)
        headers = {"X-MBX-APIKEY": API_KEY, "Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(f"{url}/fapi/v1/order", data=body, headers=headers) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("options", "keys", "said"),
    [
        (("--preset", "careful"), KEYS, "--no-telegram: is required where there is no terminal"),
        (("--preset", "careful"), {**KEYS, "botToken": TOKEN}, "--chat-id: is required where there is no terminal"),
        (("--no-telegram",), KEYS, "--preset: is required where there is no terminal"),
        ((*SCRIPT, "--environment", "moon"), KEYS, 'spec.exchange.environment is "moon": one of live, demo, custom'),
        ((*SCRIPT, "--environment", "live"), KEYS, "spec.exchange.url is http"),
        ((*SCRIPT, "--exchange", "mtgox"), KEYS, 'spec.exchange.id is "mtgox": one of binanceusdm'),
        ((*SCRIPT, "--namespace", "No"), KEYS, 'metadata.namespace is "No": a text'),
        ((*SCRIPT, "--set", "leverage=999"), KEYS, "spec.leverage is 999: a whole number, at least 1, at most 125"),
        (("--preset", "careful", "--chat-id", "ann"), {**KEYS, "botToken": TOKEN}, 'spec.telegram.chatIds[0] is "ann"'),
        (("--preset", "careful"), {**KEYS, "botToken": "1:wrong"}, "botToken: Telegram does not know this token"),
        (("--preset", "careful"), {**KEYS, "botToken": WRONG}, "botToken: Telegram does not know this token"),
    ],
)
async def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(
    place: Place, options: tuple[str, ...], keys: Mapping[str, str], said: str
) -> None:
    """Exit code 2, with the option or the field."""
    result = await place.create(*options, keys=keys)

    assert (result.exit_code, place.folder.exists()) == (2, False)
    assert said in _said(result)


async def test_an_account_that_is_there_is_not_overwritten(place: Place) -> None:
    """Said before keys are tried; with --force it is replaced."""
    await place.create(*SCRIPT)
    before = (place.folder / "bob.yaml").read_text()
    asked = place.bob.requests.total()
    again = await place.create("--no-telegram", "--preset", "bold")
    forced = await place.create("--no-telegram", "--preset", "bold", "--force")

    assert (again.exit_code, forced.exit_code) == (2, 0)
    assert "bob.yaml: is there already: choose another name" in _said(again)
    assert "leverage: 3" in before
    assert "leverage: 10" in (place.folder / "bob.yaml").read_text()
    assert asked > 0


async def test_a_chat_to_which_the_bot_can_not_write_is_said(place: Place) -> None:
    """Where a message was asked for, it has to arrive; nothing is written else."""
    options = ("--preset", "careful", "--chat-id", "424242", "--test-message")
    await place.telegram.post("block", bot="bob", chat=424242)
    result = await place.create(*options, keys={**KEYS, "botToken": TOKEN})

    assert (result.exit_code, place.folder.exists()) == (2, False)
    assert "telegram.chatIds is 424242: the bot can't write there" in _said(result)
