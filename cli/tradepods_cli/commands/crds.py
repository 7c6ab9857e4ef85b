"""`tradepods crds`: what a cluster has to know of our kinds."""

from pathlib import Path
from typing import Annotated

import typer

from tradepods_cli.exits import console, readable

PRINTED = Path("-")


@readable
def crds(
    output: Annotated[
        Path, typer.Option(help="Folder for one file each; - prints them, for `kubectl apply --server-side -f -`.")
    ] = PRINTED,
) -> None:
    """Print the CustomResourceDefinitions TradingAccount and TradingStrategy, or write them as files."""
    from tradepods_cli.crds.writing import files  # no other command makes schemas

    if output == PRINTED:
        typer.echo("---\n".join(files().values()), nl=False)
        return
    output.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (output / name).write_text(text, "utf-8")
        console.print(f"wrote {output / name}", markup=False, highlight=False, soft_wrap=True)
