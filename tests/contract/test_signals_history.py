"""The history port: the same cases in memory, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from support.build import FIVE, NOON, cycle, signal
from support.postgres import PASSWORD
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.portfolio import Environment, Totals
from tradepods_core.wire.published import Halt, Switched
from tradepods_core.wire.universe import KeptUniverse
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.adapters.history_sql import FILE, SqlHistory, sqlite_url
from tradepods_signals.engine.filing import filed
from tradepods_signals.ports.history import FiledCycle, History

Again = Callable[[], History]
WINDOW = timedelta(hours=1)
SWITCHED = Switched(why="loses", who="eve", at=NOON)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def again(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Again]:
    """Opens the same history as often as it is called, as restarts do."""
    memory = MemoryHistory(store="first", window=WINDOW)
    url = sqlite_url(tmp_path)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").database()
    async with AsyncExitStack() as closing:
        names = iter(("first", "second", "third"))

        def make() -> History:
            if request.param == "memory":
                return memory
            history = SqlHistory(url, store=next(names), window=WINDOW)
            closing.push_async_callback(history.close)
            return history

        yield make


def _filed(number: int, *, revision: int = 1, timeframe: str = "5m", minutes: int | None = None) -> FiledCycle:
    close = NOON + timedelta(minutes=5 * number if minutes is None else minutes)
    changes = {} if timeframe == "5m" else {"timeframe": timeframe, "id": f"{timeframe}@then"}
    return filed(cycle(signal(close=close), close=close, revision=revision, **changes), number=number)


def _numbers(cycles: object) -> list[int]:
    return [one.number for one in cycles]  # type: ignore[attr-defined]  # sequences of filed cycles


async def test_a_new_history_is_empty(again: Again) -> None:
    """Nothing was published, nobody has halted anything."""
    kept = await again().open()

    assert (kept.store, kept.oldest, list(kept.recent), list(kept.newest)) == ("first", 0, [], [])
    assert (kept.halt, dict(kept.switched), list(kept.totals)) == (Halt(), {}, [])


async def test_what_was_added_is_there_after_a_restart(again: Again) -> None:
    """Every byte of it, in order, under the name that the history was given first."""
    history = again()
    await history.open()
    cycles = [_filed(1), _filed(2), _filed(3, timeframe="1h", minutes=10)]
    assert await history.add(cycles[:2]) == 1
    assert await history.add(cycles[2:]) == 1
    kept = await again().open()

    assert kept.store == "first"
    assert list(kept.recent) == cycles
    assert {str(one.timeframe): one.number for one in kept.newest} == {"5m": 2, "1h": 3}
    assert kept.oldest == 1


async def test_what_is_there_already_is_not_added_again(again: Again) -> None:
    """A write whose answer never came is simply repeated."""
    history = again()
    await history.open()
    await history.add([_filed(1), _filed(2)])
    await history.add([_filed(2), _filed(3)])

    assert _numbers((await history.open()).recent) == [1, 2, 3]


async def test_what_is_too_old_is_let_go_of(again: Again) -> None:
    """By market time, measured from the newest; what is left has no hole."""
    history = again()
    await history.open()
    oldest = [await history.add([_filed(number)]) for number in range(1, 16)]

    assert oldest == [1] * 13 + [2, 3]
    assert _numbers(await history.after(0, limit=100)) == list(range(3, 16))
    assert await history.find(_filed(1).cycle_id) is None


async def test_a_hole_ends_what_can_be_resumed_from(again: Again) -> None:
    """Where cycles were lost for good, what stands before them is of no use to a reader."""
    history = again()
    await history.open()
    await history.add([_filed(1), _filed(2)])

    assert await history.add([_filed(5)]) == 5
    assert _numbers((await history.open()).recent) == [5]


async def test_a_cycle_is_found_by_its_id(again: Again) -> None:
    """Its latest revision."""
    history = again()
    await history.open()
    await history.add([_filed(1), _filed(2), _filed(3, revision=2, minutes=5)])
    found = await history.find(_filed(1).cycle_id)

    assert found == _filed(3, revision=2, minutes=5)
    assert await history.find("5m@2030-01-01T00:00:00Z") is None


@pytest.mark.parametrize(("after", "limit", "expected"), [(0, 9, [1, 2, 3]), (1, 1, [2]), (3, 9, []), (9, 9, [])])
async def test_cycles_are_read_after_a_number(again: Again, after: int, limit: int, expected: list[int]) -> None:
    """Oldest first, so many at most."""
    history = again()
    await history.open()
    await history.add([_filed(number) for number in (1, 2, 3)])

    assert _numbers(await history.after(after, limit=limit)) == expected


async def test_the_last_halt_holds(again: Again) -> None:
    """Until somebody resumes; then it is known who."""
    history = again()
    await history.open()
    await history.halt(Halt(why="odd", who="eve", at=NOON))
    assert (await again().open()).halt == Halt(why="odd", who="eve", at=NOON)

    await history.halt(Halt(who="max", at=NOON))
    assert (await again().open()).halt == Halt(who="max", at=NOON)


async def test_the_last_switch_of_each_strategy_holds(again: Again) -> None:
    """One is enabled again, the other is not."""
    history = again()
    await history.open()
    for key in ("default.a", "default.b"):
        await history.switch(key, SWITCHED, who="eve", why="loses", at=NOON)
    await history.switch("default.a", None, who="max", why="mended", at=NOON)

    assert dict((await again().open()).switched) == {"default.b": SWITCHED}


def _totals(environment: Environment, fall: int) -> Totals:
    amounts = dict.fromkeys(("equity", "realized_pnl", "unrealized_pnl", "fees", "funding"), Decimal(fall))
    return Totals(
        environment=environment,
        accounts=1,
        silent=0,
        positions=0,
        exposure=Decimal(0),
        net_exposure=Decimal(0),
        max_drawdown=Decimal(fall),
        **amounts,
    )


async def test_how_the_fleet_stood_last_is_known(again: Again) -> None:
    """Of each environment, and writing the same moment twice is no trouble."""
    history = again()
    await history.open()
    await history.totals(NOON, [_totals("live", 1)])
    for at in (NOON + FIVE.length, NOON + FIVE.length):
        await history.totals(at, [_totals("live", 2), _totals("paper", 3)])
    found = (await again().open()).totals

    assert {one.environment: one for one in found} == {"live": _totals("live", 2), "paper": _totals("paper", 3)}


async def test_a_history_of_another_release_is_left_alone(tmp_path: Path) -> None:
    """It says what it is, instead of being misread."""
    history = SqlHistory(sqlite_url(tmp_path), store="s", window=WINDOW)
    await history.open()
    with history._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE signals_about SET value = '99' WHERE name = 'schema'")
    with pytest.raises(Permanent, match="the history is of schema 99, this release knows 1"):
        await history.open()
    await history.close()


@pytest.mark.parametrize("url", [f"postgresql://u:{PASSWORD}@127.0.0.1:1/x", f"nothing://u:{PASSWORD}@h/x", PASSWORD])
async def test_a_url_that_leads_nowhere_is_named_without_its_password(url: str) -> None:
    """Neither in the message nor in what caused it."""
    with pytest.raises((Permanent, Temporary)) as caught:
        await SqlHistory(url, store="s", window=WINDOW).open()

    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_file_that_is_no_history_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written over it."""
    (tmp_path / FILE).write_bytes(b"a diary" * 1000)
    history = SqlHistory(sqlite_url(tmp_path), store="s", window=WINDOW)
    with pytest.raises(Permanent, match="is no history of ours"):
        await history.open()
    await history.close()

    assert (tmp_path / FILE).read_bytes() == b"a diary" * 1000


async def test_the_symbols_in_force_outlive_a_restart_the_last_ones_count(again: Again) -> None:
    """A new history knows of none."""
    history = again()
    first = (await history.open()).universe
    for symbols in (("A/USDT:USDT",), ("B/USDT:USDT", "C/USDT:USDT")):
        await history.universe(KeptUniverse(top={5: symbols}, covered={"default.a": symbols}))
    found = (await again().open()).universe

    assert first == KeptUniverse()
    assert found == KeptUniverse(top={5: symbols}, covered={"default.a": symbols})
