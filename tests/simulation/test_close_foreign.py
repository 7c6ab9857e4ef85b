"""A whole worker whose ledger is lost or whose account is traded by hand: closed by Telegram, as a person asks."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from support.build import BTC
from support.hand import Hand
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import Trader, trading
from tradepods_core.book.facts import CommandTaken, PositionClosed
from tradepods_worker.adapters.ledger.sql import LEDGER

D = Decimal


def _read(trader: Trader) -> bool:
    """Whether this run itself has seen what its ledger doubts, which outlives a run."""
    return bool(trader.book.doubts) and trader.sight.reading is not None


async def _asked(trader: Trader, api: Bench, *, after: int = 0) -> dict[str, Any]:
    """The question, newer than that message, with its button."""
    await trader.until(lambda: _read(trader))
    await api.type("/close BTC", bot="bob", user="Ann")
    while True:
        question = await api.hears("NOT OURS BY THIS LEDGER, closed as well")
        if question["message"] > after:
            return question


async def _press(api: Bench, question: dict[str, Any]) -> None:
    data = question["buttons"][0][0]["callback_data"]
    await api.press(question["message"], bot="bob", user="Ann", data=data)


async def _lost(exchange: Served, folder: Path) -> Decimal:
    """Bob is long and protected, and his worker is gone, with its ledger; how much he holds."""
    async with trading(exchange, folder) as trader:
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
        held = trader.customer.paper.held(BTC)
    for file in folder.glob(f"{LEDGER}*"):
        file.unlink()
    return held


async def test_a_lost_position_is_closed_by_its_owner_with_a_nervous_thumb(
    exchange: Served, api: Bench, tmp_path: Path
) -> None:
    """The exchange's quantity, once; its old stop and take-profit are cancelled, and the ledger tells who closed it."""
    held = await _lost(exchange, tmp_path)
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        question = await _asked(trader, api)
        for _ in range(2):
            await _press(api, question)
        await trader.until(lambda: trader.flat() and trader.agrees())
        await api.hears("/close BTC/USDT:USDT by Ann (Telegram 7): closing 1 at market")
        await api.hears(f"closed long {BTC}: closed at market")
        facts = await trader.facts()

    closed = [(fact.by, fact.quantity) for fact in facts if isinstance(fact, PositionClosed)]
    assert f"long {BTC}: {held}, " in question["text"]
    assert closed == [("close", held)]
    assert len([fact for fact in facts if isinstance(fact, CommandTaken)]) == 1
    assert trader.customer.duplicates() == 0


async def test_a_question_of_before_a_restart_closes_nothing(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """The person is asked to ask again, and then it is closed."""
    held = await _lost(exchange, tmp_path)
    changes = api.manifest(tmp_path)
    async with trading(exchange, tmp_path, **changes) as trader:
        question = await _asked(trader, api)
    await _press(api, question)
    async with trading(exchange, tmp_path, **changes) as trader:
        await trader.until(lambda: _read(trader))
        await api.type("/why BTC", bot="bob")
        await api.hears("closes what the ledger does not know; `tradepods account adopt` takes it in")
        assert Hand(exchange).held() == held
        again = await _asked(trader, api, after=question["message"])
        await _press(api, again)
        await trader.until(lambda: trader.flat() and trader.agrees())


async def test_what_a_hand_holds_in_either_direction_is_closed_and_never_turned(
    exchange: Served, api: Bench, tmp_path: Path
) -> None:
    """By the quantity of the moment of the press: the hand has bought back a part of its short meanwhile."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        Hand(exchange).trade(D("-2"))
        question = await _asked(trader, api)
        Hand(exchange).trade(D("0.5"))
        await _press(api, question)
        await trader.until(lambda: trader.flat() and trader.agrees())
        facts = await trader.facts()

    assert f"short {BTC}: 2, " in question["text"]
    assert [fact.quantity for fact in facts if isinstance(fact, PositionClosed)] == [D("1.5")]
