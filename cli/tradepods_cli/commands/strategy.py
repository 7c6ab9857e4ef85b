"""`tradepods strategy`: is a strategy right, what does it cost, and how else can one be written."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from tradepods_cli.documents import documents_of
from tradepods_cli.exits import INVALID, console, readable, say_error
from tradepods_cli.manifests import check_version, files_of, manifest_of
from tradepods_cli.strategies.writing import strategy_text
from tradepods_core.errors import Invalid, Problem
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.compose import composed
from tradepods_core.strategy.evaluate import terms
from tradepods_core.strategy.management import in_order
from tradepods_core.strategy.model import Strategy, Universe
from tradepods_core.strategy.older import from_older

app = typer.Typer(no_args_is_help=True, help="Check, explain, import and compose strategies.")
Places = Annotated[list[Path], typer.Argument(help="Files or folders of TradingStrategy manifests.")]
TimeframeOption = Annotated[str, typer.Option(help="Length of its candles: 1m, 5m, 15m, 1h, 4h, 1d.")]
SymbolOption = Annotated[list[str], typer.Option("--symbol", help="One that it looks at, as BTC/USDT:USDT; repeat it.")]


@app.command()
@readable
def validate(places: Places) -> None:
    """Check TradingStrategy manifests; exit code 2 and the path of each problem where one is wrong."""
    strategies, fine = _read(places)
    for file, strategy in strategies:
        _say_right(f"{file}: {strategy.namespace}/{strategy.name}", strategy)
    if not fine:
        raise typer.Exit(INVALID)


@app.command()
@readable
def explain(places: Places) -> None:
    """Say what strategies read, how much history that takes, and what each cycle costs on this machine."""
    from tradepods_cli.strategies.explaining import explained  # it computes: no other command loads that

    strategies, fine = _read(places)
    for line in explained(strategy for _, strategy in strategies):
        _say(line)
    if not fine:
        raise typer.Exit(INVALID)


@app.command("import")
@readable
def import_(
    file: Annotated[Path, typer.Argument(help="A strategy in the older JSON form.", dir_okay=False)],
    timeframe: TimeframeOption,
    symbol: SymbolOption,
    side: Annotated[Literal["long", "short"] | None, typer.Option(help="Where the file does not say it.")] = None,
) -> None:
    """Print a strategy of the older JSON form as a TradingStrategy manifest."""
    name, spec = from_older(_json_of(file), timeframe=timeframe, symbols=symbol, side=side)
    typer.echo(strategy_text(name=name, spec=spec), nl=False)


@app.command()
@readable
def compose(
    name: Annotated[str, typer.Argument(help="Its name: lower-case letters, digits, dashes.")],
    *,
    timeframe: TimeframeOption,
    symbol: SymbolOption,
    long: Annotated[list[str] | None, typer.Option(help="When to buy, as 'rsi(period=14) < 30'; repeat it.")] = None,
    short: Annotated[list[str] | None, typer.Option(help="When to sell short; repeat it.")] = None,
    any_: Annotated[bool, typer.Option("--any", help="One of a side's triggers is enough.")] = False,
) -> None:
    """Print a TradingStrategy manifest of a list of triggers, all of which have to hold."""
    triggers: dict[Literal["long", "short"], list[str]] = {"long": long or [], "short": short or []}
    if not long and not short:
        fix = "give at least one trigger, as --long 'rsi(period=14) < 30'"
        raise Invalid([Problem(field="--long, --short", value="", fix=fix)])
    spec = composed(timeframe=timeframe, symbols=symbol, triggers=triggers, joined="any" if any_ else "all")
    typer.echo(strategy_text(name=name, spec=spec), nl=False)


def _json_of(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8"))
    except json.JSONDecodeError as error:
        fix = f"is not readable JSON: check its syntax in line {error.lineno}"
    except (ValueError, RecursionError):
        fix = "is not readable JSON: check its syntax"
    raise Invalid([Problem(field=f"{file}: document", value="", fix=fix)])


def _read(places: list[Path]) -> tuple[list[tuple[Path, Strategy]], bool]:
    """Every right strategy with its file, and whether all were right; what is wrong has been said."""
    found: list[tuple[Path, Strategy]] = []
    fine = True
    for file in (file for place in places for file in files_of(place)):
        strategies, problems = _of_file(file)
        found += [(file, strategy) for strategy in strategies]
        fine &= not problems
        for problem in problems:
            say_error(f"{file}: {problem}")
    if not found and fine:
        raise Invalid([Problem(field=", ".join(map(str, places)), value="", fix="no TradingStrategy found")])
    return found, fine


def _of_file(file: Path) -> tuple[list[Strategy], tuple[Problem, ...]]:
    found: list[Strategy] = []
    try:
        for document in documents_of(file):
            manifest = manifest_of(document)
            if manifest.kind == "TradingStrategy":
                check_version(manifest)
                spec = read_strategy(manifest.spec)
                found.append(Strategy(namespace=manifest.namespace, name=manifest.name, spec=spec))
    except Invalid as error:
        return found, error.problems
    return found, ()


def _say_right(name: str, strategy: Strategy) -> None:
    spec = strategy.spec
    whens = [entry.when for entry in spec.entries] + [rule.when for rule in in_order(spec.management)]
    needed = {term for when in whens for term in terms(when)}
    own = max((term.warmup for term in needed if not term.timeframe), default=1)
    longer = sorted({term.timeframe for term in needed if term.timeframe})
    console.print("ok:", style="bold green", end=" ")
    _say(
        f"{name}: {len(spec.entries)} entries on {spec.timeframe}, {_looks_at(spec.universe)}, "
        f"reads {', '.join(sorted(map(str, needed)))}; warms up in {own} candles"
        + (f", and of {', '.join(longer)}" if longer else "")
    )


def _looks_at(universe: Universe) -> str:
    symbols = f"{len(set(universe.include) - set(universe.exclude))} symbols"
    return f"the {universe.top} most traded and {symbols}" if universe.top else symbols


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
