"""`tradepods account create`: its options. Keys and tokens are never among them: others could read them there."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tradepods_cli.accounts.asking import Asking
from tradepods_cli.exits import readable
from tradepods_core.ids import DEFAULT_NAMESPACE


@readable
def create(
    name: Annotated[str, typer.Argument(help="The account's name: small letters, digits and dashes.")],
    *,
    preset: Annotated[str, typer.Option(help="careful, normal or bold.")] = "",
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, as leverage=5 or long.stopLossPct=2; repeated.")
    ] = None,
    exchange: Annotated[str, typer.Option(help="The exchange.")] = "binanceusdm",
    environment: Annotated[str, typer.Option(help="live, demo or custom.")] = "",
    url: Annotated[str, typer.Option(help="With custom: a simulator or a proxy of the exchange's protocol.")] = "",
    keys_from: Annotated[
        str,
        typer.Option(
            help="File with apiKey, apiSecret, botToken as YAML or JSON; - is standard input. "
            "Else TRADEPODS_API_KEY, TRADEPODS_API_SECRET, TRADEPODS_BOT_TOKEN."
        ),
    ] = "",
    no_keys: Annotated[bool, typer.Option("--no-keys", help="No keys: a dry run needs none.")] = False,
    telegram: Annotated[bool, typer.Option("--telegram/--no-telegram", help="With a bot of its own.")] = True,
    telegram_url: Annotated[str, typer.Option(help="A Bot API server of your own.")] = "",
    chat_id: Annotated[list[str] | None, typer.Option(help="A chat that may command the bot; repeated.")] = None,
    test_message: Annotated[
        bool | None, typer.Option("--test-message/--no-test-message", help="Send one to each chat.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Trade real money. Without it: a dry run.")] = False,
    confirm_live: Annotated[str, typer.Option(help="With --live in a script: the account's name once more.")] = "",
    namespace: Annotated[str, typer.Option(help="The account's namespace.")] = DEFAULT_NAMESPACE,
    output: Annotated[Path, typer.Option(help="Folder for the manifests.")] = Path("accounts"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite this account's files.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: what is missing is an error.")] = False,
) -> None:
    """Make an account's manifests: keys are tried at the exchange, numbers shown, nothing is sent to trade.

    Keys are typed unseen. Those that may withdraw or transfer are refused. It is a dry run unless --live is given and
    the account's name typed.
    """
    from tradepods_cli.accounts.creation import Creation, Options  # only this command needs a bot's library

    options = Options(
        name=name,
        namespace=namespace,
        exchange=exchange,
        environment=environment,
        url=url,
        preset=preset,
        changes=tuple(changes or ()),
        keys_from=keys_from,
        no_keys=no_keys,
        telegram=telegram,
        telegram_url=telegram_url,
        chat_ids=tuple(chat_id or ()),
        test_message=test_message,
        live=live,
        confirm_live=confirm_live,
        output=output,
        force=force,
    )
    Creation(options, Asking(sys.stdin.isatty() and not yes and keys_from != "-")).run()
