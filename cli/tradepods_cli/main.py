"""The `tradepods` command: its groups, and its version."""

import sys
from importlib.metadata import version
from typing import Annotated

import structlog
import typer

from tradepods_cli.cluster.options import PLUGIN
from tradepods_cli.commands import account, data, fleet, ledger, signals, strategy
from tradepods_cli.commands.crds import crds
from tradepods_cli.commands.demo import demo
from tradepods_cli.commands.doctor import doctor
from tradepods_cli.commands.simulate import PASSED_ON, simulate
from tradepods_cli.commands.up import up

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Run many crypto-futures accounts from one set of signals.",
)
app.command()(demo)
app.command()(up)
app.command(context_settings=PASSED_ON)(simulate)
app.command()(crds)
app.command()(doctor)
app.add_typer(account.app, name="account")
app.add_typer(data.app, name="data")
app.add_typer(fleet.app, name="fleet")
app.add_typer(ledger.app, name="ledger")
app.add_typer(signals.app, name="signals")
app.add_typer(strategy.app, name="strategy")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"tradepods {version('tradepods')}")
        raise typer.Exit


@app.callback()
def _root(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Run many crypto-futures accounts from one set of signals."""


def main() -> None:
    """Run the command."""
    _run()


def kubectl_plugin() -> None:
    """The same as `kubectl tradepods`: accounts are a cluster's then."""
    _run(prog_name="kubectl tradepods", obj=PLUGIN)


def _run(**terms: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    app(**terms)
