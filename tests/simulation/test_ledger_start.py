"""A whole worker that starts on a ledger which can't be written: it guards what is open, and goes on by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from support.broken_ledger import Broken, in_the_ledger, opened, told_and_heard
from support.disks import SmallDisk, held, read_only, small_disk
from support.hand import Hand
from support.servers import API_KEY, API_SECRET, Served
from support.telegram_bench import Bench
from support.trader import WITHIN, Trader, _parts, trading
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import SignalDecided
from tradepods_worker.adapters.ledger.sql import LEDGER
from tradepods_worker.bootstrap import taking
from tradepods_worker.bootstrap.taking import taken

CLOSE = CommandGiven(id="test/close", name="close", symbol="", by="test")
WRITABLE_JOURNAL = ["full disk", "held by another program", "read-only file"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Where the ledger is; the settings are elsewhere."""
    (tmp_path / "settings").mkdir()
    with small_disk(tmp_path / "state") as made:
        yield made


@contextmanager
def _files_read_only(file: Path) -> Iterator[None]:
    """The ledger and both journals."""
    with ExitStack() as opened:
        for one in (file, *file.parent.glob("*.journal")):
            opened.enter_context(read_only(one))
        yield


@pytest.fixture(params=[*WRITABLE_JOURNAL, "read-only files"])
def state(request: pytest.FixtureRequest, disk: SmallDisk) -> Iterator[Broken]:
    """All ways to find a ledger that can't be written."""
    file = disk.folder / LEDGER
    ways = {
        "full disk": disk.full,
        "held by another program": lambda: held(file),
        "read-only file": lambda: read_only(file),
        "read-only files": lambda: _files_read_only(file),
    }
    found = Broken(disk.folder, ways[request.param])
    yield found
    found.mends()


async def _closed(trader: Trader) -> None:
    trader.give(CLOSE)
    await trader.until(lambda: trader.flat() and not trader.book.positions and trader.quiet())


async def _left_without_a_stop(exchange: Served, state: Broken, folder: Path) -> None:
    """Bob is long, and no worker of his runs; then his ledger breaks."""
    async with trading(exchange, folder, kept_in=state.folder) as trader:
        await opened(trader)
    Hand(exchange).cancel("stop_market")
    state.breaks()


async def _refused(trader: Trader, strategy: str) -> None:
    """Another signal is decided, and leads to nothing."""
    known = len(trader.book.decided)
    trader.buy(strategy)
    await trader.until(lambda: len(trader.book.decided) == known + 1 and trader.quiet())


async def test_a_missing_stop_is_placed_and_nothing_is_opened(exchange: Served, state: Broken, tmp_path: Path) -> None:
    """A signal is refused by name; a close leaves. Once the ledger can be written, all of it is there."""
    folder = tmp_path / "settings"
    await _left_without_a_stop(exchange, state, folder)
    async with trading(exchange, folder, kept_in=state.folder) as trader:
        await trader.until(trader.protected)
        assert trader.desk.trouble
        await _refused(trader, "another")
        await _closed(trader)
        await _refused(trader, "late")
        assert trader.flat()
        state.mends()
        facts = await in_the_ledger(trader, state.folder)
        trader.buy("again")
        await trader.until(lambda: trader.protected() and trader.agrees())

    refused = [fact.refusal for fact in facts if isinstance(fact, SignalDecided)]
    assert refused[0] is None
    assert refused[1:] == ["LedgerDown", "LedgerDown"]


@pytest.mark.parametrize("state", WRITABLE_JOURNAL, indirect=True)
async def test_what_several_runs_could_not_write_is_all_there_in_the_end(
    exchange: Served, state: Broken, tmp_path: Path
) -> None:
    """Each reads what those before it have journalled, and adds to it; nothing is done or told of twice."""
    folder = tmp_path / "settings"
    await _left_without_a_stop(exchange, state, folder)
    async with trading(exchange, folder, kept_in=state.folder) as trader:
        await trader.until(lambda: trader.protected() and trader.agrees())
    async with trading(exchange, folder, kept_in=state.folder) as trader:
        await _closed(trader)
    async with trading(exchange, folder, kept_in=state.folder) as trader:
        await trader.until(trader.agrees)
        assert trader.flat()
        assert CLOSE.id in trader.book.commands
        state.mends()
        await in_the_ledger(trader, state.folder)
        known = trader.book
    async with trading(exchange, folder, kept_in=state.folder) as trader:
        await in_the_ledger(trader, state.folder)
        assert trader.book.commands == known.commands
        assert trader.book.wallet == known.wallet


@pytest.mark.parametrize("state", ["full disk", "read-only files"], indirect=True)
async def test_the_person_is_told_and_heard(exchange: Served, api: Bench, state: Broken, tmp_path: Path) -> None:
    """Once, past the ledger; `/close` by the bot goes on, and the end of it is told."""
    folder = tmp_path / "settings"
    bot = api.manifest(folder)
    async with trading(exchange, folder, kept_in=state.folder, **bot) as trader:
        await opened(trader)
    state.breaks()
    async with trading(exchange, folder, kept_in=state.folder, **bot) as trader:
        await told_and_heard(trader, api, state)


async def test_a_ledger_of_no_use_is_waited_for_and_told(
    exchange: Served, api: Bench, disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is nothing to guard by, not even a lock; with room for one the account is taken."""
    monkeypatch.setattr(taking, "WORTH_TELLING", 0.1)
    monkeypatch.setattr(taking, "LOOK_EVERY", 0.05)
    folder, broken = tmp_path / "settings", Broken(disk.folder, disk.read_only)
    parts = _parts(exchange, folder, api.manifest(folder), (API_KEY, API_SECRET), disk.folder)
    broken.breaks()
    waiting = asyncio.create_task(taken(parts, asyncio.Event()))
    await api.hears("THE LEDGER CAN'T BE USED")
    assert not waiting.done()
    broken.mends()
    async with asyncio.timeout(WITHIN):
        lease = await waiting
    said = await api.said("?bot=bob")
    await parts.ledger.close()

    assert lease is not None
    assert lease.epoch == 1
    assert len(said) == 1


async def test_a_worker_that_waits_ends_when_it_is_told_to(exchange: Served, disk: SmallDisk, tmp_path: Path) -> None:
    """Without a lease."""
    parts = _parts(exchange, tmp_path / "settings", {}, (API_KEY, API_SECRET), disk.folder)
    stop = asyncio.Event()
    with disk.read_only():
        waiting = asyncio.create_task(taken(parts, stop))
        stop.set()
        async with asyncio.timeout(WITHIN):
            assert await waiting is None
    await parts.ledger.close()
