"""`tradepods data`: candles of an exchange in a folder of one's own, for replays and research."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradepods_cli.data import asked
from tradepods_cli.exits import FAILED, INTERRUPTED, console, readable, say_warning
from tradepods_core.errors import Invalid, Problem
from tradepods_worker.adapters.clocks import WallClock

if TYPE_CHECKING:  # it loads what reads Parquet: no other command waits for that
    from tradepods_cli.data.kept import Kept

app = typer.Typer(no_args_is_help=True, help="Download candles, and see which are there.")
MOST_TOP = 500


@app.command()
@readable
def download(
    symbols: Annotated[list[str] | None, typer.Argument(help="As BTC/USDT:USDT, or BTCUSDT.")] = None,
    *,
    since: Annotated[str, typer.Option("--from", help="First day or moment, in UTC: 2025-06-01.")],
    until: Annotated[
        str | None, typer.Option("--to", help="Its end, not itself included (default: as far as candles are closed).")
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder; what it holds already is not fetched again.")],
    timeframe: Annotated[list[str] | None, typer.Option(help="Length of a candle; repeat it (default 1m).")] = None,
    top: Annotated[
        int, typer.Option(min=0, max=MOST_TOP, help="Also so many contracts, those with most quote volume in 24 hours.")
    ] = 0,
    exchange: Annotated[str, typer.Option(help="Whose candles.")] = "binanceusdm",
    url: Annotated[str, typer.Option(help="Of a simulator or proxy that speaks the exchange's protocol.")] = "",
) -> None:
    """Fetch candles into Parquet files, no faster than the exchange allows.

    It may be stopped at any moment: the same command fetches what is missing. What the exchange itself has no candles
    of is named in the end.
    """
    if not symbols and not top:
        raise Invalid([Problem(field="SYMBOL", value="", fix="name contracts, as BTC/USDT:USDT, or give --top 20")])
    asked.period(since, until, now=WallClock().now())
    timeframes = asked.timeframes(timeframe or ["1m"])
    from tradepods_cli.data import running

    wish = running.Wish(
        names=symbols or (),
        top=top,
        timeframes=timeframes,
        since=since,
        until=until,
        folder=output,
        exchange=exchange,
        url=url.rstrip("/"),
    )
    kept = asyncio.run(running.download(wish))
    if kept is None:
        say_warning("stopped: what was fetched is kept, and the same command fetches the rest")
        raise typer.Exit(INTERRUPTED)
    _show(kept)


@app.command("list")
@readable
def list_candles(folder: Annotated[Path, typer.Argument(help="Folder of a download.")]) -> None:
    """Show which candles a folder holds; ends with 1 where one is missing between the first and the last."""
    from tradepods_cli.data.kept import examine, series_in

    found = [examine(folder, symbol, timeframe) for symbol, timeframe in series_in(folder)]
    if not found:
        say_warning(f"{folder} holds no candles: `tradepods data download` brings some")
        return
    _show(found)
    if any(one.gaps for one in found):
        raise typer.Exit(FAILED)


def _show(kept: "Sequence[Kept]") -> None:
    from tradepods_cli.data.shown import gap_lines, table_of

    console.print(table_of(kept))
    for line in gap_lines(kept):
        say_warning(line)
