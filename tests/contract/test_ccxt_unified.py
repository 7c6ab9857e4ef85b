"""The simulator judged by ccxt's unified methods: the market, the account, and how it is set."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from support.ccxt_client import unified
from support.servers import START_MS, Served, serving
from tradepods_core.paper.quotes import Depth
from tradepods_simulator.exchange.limits import Limits

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
MINUTE_MS, DAY_MS = 60_000, 86_400_000
RATE = Decimal("0.0001")


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A market that has stood for two hours at 100, with a book around it and one settlement of funding behind it."""
    funding = {"BTCUSDT": {START_MS + 3_600_000: RATE}}
    async with serving(depth=Depth(), funding=funding) as found:
        found.exchange.market.go_to(2 * 60 * 4)
        yield found


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Any]:
    """An ordinary person's ccxt."""
    async with unified(served.url) as found:
        yield found


async def test_the_markets_are_what_ccxt_expects_of_the_venue(client: Any) -> None:
    """Linear perpetual futures with their steps and limits, and its clock."""
    market = client.market(BTC)

    assert set(client.symbols) == {BTC, ETH}
    assert (market["swap"], market["linear"], market["settle"], market["active"]) == (True, True, "USDT", True)
    assert market["precision"] == {"amount": 0.001, "price": 0.1, "base": 1e-8, "quote": 1e-8}
    assert market["limits"]["cost"]["min"] == 5
    assert abs(await client.fetch_time() - client.milliseconds()) < 5_000


async def test_candles_are_asked_for_from_until_and_how_many(client: Any, served: Served) -> None:
    """The latest without a word, and exactly those of a span; the last one is still forming."""
    now = served.exchange.market.now_ms
    latest = await client.fetch_ohlcv(BTC, "1m", None, 3)
    first = await client.fetch_ohlcv(BTC, "1m", START_MS, 3)
    span = await client.fetch_ohlcv(BTC, "1m", START_MS, 100, {"until": START_MS + 2 * MINUTE_MS})
    before = await client.fetch_ohlcv(BTC, "5m", None, 2, {"until": START_MS + 30 * MINUTE_MS})

    assert [row[0] for row in latest] == [now - 2 * MINUTE_MS, now - MINUTE_MS, now]
    assert [row[0] for row in first] == [START_MS + i * MINUTE_MS for i in range(3)]
    assert [row[0] for row in span] == [START_MS + i * MINUTE_MS for i in range(3)]
    assert [row[0] for row in before] == [START_MS + i * MINUTE_MS for i in (25, 30)]
    assert latest[0][1:5] == [100, 100, 100, 100]


async def test_prices_books_and_trades(client: Any) -> None:
    """Of one symbol and of all; a book has one level a price, best first."""
    ticker, tickers = await client.fetch_ticker(BTC), await client.fetch_tickers()
    book = await client.fetch_order_book(BTC, 20)
    best = await client.fetch_bids_asks()
    trades = await client.fetch_trades(BTC, None, 5)
    later = await client.fetch_trades(BTC, START_MS + MINUTE_MS, 2)
    marks = await client.fetch_mark_prices()

    assert (ticker["last"], set(tickers), marks[BTC]["markPrice"]) == (100, {BTC, ETH}, 100)
    for side, sign in (("bids", -1), ("asks", 1)):
        prices = [sign * level[0] for level in book[side]]
        assert prices == sorted(set(prices))
    assert (best[BTC]["bid"], best[BTC]["ask"]) == (book["bids"][0][0], book["asks"][0][0])
    assert len(trades) == 5
    assert [trade["timestamp"] for trade in later] == [START_MS + MINUTE_MS, START_MS + MINUTE_MS + 15_000]


async def test_funding_rates_and_their_history(client: Any, served: Served) -> None:
    """The next one of all, and settled ones: the latest without a word, from a moment on with one."""
    rates, one = await client.fetch_funding_rates(), await client.fetch_funding_rate(BTC)
    eighth = START_MS - START_MS % (8 * 3_600_000)
    history = await client.fetch_funding_rate_history(BTC, None, 3)
    since = await client.fetch_funding_rate_history(BTC, eighth - 16 * 3_600_000, 2)
    everything = await client.fetch_funding_rate_history(None, 1, 7)
    intervals = await client.fetch_funding_intervals()

    assert set(rates) == {BTC, ETH} == set(intervals)
    assert one["fundingTimestamp"] > served.exchange.market.now_ms
    assert [entry["timestamp"] for entry in history] == [eighth - i * 8 * 3_600_000 for i in (2, 1, 0)]
    assert [entry["timestamp"] for entry in since] == [eighth - 16 * 3_600_000, eighth - 8 * 3_600_000]
    assert len(everything) == 7


async def test_an_untouched_account(client: Any) -> None:
    """Its balance in both forms, and that it holds and has asked for nothing."""
    for params in ({}, {"useV2": True}):
        balance = await client.fetch_balance(params)
        assert (balance["USDT"]["free"], balance["USDT"]["used"], balance["USDT"]["total"]) == (10_000, 0, 10_000)
        assert await client.fetch_positions(None, params) == []
    assert await client.fetch_open_orders() == []
    assert await client.fetch_open_orders(None, None, None, {"trigger": True}) == []
    assert await client.fetch_ledger() == []
    assert (await client.fetch_trading_fee(BTC))["taker"] == 0.0005


async def test_leverage_and_margin_mode_are_set_and_read(client: Any) -> None:
    """Each symbol's own; what it is already is refused in the venue's own class."""
    await client.set_leverage(7, BTC)
    await client.set_margin_mode("isolated", BTC)
    leverages, modes = await client.fetch_leverages(), await client.fetch_margin_modes()

    assert (leverages[BTC]["longLeverage"], leverages[ETH]["longLeverage"]) == (7, 20)
    assert (modes[BTC]["marginMode"], modes[ETH]["marginMode"]) == ("isolated", "cross")
    with pytest.raises(ccxt.MarginModeAlreadySet):
        await client.set_margin_mode("isolated", BTC)
    with pytest.raises(ccxt.BadRequest):
        await client.set_leverage(125, "NONE/USDT:USDT")


async def test_leverage_tiers_are_the_venues_brackets(client: Any) -> None:
    """Of all symbols and of one, without gaps."""
    tiers, one = await client.fetch_leverage_tiers(), await client.fetch_market_leverage_tiers(BTC)

    assert tiers[BTC] == one
    assert one[0]["maxLeverage"] == 125
    assert [tier["minNotional"] for tier in one[1:]] == [tier["maxNotional"] for tier in one[:-1]]


async def test_the_position_mode_is_set_and_read(client: Any) -> None:
    """And refused as no change."""
    await client.set_position_mode(True)

    assert (await client.fetch_position_mode())["hedged"] is True
    with pytest.raises(ccxt.OperationRejected):
        await client.set_position_mode(True)


async def test_a_position_is_seen_alike_by_every_method(client: Any) -> None:
    """In both versions, with its margin, its liquidation price and its side; and the balance that is bound by it."""
    await client.set_leverage(10, BTC)
    await client.create_order(BTC, "market", "sell", 2)
    (newer,) = await client.fetch_positions([BTC])
    (older,) = await client.fetch_positions([BTC], {"useV2": True})
    balance = await client.fetch_balance()

    for position in (newer, older):
        assert (position["side"], position["contracts"], position["entryPrice"]) == ("short", 2, 99.9)
        assert (position["markPrice"], position["notional"], position["initialMargin"]) == (100, 200, 20)
        assert position["liquidationPrice"] > 1_000
    assert balance["USDT"]["used"] == 20
    assert balance["USDT"]["total"] == pytest.approx(10_000 - 0.2 - 199.8 * 0.0005)


async def test_an_isolated_position_is_given_margin_and_gives_it_back(client: Any) -> None:
    """As far as it has it to give."""
    await client.set_margin_mode("isolated", BTC)
    await client.create_order(BTC, "market", "buy", 1)
    with pytest.raises(ccxt.InsufficientFunds):
        await client.add_margin(BTC, 100_000)
    added = await client.add_margin(BTC, 10)
    taken = await client.reduce_margin(BTC, 4)
    (position,) = await client.fetch_positions([BTC])

    assert (added["type"], added["amount"], taken["type"], taken["amount"]) == ("add", 10, "reduce", 4)
    assert position["marginMode"] == "isolated"
    assert position["collateral"] == pytest.approx(5.005 + 10 - 4, abs=0.2)
    with pytest.raises(ccxt.InsufficientFunds):
        await client.reduce_margin(BTC, 11)


async def test_what_came_and_went_is_in_the_ledger(client: Any, served: Served) -> None:
    """Commission, profit and funding, each with its sign and its day; funding by a method of its own."""
    await client.create_order(BTC, "market", "buy", 1)
    served.exchange._settle({BTC: RATE})
    await client.create_order(BTC, "market", "sell", 1, None, {"reduceOnly": True})
    ledger = await client.fetch_ledger()
    funding = await client.fetch_funding_history(BTC)
    balance = await client.fetch_balance()

    signed = [entry["amount"] * (1 if entry["direction"] == "in" else -1) for entry in ledger]
    assert [entry["amount"] for entry in funding] == [-0.01]
    assert len(ledger) == 4
    assert sum(signed) == pytest.approx(balance["USDT"]["total"] - 10_000)
    assert await client.fetch_ledger(None, served.exchange.market.now_ms + 1) == []


async def test_too_many_requests_are_refused_in_ccxts_class() -> None:
    """First with 429, then with a ban; too many orders likewise."""
    async with serving(limits=Limits(now_ms=lambda: 30_000)) as served, unified(served.url) as client:
        for _ in range(300):
            await client.create_order(BTC, "market", "buy", 0.1)
        with pytest.raises(ccxt.RateLimitExceeded, match="-1015"):
            await client.create_order(BTC, "market", "buy", 0.1)
        refused = [await _refusal(client) for _ in range(100)]

    assert [" 429 " in said for said in refused if said].index(False) == 20
    assert " 418 " in refused[-1]


async def _refusal(client: Any) -> str:
    """What is said of a request that is one too many; "" of one that is not."""
    try:
        await client.fetch_tickers()
    except ccxt.DDoSProtection as error:
        return str(error)
    return ""


async def test_a_stranger_is_refused_in_ccxts_class(served: Served) -> None:
    """An unknown key, and a wrong secret."""
    for key, secret in (("stranger", "x"), ("bob-key-0123456789", "wrong")):
        async with unified(served.url, key=key, secret=secret) as client:
            with pytest.raises(ccxt.AuthenticationError):
                await client.fetch_balance()
