"""A whole worker whose ledger can't be written: a disk that is full, a file that another program holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.broken_ledger import Broken, in_the_ledger, opened, told_and_heard
from support.disks import held, small_disk
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import Trader, trading
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import SignalDecided
from tradepods_worker.adapters.ledger.sql import LEDGER

TRIES = 2_000  # commands: more than what is left of a nearly full disk's last blocks takes


@pytest.fixture(params=["full disk", "held by another program"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broken]:
    """Both ways to lose a ledger under way."""
    with small_disk(tmp_path / "state") as disk:
        full = request.param == "full disk"
        found = Broken(disk.folder, disk.full if full else lambda: held(disk.folder / LEDGER))
        yield found
        found.mends()


async def _down(trader: Trader) -> None:
    """Until the worker has noticed: a nearly full disk may take a few more commits."""
    for number in range(TRIES):
        if trader.desk.trouble:
            return
        trader.give(CommandGiven(id=f"test/{number}", name="pause" if number % 2 else "resume", symbol="", by="test"))
        await trader.until(lambda number=number: f"test/{number}" in trader.book.commands)  # type: ignore[misc]
    raise AssertionError("the ledger takes everything")


async def test_what_is_open_is_managed_and_nothing_is_opened(exchange: Served, state: Broken) -> None:
    """A stop is moved, new before old; a signal is refused by name; a close leaves. Then all of it is in the ledger."""
    even = {"breakEven": {"triggerPct": 1, "offsetPct": 0.2}}
    async with trading(exchange, state.folder, **even) as trader:
        await opened(trader)
        state.breaks()
        await _down(trader)
        await trader.move("102")
        await trader.until(lambda: trader.protected() and trader.stops()[0] > 100)
        trader.buy("another")
        trader.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
        await trader.until(trader.flat)
        trader.buy("late")
        await trader.until(lambda: len(trader.book.decided) == 3)
        assert trader.flat()
        assert trader.desk.trouble
        state.mends()
        facts = await in_the_ledger(trader, state.folder)

    refused = [fact.refusal for fact in facts if isinstance(fact, SignalDecided)]
    assert refused[0] is None
    assert refused[-1] == "LedgerDown"


async def test_a_stop_that_is_hit_meanwhile_is_booked(exchange: Served, state: Broken) -> None:
    """The exchange closes the position; what rests of it is cancelled, and the ledger hears of it in the end."""
    async with trading(exchange, state.folder) as trader:
        await opened(trader)
        state.breaks()
        await _down(trader)
        await trader.move("96")
        await trader.until(lambda: trader.flat() and not trader.book.positions)
        state.mends()
        await in_the_ledger(trader, state.folder)


async def test_a_worker_that_is_killed_meanwhile_forgets_nothing(exchange: Served, state: Broken) -> None:
    """What it could not commit is in the journal; its successor reads that before anything else."""
    async with trading(exchange, state.folder) as trader:
        await opened(trader)
        state.breaks()
        await _down(trader)
        trader.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
        await trader.until(trader.flat)
        await trader.until(lambda: not trader.book.positions)
        known = trader.book.commands
    state.mends()
    async with trading(exchange, state.folder) as trader:
        await in_the_ledger(trader, state.folder)
        assert trader.book.commands == known
        assert trader.flat()


async def test_what_reduces_leaves_even_where_no_journal_can_be_written(exchange: Served, state: Broken) -> None:
    """Killed then, the next worker finds by a reading of the account what it was never told."""
    for name in ("live", "paper"):
        (state.folder / f"{LEDGER}.{name}.journal").mkdir()
    async with trading(exchange, state.folder) as trader:
        await opened(trader)
        state.breaks()
        await _down(trader)
        trader.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
        await trader.until(trader.flat)
    state.mends()
    async with trading(exchange, state.folder) as trader:
        await trader.until(trader.agrees)
        assert trader.flat()
        assert not trader.book.positions


async def test_the_person_is_told_while_it_lasts_and_when_it_is_over(
    exchange: Served, api: Bench, state: Broken
) -> None:
    """Past the ledger, once; and `/close` by the bot goes on."""
    async with trading(exchange, state.folder, **api.manifest(state.folder)) as trader:
        await opened(trader)
        state.breaks()
        await _down(trader)
        await told_and_heard(trader, api, state)
