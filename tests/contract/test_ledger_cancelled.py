"""Whoever is cancelled while a transaction runs: it ends first, so that nothing is committed behind its back."""

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from support.build import WALL
from tradepods_worker.adapters.ledger import schema
from tradepods_worker.adapters.ledger.sqlite import SqliteStore

WITHIN = 5.0  # seconds
A_MOMENT = 0.05  # seconds: long enough for one who does not wait to be gone


async def test_a_taking_that_is_cancelled_has_ended_before_its_caller_goes(tmp_path: Path) -> None:
    """However often it is told to: only then may its lock on the account be given to another."""
    begun, ends = threading.Event(), threading.Event()

    def slowly(connection: sa.Connection) -> None:
        schema.prepare(connection)
        begun.set()
        ends.wait(WITHIN)

    store = SqliteStore(tmp_path / "ledger.db")
    take = partial(store.take, holder="test", place=None, now=WALL)
    taking = asyncio.create_task(take(slowly))
    assert await asyncio.to_thread(begun.wait, WITHIN)
    for _ in range(2):
        taking.cancel()
        await asyncio.wait({taking}, timeout=A_MOMENT)
        assert not taking.done()
    ends.set()
    with pytest.raises(asyncio.CancelledError):
        await taking
    lease = await take(schema.prepare)
    await store.close(lease)

    assert lease.epoch == 2
