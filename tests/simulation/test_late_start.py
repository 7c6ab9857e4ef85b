"""A worker whose start has to wait: the person hears of it all the same."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from support.servers import API_KEY, API_SECRET, Served
from support.telegram_bench import ANN, TOKENS, Bench, bench
from support.trader import OWNER, WITHIN, _parts, trading
from tradepods_worker.bootstrap import serve
from tradepods_worker.bootstrap.parts import Parts
from tradepods_worker.bootstrap.serve import Worker
from tradepods_worker.tasks import outages

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A Bot API with bob's bot; whatever is told after a minute is told soon."""
    monkeypatch.setattr(serve, "SPEAKS_AFTER", 0.05)
    monkeypatch.setattr(outages, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(outages, "WORTH_TELLING", timedelta(seconds=0.1))
    async with bench() as made:
        yield made


@asynccontextmanager
async def beginning(parts: Parts) -> AsyncIterator[None]:
    """A worker that begins, until the test has seen enough."""
    lease = await parts.ledger.acquire(owner=OWNER, holder="test", now=parts.wall.now())
    async with asyncio.TaskGroup() as group:
        worker = Worker(parts, lease, group)
        begun = group.create_task(worker.begin())
        try:
            yield
        finally:
            begun.cancel()
            await worker._closing.aclose()
            await worker.account.close()
            _end(group)
    await parts.ledger.close()


def _end(group: asyncio.TaskGroup) -> None:
    for task in group._tasks:  # all of them, whatever they wait for
        task.cancel()


async def test_an_exchange_that_is_away_at_the_start_is_told(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Before anything could be read, and though no command is heard yet."""
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "botToken").write_text(TOKENS["bob"])
    bot = {"secretRef": {"name": "bot"}, "chatIds": [str(ANN)], "apiUrl": api.url}
    away = {"exchange": {"environment": "custom", "url": NOBODY}, "telegram": bot}
    async with beginning(_parts(exchange, tmp_path, away, (API_KEY, API_SECRET))):
        said = await _first(api)

    assert said.startswith("[bob] THE EXCHANGE DOES NOT ANSWER for a minute: ")
    assert API_SECRET not in said


async def _first(api: Bench) -> str:
    """The bot's first message."""
    async with asyncio.timeout(WITHIN):
        while not (said := await api.said("?bot=bob")):
            await asyncio.sleep(0.01)
    return str(said[0]["text"])


async def test_what_a_start_has_made_is_left_out_of_every_later_search_for_garbage(
    exchange: Served, tmp_path: Path
) -> None:
    """Else a search of some 30 ms falls into some cycle, between a signal and its order."""
    gc.unfreeze()
    try:
        async with trading(exchange, tmp_path):
            kept = gc.get_freeze_count()
    finally:
        gc.unfreeze()

    assert kept > len(sys.modules), "all that was imported, and more"
