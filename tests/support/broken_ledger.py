"""Bob's ledger where a test breaks and mends it, and what is to be in it once it can be written again."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from support.build import BTC
from support.telegram_bench import Bench
from support.trader import Trader
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, Filled
from tradepods_core.book.values import Book
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger


class Broken:
    """The state folder of an account whose ledger a test breaks and mends."""

    def __init__(self, folder: Path, breaking: Callable[[], Any]) -> None:
        self.folder = folder
        self._breaking = breaking
        self._broken = ExitStack()

    def breaks(self) -> None:
        """From now on the ledger takes nothing."""
        self._broken.enter_context(self._breaking())

    def mends(self) -> None:
        """Now it does again."""
        self._broken.close()


async def opened(trader: Trader) -> None:
    """Bob is long, and protected."""
    trader.buy()
    await trader.until(lambda: trader.protected() and trader.agrees())


async def _history(folder: Path) -> list[Fact]:
    ledger = SqlLedger(folder / LEDGER)
    found = list(await ledger.history("live"))
    await ledger.close()
    return found


async def in_the_ledger(trader: Trader, folder: Path) -> list[Fact]:
    """Everything is: the facts alone give the book, and every fill of the exchange is one of them."""
    await trader.until(lambda: not trader.desk.trouble and trader.agrees())
    facts = await _history(folder)
    assert apply(Book(), facts) == trader.book
    fills = {(fact.leg.symbol, fact.trade) for fact in facts if isinstance(fact, Filled)}
    assert fills == {(trade.order.symbol, str(trade.trade)) for trade in trader.customer.trades}
    assert trader.customer.duplicates() == 0
    return facts


async def told_and_heard(trader: Trader, api: Bench, state: Broken) -> None:
    """The person is told once that the ledger is down, closes by the bot meanwhile, and is told of the end of it."""
    await api.hears("THE LEDGER CAN'T BE WRITTEN")
    await api.type("/status", bot="bob", user="Ann")
    await api.hears("last trouble: the ledger")
    await api.type("/close BTC", bot="bob", user="Ann")
    question = await api.hears("close at market?")
    data = question["buttons"][0][0]["callback_data"]
    await api.press(question["message"], bot="bob", user="Ann", data=data)
    await trader.until(trader.flat)
    state.mends()
    await api.hears("the ledger can be written again")
    await api.hears(f"closed long {BTC}")
    await in_the_ledger(trader, state.folder)
    said = [one["text"] for one in await api.said("?bot=bob") if "THE LEDGER" in one["text"]]
    assert len(said) == 1
