"""What changes at the exchange, and keeps an account from opening: told, shown, and over once it is set right."""

from pathlib import Path
from typing import Any

import pytest

from support.build import BTC
from support.sdk import judge
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import Trader, trading
from tradepods_worker.tasks import markets, troubles


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker looks twenty times a second, and learns its markets as often."""
    monkeypatch.setattr(troubles, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(markets, "EVERY", 0.05)


async def test_multi_assets_mode_is_told_and_shown(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Every entry is refused: neither /status nor a condition may look as if all were well."""
    person = judge(exchange.url)
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        await person("change_multi_assets_mode", multi_assets_margin="true")
        told = await api.hears("multi-assets mode: set it to single-asset")
        await api.type("/status", bot="bob")
        await api.hears("UnsupportedAccountMode: the account is in multi-assets mode")
        halted = trader.condition("TradingHalted")
        trader.buy()
        await trader.until(lambda: trader.tally().refusals.get("UnsupportedAccountMode") == 1)
        await person("change_multi_assets_mode", multi_assets_margin="false")
        await api.hears("over: the account is in a mode that is not supported")

        assert "Nothing is opened meanwhile; what is open stays protected." in told["text"]
        assert (halted.status, halted.reason) == ("True", "UnsupportedAccountMode")
        assert trader.condition("TradingHalted").status == "False"
        trader.buy("second")
        await trader.until(lambda: trader.protected() and trader.agrees())


@pytest.mark.parametrize("dry", [False, True])
async def test_a_held_symbol_that_becomes_close_only_is_told(
    exchange: Served, api: Bench, tmp_path: Path, *, dry: bool
) -> None:
    """Once, with what to do; and that it is over. What is open stays protected, and trading is not halted by it."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path), dryRun=dry) as trader:
        trader.buy()
        await trader.until(lambda: bool(trader.book.positions) and trader.quiet())
        _list(trader, "SETTLING")
        told = await api.hears(f"{BTC} can only be closed")
        assert trader.condition("TradingHalted").status == "False"
        assert "CloseOnly" in trader.book.troubles
        _list(trader, "TRADING")
        await api.hears("over: nothing that is held is close-only any more")

        assert "what is open stays protected" in told["text"]
        assert trader.book.positions
        assert len([one for one in await api.said("?bot=bob") if "can only be closed" in one["text"]]) == 1


def _list(trader: Trader, status: Any) -> None:
    """The exchange lists the symbol so; the service tells of it."""
    market: Any = trader.served.exchange.market
    market.set_status(BTC, status)
    feed: Any = trader._worker.account._parts.feed
    feed._markets = market.markets
