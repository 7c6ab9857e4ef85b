"""The history in SQLAlchemy Core, on a thread of its own: SQLite in a folder, or PostgreSQL by its URL."""

import asyncio
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.times import Timeframe, from_ms, to_ms
from tradepods_core.wire.portfolio import Totals
from tradepods_core.wire.published import Halt, Switched
from tradepods_core.wire.universe import KeptUniverse
from tradepods_signals.adapters.history_tables import SCHEMA, about, cycles, halts, metadata, switches, totals
from tradepods_signals.ports.history import FiledCycle, Kept

FILE = "signals.db"  # its name in the folder
TOTALS_KEPT = timedelta(days=90)
UNIVERSE = "universe"  # the row about the symbols in force
FASTEST = 1  # zlib's level: a cycle of 200 symbols in 2 ms
Given = ParamSpec("Given")
Result = TypeVar("Result")


def sqlite_url(folder: Path) -> str:
    """The URL of the file in a folder, which is there now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{folder / FILE}"


class SqlHistory:
    """Keeps cycles of a window of market time.

    Args:
        url: of the database; a password in it never reaches a message.
        store: the name that a new history is given.
        recent: how many of the latest cycles a start reads.

    """

    def __init__(self, url: str, *, store: str, window: timedelta, recent: int = 512) -> None:
        self._store, self._window, self._recent = store, window, recent
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        try:
            self._engine = sa.create_engine(
                url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True
            )
        except (ArgumentError, ModuleNotFoundError, ValueError):
            raise Permanent("the history's URL can't be read: write postgresql://user:password@host/name") from None
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _durable)

    async def open(self) -> Kept:
        """All that a start needs; the tables are made where there are none."""
        return await self._run(_open, store=self._store, recent=self._recent)

    async def add(self, cycles: Sequence[FiledCycle]) -> int:
        """Keep cycles, all or none; what is there already stays as it is."""
        return await self._run(_add, new=cycles, window=self._window)

    async def find(self, cycle_id: str) -> FiledCycle | None:
        """The latest of this id."""
        return await self._run(_find, cycle_id=cycle_id)

    async def after(self, number: int, *, limit: int) -> Sequence[FiledCycle]:
        """The next ones."""
        return await self._run(_after, number=number, limit=limit)

    async def halt(self, halt: Halt) -> None:
        """Trading is halted, or no longer."""
        await self._run(_insert, into=halts, rows=[{"body": halt.model_dump_json()}])

    async def switch(self, key: str, switched: Switched | None, *, who: str, why: str, at: datetime) -> None:
        """A strategy is disabled, or no longer; both are kept."""
        body = (switched or Switched(why=why, who=who, at=at)).model_dump_json()
        row = {"strategy": key, "disabled": switched is not None, "body": body}
        await self._run(_insert, into=switches, rows=[row])

    async def universe(self, universe: KeptUniverse) -> None:
        """These symbols are in force: there is one row of them."""
        await self._run(_note, name=UNIVERSE, value=universe.model_dump_json())

    async def totals(self, at: datetime, totals: Sequence[Totals]) -> None:
        """How the fleet stands at this moment."""
        await self._run(_totals, at_ms=to_ms(at), found=totals)

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)

    async def _run(
        self, work: Callable[Concatenate[sa.Connection, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        def transaction() -> Result:
            with self._engine.begin() as connection:
                return work(connection, *args, **kwargs)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)
        except DatabaseError as error:
            if not isinstance(error, OperationalError) and "not a database" in str(error.orig):
                raise Permanent(f"{FILE} is no history of ours: it is not a database") from None
            raise Temporary(f"the history can't be used now: {type(error.orig).__name__}") from None
        except SQLAlchemyError as error:  # its text may quote the URL, or what was to be written
            raise Temporary(f"the history can't be used now: {type(error).__name__}") from None


def _durable(connection: Any, _record: object) -> None:
    """A commit is on the disk before it returns; readers disturb no writer."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _open(connection: sa.Connection, *, store: str, recent: int) -> Kept:
    metadata.create_all(connection)
    known = {row.name: row.value for row in connection.execute(sa.select(about))}
    if not known:
        known = {"schema": SCHEMA, "store": store}
        connection.execute(sa.insert(about), [{"name": name, "value": value} for name, value in known.items()])
    if known.get("schema") != SCHEMA:
        raise Permanent(f"the history is of schema {known.get('schema')}, this release knows {SCHEMA}")
    last = sa.select(sa.func.max(cycles.c.number)).group_by(cycles.c.timeframe)
    latest = connection.execute(sa.select(cycles).order_by(cycles.c.number.desc()).limit(recent)).all()
    return Kept(
        store=known["store"],
        oldest=_oldest(connection),
        recent=[_filed(row) for row in reversed(latest)],
        newest=[_filed(row) for row in connection.execute(sa.select(cycles).where(cycles.c.number.in_(last)))],
        halt=_halt(connection),
        switched=_switched(connection),
        totals=_last_totals(connection),
        universe=KeptUniverse.model_validate_json(known.get(UNIVERSE, "{}")),
    )


def _add(connection: sa.Connection, *, new: Sequence[FiledCycle], window: timedelta) -> int:
    top = connection.execute(sa.select(sa.func.max(cycles.c.number))).scalar() or 0
    rows = [_row(cycle) for cycle in new if cycle.number > top]
    if rows:
        if rows[0]["number"] > top + 1:  # some were lost: what stands before the hole can't be resumed from
            connection.execute(sa.delete(cycles))
        connection.execute(sa.insert(cycles), rows)
        old = sa.select(sa.func.max(cycles.c.number)).where(cycles.c.close_ms < to_ms(new[-1].close - window))
        number = connection.execute(old).scalar()
        if number is not None:
            connection.execute(sa.delete(cycles).where(cycles.c.number <= min(number, rows[-1]["number"] - 1)))
    return _oldest(connection)


def _find(connection: sa.Connection, *, cycle_id: str) -> FiledCycle | None:
    query = sa.select(cycles).where(cycles.c.cycle_id == cycle_id).order_by(cycles.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _filed(row)


def _after(connection: sa.Connection, *, number: int, limit: int) -> Sequence[FiledCycle]:
    query = sa.select(cycles).where(cycles.c.number > number).order_by(cycles.c.number).limit(limit)
    return [_filed(row) for row in connection.execute(query)]


def _insert(connection: sa.Connection, *, into: sa.Table, rows: list[dict[str, Any]]) -> None:
    connection.execute(sa.insert(into), rows)


def _note(connection: sa.Connection, *, name: str, value: str) -> None:
    connection.execute(sa.delete(about).where(about.c.name == name))
    connection.execute(sa.insert(about), [{"name": name, "value": value}])


def _totals(connection: sa.Connection, *, at_ms: int, found: Sequence[Totals]) -> None:
    connection.execute(sa.delete(totals).where(totals.c.at_ms < at_ms - TOTALS_KEPT // timedelta(milliseconds=1)))
    connection.execute(sa.delete(totals).where(totals.c.at_ms == at_ms))
    rows = [{"at_ms": at_ms, "environment": one.environment, "body": one.model_dump_json()} for one in found]
    if rows:
        connection.execute(sa.insert(totals), rows)


def _oldest(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.min(cycles.c.number))).scalar() or 0


def _halt(connection: sa.Connection) -> Halt:
    body = connection.execute(sa.select(halts.c.body).order_by(halts.c.number.desc()).limit(1)).scalar()
    return Halt() if body is None else Halt.model_validate_json(body)


def _switched(connection: sa.Connection) -> dict[str, Switched]:
    last = sa.select(sa.func.max(switches.c.number)).group_by(switches.c.strategy)
    rows = connection.execute(sa.select(switches).where(switches.c.number.in_(last), switches.c.disabled))
    return {row.strategy: Switched.model_validate_json(row.body) for row in rows}


def _last_totals(connection: sa.Connection) -> list[Totals]:
    """The latest of each environment: one that nobody trades in now keeps its past."""
    latest = sa.select(totals.c.environment, sa.func.max(totals.c.at_ms)).group_by(totals.c.environment)
    pair = sa.tuple_(totals.c.environment, totals.c.at_ms)
    rows = connection.execute(sa.select(totals.c.body).where(pair.in_(latest)))
    return [Totals.model_validate_json(row.body) for row in rows]


def _row(cycle: FiledCycle) -> dict[str, Any]:
    return {
        "number": cycle.number,
        "cycle_id": cycle.cycle_id,
        "revision": cycle.revision,
        "timeframe": str(cycle.timeframe),
        "close_ms": to_ms(cycle.close),
        "body": zlib.compress(cycle.body, FASTEST),
    }


def _filed(row: Any) -> FiledCycle:
    return FiledCycle(
        number=row.number,
        cycle_id=row.cycle_id,
        revision=row.revision,
        timeframe=Timeframe.parse(row.timeframe),
        close=from_ms(row.close_ms),
        body=zlib.decompress(row.body),
    )
