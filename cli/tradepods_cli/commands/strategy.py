"""`tradepods strategy validate`: is a strategy right, and if not, where not."""

from pathlib import Path
from typing import Annotated

import typer

from tradepods_cli.documents import documents_of
from tradepods_cli.exits import INVALID, console, readable, say_error
from tradepods_cli.manifests import check_version, files_of, manifest_of
from tradepods_core.errors import Invalid, Problem
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.evaluate import terms
from tradepods_core.strategy.model import StrategySpec

app = typer.Typer(no_args_is_help=True, help="Check strategies.")


@app.command()
@readable
def validate(
    places: Annotated[list[Path], typer.Argument(help="Files or folders of TradingStrategy manifests.")],
) -> None:
    """Check TradingStrategy manifests; exit code 2 and the path of each problem where one is wrong."""
    files = [file for place in places for file in files_of(place)]
    results = [_checked(file) for file in files]
    if sum(found for found, _ in results) == 0 and all(fine for _, fine in results):
        fix = "no TradingStrategy found"
        raise Invalid([Problem(field=", ".join(map(str, places)), value="", fix=fix)])
    if not all(fine for _, fine in results):
        raise typer.Exit(INVALID)


def _checked(file: Path) -> tuple[int, bool]:
    """How many strategies the file holds, and whether all of them are right."""
    found, fine = 0, True
    try:
        for document in documents_of(file):
            manifest = manifest_of(document)
            if manifest.kind == "TradingStrategy":
                found += 1
                check_version(manifest)
                spec = read_strategy(manifest.spec)
                _say_right(f"{file}: {manifest.namespace}/{manifest.name}", spec)
    except Invalid as error:
        fine = False
        for problem in error.problems:
            say_error(f"{file}: {problem}")
    return found, fine


def _say_right(name: str, spec: StrategySpec) -> None:
    needed = [term for entry in spec.entries for term in terms(entry.when)]
    candles = max((term.warmup for term in needed), default=1)
    listed = ", ".join(sorted({str(term) for term in needed}))
    console.print("ok:", style="bold green", end=" ")
    console.print(
        f"{name}: {len(spec.entries)} entries on {spec.timeframe}, {len(spec.universe.include)} symbols, "
        f"reads {listed}; warms up in {candles} candles",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
