"""A new account, from the first question to its files: what is wrong ends it, and nothing has been written then."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from tradepods_cli.accounts import exchange_part, key_sources, settings_part, writing, yaml_text
from tradepods_cli.accounts.asking import Asking
from tradepods_cli.accounts.summary import line
from tradepods_cli.accounts.telegram_part import Pairing
from tradepods_cli.exits import console, say_warning
from tradepods_core.errors import Invalid, Problem
from tradepods_core.manifest import API_VERSION, read_manifest
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.outlook import warnings
from tradepods_core.settings.presets import DEFAULT, PRESETS
from tradepods_core.settings.reading import read_account

Json = dict[str, Any]
ENVIRONMENTS = ("live", "demo", "custom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line gave; empty for what is to be asked."""

    name: str
    namespace: str
    exchange: str
    environment: str
    url: str
    preset: str
    changes: tuple[str, ...]
    keys_from: str
    no_keys: bool
    telegram: bool
    telegram_url: str
    chat_ids: tuple[str, ...]
    test_message: bool | None
    live: bool
    confirm_live: str
    output: Path
    force: bool

    @property
    def files(self) -> tuple[str, str]:
        """What will be written, secrets first: an account without them could not run."""
        return f"{self.name}-secrets.yaml", f"{self.name}.yaml"


class Creation:
    """One account in the making: its spec so far, and its secrets."""

    def __init__(self, options: Options, asking: Asking) -> None:
        self._options, self._asking = options, asking
        self._spec: Json = {}
        self._secrets: dict[str, Mapping[str, str]] = {}
        self._given: Mapping[str, str] = {}

    def run(self) -> None:
        """Ask, try, show, and write; raises Invalid, Permanent or Temporary and leaves nothing behind."""
        self._check_name()
        self._place()
        self._given = key_sources.given(self._options.keys_from, os.environ)
        if not self._options.no_keys:
            self._keys()
        if self._options.telegram:
            self._telegram()
        self._mode()
        changes = self._options.changes
        spec = settings_part.settings(self._asking, self._spec, preset=self._options.preset, changes=changes)
        read = read_account(spec)
        _show(self._options.name, read)
        self._confirm()
        self._write(spec, read)

    def _check_name(self) -> None:
        options = self._options
        metadata = {"name": options.name, "namespace": options.namespace}
        read_manifest({"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": metadata})
        writing.check_free(options.output, options.files, force=options.force)
        if options.live and options.no_keys:
            raise Invalid([Problem(field="--no-keys", value="", fix="--live trades with keys: leave one of both out")])

    def _place(self) -> None:
        """Where the account is."""
        options, asking = self._options, self._asking
        environment = options.environment or ("custom" if options.url else "")
        if not environment and asking.asks:
            environment = asking.choice("Environment", ENVIRONMENTS, flag="--environment", default=ENVIRONMENTS[0])
        exchange = {"id": options.exchange, "environment": environment or ENVIRONMENTS[0]}
        if environment == "custom" and not options.url:
            exchange["url"] = asking.text("URL of the exchange or proxy", flag="--url")
        elif options.url:
            exchange["url"] = options.url
        self._spec = {"exchange": exchange}
        self._checked()

    def _checked(self) -> AccountSpec:
        """The spec so far with a preset's numbers; raises Invalid."""
        return read_account({**PRESETS[DEFAULT], **self._spec})

    def _keys(self) -> None:
        exchange = self._checked().exchange
        keys, report = exchange_part.keys(self._asking, self._given, exchange=exchange, live=self._options.live)
        if report is None:
            return
        console.print(exchange_part.shown(report))
        for sentence in exchange_part.advice(report, hedge=False):
            say_warning(sentence)
        self._spec["credentialsSecretRef"] = {"name": self._keep("exchange", keys)}

    def _telegram(self) -> None:
        options = self._options
        pairing = Pairing(self._asking, url=options.telegram_url, name=options.name)
        token, bot = pairing.token(self._given)
        if not token:
            return
        console.print(f"bot: @{bot}", highlight=False)
        chats = pairing.chats(token, bot, options.chat_ids)
        telegram: Json = {"secretRef": {"name": self._keep("telegram", {"botToken": token})}, "chatIds": chats}
        self._spec["telegram"] = telegram | ({"apiUrl": options.telegram_url} if options.telegram_url else {})
        self._checked()
        pairing.greet(token, chats, wanted=options.test_message)

    def _keep(self, what: str, data: Mapping[str, str]) -> str:
        name = f"{self._options.name}-{what}"
        self._secrets[name] = data
        return name

    def _mode(self) -> None:
        """A dry run, unless the person asks for real money; that is confirmed before anything is written."""
        if self._options.live:
            self._spec |= {"dryRun": False, "acknowledgeLiveTrading": True}
        else:
            self._spec |= {"dryRun": True, "paper": {"balance": 10_000}}

    def _confirm(self) -> None:
        """Real money needs the account's name, anything else a yes; raises Invalid or Exit."""
        options, asking = self._options, self._asking
        if options.live:
            question = f"This trades REAL MONEY. Type the account's name, {options.name}, to confirm"
            typed = options.confirm_live or asking.text(question, flag="--confirm-live")
            if typed != options.name:
                fix = f"is not the account's name, {options.name}: nothing was written"
                raise Invalid([Problem(field="--confirm-live", value=typed[:40], fix=fix)])
        elif not asking.agree(f"Write the account into {options.output}?"):
            console.print("nothing was written")
            raise typer.Exit(1)

    def _write(self, spec: Json, read: AccountSpec) -> None:
        options = self._options
        secrets = yaml_text.secrets_text(namespace=options.namespace, secrets=self._secrets)
        account = yaml_text.account_text(namespace=options.namespace, name=options.name, spec=spec)
        texts = {name: text for name, text in zip(options.files, (secrets, account), strict=True) if text}
        key = f"{options.namespace}/{options.name}"
        complete = writing.write(options.output, texts, wanted=read, key=key, force=options.force)
        for name in texts:
            console.print(f"wrote {options.output / name}", markup=False, highlight=False, soft_wrap=True)
        _say_next(options.output, complete=complete)


def _show(name: str, read: AccountSpec) -> None:
    console.print(f"[bold]{escape(name)}[/]: {escape(line(read))}", highlight=False, soft_wrap=True)
    for sentence in warnings(read):
        say_warning(sentence)


def _say_next(folder: Path, *, complete: bool) -> None:
    if not complete:
        say_warning(f"{folder} holds no enabled TradingStrategy yet: put one there, as docs/strategies.md shows")
    console.print(f"next: tradepods up {shlex.quote(str(folder))}", markup=False, highlight=False, soft_wrap=True)
