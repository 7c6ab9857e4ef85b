"""A changed `paper.balance` in a whole worker: it waits for flat, and is neither profit nor loss."""

from decimal import Decimal
from pathlib import Path

from support.build import BTC
from support.servers import Served
from support.trader import rewrite, trading
from tradepods_core.book.events import CommandGiven

D = Decimal


async def test_a_smaller_balance_waits_until_flat_and_reaches_no_limit_of_losses(
    exchange: Served, tmp_path: Path
) -> None:
    """`SettingsApplied` says what it waits for; then the wallet is what the manifest says, and trading goes on."""
    limits = {"dryRun": True, "protections": {"maxDailyLossPct": 10, "maxDrawdownPct": 10}}
    async with trading(exchange, tmp_path, **limits) as trader:
        trader.buy()
        await trader.until(lambda: bool(trader.book.positions) and trader.quiet())
        rewrite(trader, tmp_path, **limits, paper={"balance": 5000})
        await trader.until(lambda: trader.condition("SettingsApplied").reason == "WaitsForFlat")
        await trader.move("100")
        waiting, held = trader.condition("SettingsApplied").message, trader.book.wallet
        trader.give(CommandGiven(id="telegram/1", name="close", symbol=BTC, by="Ann"))
        await trader.until(lambda: not trader.book.positions and not trader.book.orders and trader.quiet())
        await trader.move("100")
        await trader.until(lambda: trader.book.wallet == D(5000))

    assert waiting == "paper.balance: 5000 waits until nothing is open on paper"
    assert held is not None
    assert held > D(9_000)
    assert trader.condition("SettingsApplied").status == "True"
    assert trader.book.pause is None
