"""`tradepods fleet`: halt and resume all accounts, and see them together."""

import json
from typing import Annotated

import typer

from tradepods_cli.commands.signals import URL, CaOption, TokenOption, UrlOption, WhyOption
from tradepods_cli.exits import console, readable, say_warning
from tradepods_cli.signals.service import ServiceClient
from tradepods_cli.signals.tables import portfolio_table
from tradepods_core.wire.portfolio import Portfolio
from tradepods_core.wire.published import Halt

app = typer.Typer(no_args_is_help=True, help="Halt and resume all accounts, and see them together.")


@app.command()
@readable
def halt(why: WhyOption, *, url: UrlOption = URL, token_file: TokenOption = None, ca: CaOption = None) -> None:
    """Let no account open anything until `resume`; what is open stays protected, and closes as it would."""
    with ServiceClient(url, token_file=token_file, ca=ca, role="admin") as client:
        found = client.post("/v1/halt", why=why, shape=Halt)
    console.print(f"trading is halted: {found.why}", markup=False, highlight=False)


@app.command()
@readable
def resume(why: WhyOption, *, url: UrlOption = URL, token_file: TokenOption = None, ca: CaOption = None) -> None:
    """Let accounts open again."""
    with ServiceClient(url, token_file=token_file, ca=ca, role="admin") as client:
        client.post("/v1/resume", why=why, shape=Halt)
    console.print("trading goes on", highlight=False)


@app.command()
@readable
def portfolio(
    *,
    url: UrlOption = URL,
    token_file: TokenOption = None,
    ca: CaOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show all accounts together: paper, demo, custom and live apart from each other."""
    with ServiceClient(url, token_file=token_file, ca=ca) as client:
        found = client.get("/v1/portfolio", Portfolio)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json", by_alias=True), indent=2))
        return
    console.print(portfolio_table(found))
    if found.halt:
        say_warning(f"trading is halted: {found.halt}")
