"""`tradepods ledger`: look into an account's ledger, export it, recompute it; read-only, also while its worker runs."""

import csv
import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Literal, TextIO
from uuid import UUID

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from tradepods_cli.exits import FAILED, console, readable, say_error, stderr, wide
from tradepods_cli.ledgers.checks import check_book
from tradepods_cli.ledgers.place import Named, source_of
from tradepods_cli.ledgers.tables import VIEWS, Row, text
from tradepods_core.ids import DEFAULT_NAMESPACE, LOCAL_FLEET
from tradepods_worker.adapters.ledger.reader import LedgerReader
from tradepods_worker.ports.ledger import BOOKS, BookName

app = typer.Typer(no_args_is_help=True, help="Look into an account's ledger, export it, recompute it.")
What = Literal["facts", "orders", "fills", "positions", "trades", "notices", "audit", "equity"]
Format = Literal["csv", "jsonl"]
WIDEST_CELL = 80  # characters
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet would run what somebody has typed
PLACE = typer.Argument(metavar="STATE_OR_FILE", help="The account's state folder, or its ledger.db.")
PlaceArgument = Annotated[Path | None, PLACE]
UrlFile = Annotated[Path | None, typer.Option(help="For a ledger in PostgreSQL: a file with the database's URL.")]
AccountName = Annotated[str | None, typer.Option("--account", help="With --url-file: the account's name.")]
Namespace = Annotated[str, typer.Option(help="With --url-file: the account's namespace.")]
FleetId = Annotated[UUID, typer.Option(help="With --url-file: the fleet's id; default: that of `tradepods up`.")]
BOOK = typer.Option("--book", help="One of the account's two books; default: both.")


@app.command()
@readable
def show(
    place: PlaceArgument = None,
    *,
    what: Annotated[What, typer.Option(help="What to show.")] = "trades",
    book: Annotated[BookName | None, BOOK] = None,
    last: Annotated[int, typer.Option(min=1, help="How many rows of each book: the newest.")] = 20,
    url_file: UrlFile = None,
    account: AccountName = None,
    namespace: Namespace = DEFAULT_NAMESPACE,
    fleet_id: FleetId = LOCAL_FLEET,
) -> None:
    """Show what a ledger holds."""
    with _reading(
        Named(place=place, url_file=url_file, account=account, namespace=namespace, fleet=fleet_id)
    ) as reader:
        about = reader.about()
        whose = f"{about.get('exchange')} {about.get('environment')}, account {about.get('account')}"
        console.print(whose, markup=False, highlight=False, soft_wrap=True)
        for name in _names(book):
            wide.print(_table(name, what, VIEWS[what].rows(reader, name), last=last))


@app.command()
@readable
def export(
    place: PlaceArgument = None,
    *,
    what: Annotated[What, typer.Option(help="What to export.")] = "trades",
    form: Annotated[Format, typer.Option("--format", help="For spreadsheets, or a JSON object a line.")] = "csv",
    book: Annotated[BookName | None, BOOK] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; default: standard output.")] = None,
    url_file: UrlFile = None,
    account: AccountName = None,
    namespace: Namespace = DEFAULT_NAMESPACE,
    fleet_id: FleetId = LOCAL_FLEET,
) -> None:
    """Write what a ledger holds as CSV or JSON lines, every digit of it.

    `--what trades` is one row a closed position: what tax programs ask for.
    """
    with _reading(
        Named(place=place, url_file=url_file, account=account, namespace=namespace, fleet=fleet_id)
    ) as reader:
        rows = ((name, row) for name in _names(book) for row in VIEWS[what].rows(reader, name))
        columns = ("book", *VIEWS[what].columns)
        if output is None:
            _write(sys.stdout, columns, rows, form)
            return
        with (
            output.open("w", encoding="utf-8", newline="") as file,
            Progress(console=stderr, transient=True) as progress,
        ):
            count = _write(file, columns, progress.track(rows, description=f"writing {output.name}"), form)
        stderr.print(f"{count} rows written to {output}", markup=False, highlight=False)


@app.command()
@readable
def verify(
    place: PlaceArgument = None,
    url_file: UrlFile = None,
    account: AccountName = None,
    namespace: Namespace = DEFAULT_NAMESPACE,
    fleet_id: FleetId = LOCAL_FLEET,
) -> None:
    """Recompute each book from all its facts, and compare it with what the ledger keeps; exit code 1 if they differ."""
    differences = 0
    named = Named(place=place, url_file=url_file, account=account, namespace=namespace, fleet=fleet_id)
    with _reading(named) as reader, Progress(console=stderr, transient=True) as progress:
        for name in BOOKS:
            task = progress.add_task(f"{name} book", total=reader.count(name))
            for finding in check_book(reader, name, seen=lambda task=task: progress.advance(task)):  # type: ignore[misc]
                differences += not finding.fine
                shown = "[bold green]ok:[/]" if finding.fine else "[bold red]DIFFERS:[/]"
                console.print(f"{shown} {name}: {escape(finding.text)}", highlight=False, soft_wrap=True)
    if differences:
        say_error(f"{differences} differences")
        raise typer.Exit(FAILED)


@contextmanager
def _reading(named: Named) -> Iterator[LedgerReader]:
    with closing(LedgerReader(source_of(named))) as reader:
        yield reader


def _names(book: BookName | None) -> Sequence[BookName]:
    return [name for name in BOOKS if book is None or name == book]


def _table(book: BookName, what: str, rows: Iterator[Row], *, last: int) -> Table:
    shown, columns, count = deque[Row](maxlen=last), VIEWS[what].columns, 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - how many there were
        shown.append(row)
    title = f"{book}: {what}, " + (f"the last {len(shown)} of {count}" if len(shown) < count else f"{count}")
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", max_width=WIDEST_CELL)
    for row in shown:
        table.add_row(*(escape(text(row[column])) for column in columns))
    return table


def _write(file: TextIO, columns: Sequence[str], rows: Iterable[tuple[BookName, Row]], form: Format) -> int:
    count, table = 0, csv.DictWriter(file, columns)
    if form == "csv":
        table.writeheader()
    for count, (book, row) in enumerate(rows, start=1):  # noqa: B007 - how many there were
        values = {"book": book} | {column: row[column] for column in columns[1:]}
        if form == "csv":
            table.writerow({column: _cell(value) for column, value in values.items()})
        else:
            file.write(json.dumps({column: text(value) for column, value in values.items()}, ensure_ascii=False) + "\n")
    return count


def _cell(value: object) -> str:
    shown = text(value)
    return f"'{shown}" if isinstance(value, str) and shown.startswith(FORMULA) else shown
