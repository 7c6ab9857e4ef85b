"""`tradepods account adopt`: an account whose ledger was lost takes its positions and orders in again."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from tradepods_cli import manifests
from tradepods_cli.exits import console, readable
from tradepods_cli.local import access
from tradepods_cli.local.layout import Layout, made, private_folder, worker_program
from tradepods_cli.manifests import Account
from tradepods_core.errors import Invalid, Problem
from tradepods_core.ids import DEFAULT_NAMESPACE
from tradepods_worker import config
from tradepods_worker.bootstrap.adopt import adopt as adopt_account

HEARTBEAT = 5.0


@readable
def adopt(
    folder: Annotated[Path, typer.Argument(help="Folder of the manifests that `tradepods up` runs.")],
    name: Annotated[str, typer.Argument(help="The account's name.")],
    symbol: Annotated[
        list[str] | None,
        typer.Argument(help="Symbols such as BTC/USDT:USDT: their positions are taken in whoever opened them."),
    ] = None,
    *,
    namespace: Annotated[str, typer.Option(help="The account's namespace.")] = DEFAULT_NAMESPACE,
    state: Annotated[
        Path | None, typer.Option(help="Where ledgers are kept; default: .tradepods in the folder.")
    ] = None,
    signals: Annotated[str, typer.Option(help="URL of the signal service.")] = "http://127.0.0.1:8080",
    apply: Annotated[bool, typer.Option("--apply", help="Write it; without this, only show it.")] = False,
) -> None:
    """Take into a lost ledger what this account's worker had opened: its positions, stops and take-profits.

    Stop the account's worker first. Nothing is sent to the exchange: the worker protects what was taken in from its
    next start on.
    """
    account = _account(folder, namespace=namespace, name=name)
    home = made((state or (folder if folder.is_dir() else folder.parent) / ".tradepods").resolve())
    with private_folder() as secrets:
        layout = Layout(home=home, secrets=secrets)
        token = access.found(signals, "reader")
        program = worker_program(layout, account, signals=signals, steps="", heartbeat=HEARTBEAT, token=token)
        options = config.parse(list(program.arguments))
        lines = asyncio.run(adopt_account(options, account.spec, symbols=symbol or (), apply=apply))
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _account(folder: Path, *, namespace: str, name: str) -> Account:
    found = manifests.load(folder).accounts
    for account in found:
        if (account.namespace, account.name) == (namespace, name):
            return account
    there = ", ".join(account.key for account in found) or "none"
    raise Invalid([Problem(field="NAME", value=f"{namespace}/{name}"[:80], fix=f"no such account; there are {there}")])
