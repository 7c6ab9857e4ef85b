"""`tradepods simulate exchange|telegram`: the simulators as programs of their own, for other clients and for tests."""

import typer

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def simulate(context: typer.Context) -> None:
    """Run a simulated exchange or Telegram Bot API: `tradepods simulate exchange --help`."""
    from tradepods_simulator.__main__ import main  # only this command needs a web server

    raise typer.Exit(main(context.args or ["--help"], prog="tradepods simulate"))
