"""A person steers a whole worker: typed into the Bot API simulator, done on the exchange simulator."""

from pathlib import Path

from support.build import BTC
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import trading


async def test_a_person_pauses_and_resumes(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Paused, a signal opens nothing, and the person can ask why; resumed, the next one does."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        await api.type("/pause", bot="bob", user="Ann")
        await api.hears("/pause by Ann (Telegram 7): paused")
        trader.buy("first")
        await trader.until(trader.agrees)
        await api.type("/why BTC", bot="bob")
        await api.hears("refused, Paused")
        assert trader.flat()
        await api.type("/resume", bot="bob", user="Ann")
        await api.hears("/resume by Ann (Telegram 7): trading goes on")
        trader.buy("second")
        await trader.until(lambda: trader.protected() and trader.agrees())


async def test_a_person_closes_a_position(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """A pressed button closes at market, once; what was open and what came of it is told."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        await api.type("/positions", bot="bob")
        shown = await api.hears("1 open positions")
        await api.type("/close BTC", bot="bob", user="Ann")
        question = await api.hears("close at market?")
        button = question["buttons"][0][0]
        await api.press(question["message"], bot="bob", user="Ann", data=button["callback_data"])
        await trader.until(lambda: trader.flat() and trader.agrees())
        await api.hears("/close BTC/USDT:USDT by Ann (Telegram 7): closing 1 at market")
        await api.type("/trades", bot="bob")
        await api.hears("closed positions, newest first")

    assert f"long {BTC}" in shown["text"]
    assert "stop 97, take-profit 103" in shown["text"]
    assert button["text"].startswith("Close ")
    assert trader.customer.duplicates() == 0


async def test_a_restarted_worker_goes_on_where_it_was(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """What was typed while it was down is done, what was done before is not done again."""
    changes = api.manifest(tmp_path)
    async with trading(exchange, tmp_path, **changes) as trader:
        await api.type("/pause", bot="bob")
        await trader.until(lambda: trader.book.pause is not None)
    await api.type("/resume", bot="bob")
    async with trading(exchange, tmp_path, **changes) as trader:
        await trader.until(lambda: trader.book.pause is None)
        assert trader.book.commands == ("telegram/1", "telegram/2")


async def test_a_silent_bot_api_delays_no_trade(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Every call hangs: the position is opened and protected as ever."""
    await api.post("faults", bot="bob", method="", does="hold", lasts=60)
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        async with api.session.delete(f"{api.url}/admin/faults"):
            assert trader.customer.watch.longest_ms < 1_000
