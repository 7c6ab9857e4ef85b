"""What a fleet asks of the exchange: as much with one account as with three."""

from pathlib import Path

from support.demand import TOP, demand


async def test_more_accounts_ask_the_exchange_for_no_more_market_data_and_trade_the_most_traded_symbols(
    tmp_path: Path,
) -> None:
    """Candles, markets and volumes are read once for all; each account enters what the strategy's ranks say."""
    one = await demand(tmp_path / "one", workers=1)
    three = await demand(tmp_path / "three", workers=2, readers=1)

    assert one.asked == three.asked
    assert one.asked.keys() == {"GET /fapi/v1/klines", "GET /fapi/v1/exchangeInfo", "GET /fapi/v1/ticker/24hr"}
    assert one.asked["GET /fapi/v1/exchangeInfo"] == one.asked["GET /fapi/v1/ticker/24hr"] == 1
    assert one.entries >= TOP
    assert three.entries == 2 * one.entries
