"""What a customer has: wallets and margins."""

from decimal import Decimal

from aiohttp import web

from tradepods_core.money import ZERO, booked, plain
from tradepods_core.paper.account import PositionSide
from tradepods_core.paper.margin import available, initial_margin, maintenance, order_margin, unrealized
from tradepods_simulator.exchange.binanceusdm.positions import position_json, position_row, shown_positions
from tradepods_simulator.exchange.binanceusdm.shapes import Json
from tradepods_simulator.exchange.binanceusdm.signing import signed
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

SETTLE = "USDT"
TOTALS = {
    "totalInitialMargin": "initialMargin",
    "totalMaintMargin": "maintMargin",
    "totalWalletBalance": "walletBalance",
    "totalUnrealizedProfit": "unrealizedProfit",
    "totalMarginBalance": "marginBalance",
    "totalPositionInitialMargin": "positionInitialMargin",
    "totalOpenOrderInitialMargin": "openOrderInitialMargin",
    "totalCrossWalletBalance": "crossWalletBalance",
    "totalCrossUnPnl": "crossUnPnl",
    "availableBalance": "availableBalance",
    "maxWithdrawAmount": "maxWithdrawAmount",
}
routes = web.RouteTableDef()


def _assets(exchange: Exchange, customer: Customer) -> list[Json]:
    """Every asset that the customer has, the settle asset first."""
    found = [_settle(exchange, customer)]
    if customer.paper.bnb:
        found.append(_plain_asset("BNB", customer.paper.bnb, at_ms=exchange.market.now_ms))
    return found


def _settle(exchange: Exchange, customer: Customer) -> Json:
    """The asset in which everything is settled, with its margins."""
    paper, moment = customer.paper, exchange.moment()
    prices = moment.prices
    profit, bound = unrealized(paper, prices), initial_margin(paper, prices)
    resting = {order.symbol for order in paper.resting.values() if not order.waits}
    ordered = sum((order_margin(paper, symbol, prices) for symbol in resting), ZERO)
    needed = sum((maintenance(paper, key, prices, moment.markets) for key in paper.positions), ZERO)
    isolated = {key: p for key, p in paper.positions.items() if p.margin is not None}
    apart = sum(((prices[p.symbol] - p.average) * p.quantity for p in isolated.values()), ZERO)
    free = _written(available(paper, prices, bnb=moment.bnb))
    return {
        "asset": SETTLE,
        "walletBalance": plain(paper.wallet),
        "unrealizedProfit": _written(profit),
        "marginBalance": _written(paper.wallet + profit),
        "maintMargin": _written(needed),
        "initialMargin": _written(bound + ordered),
        "positionInitialMargin": _written(bound),
        "openOrderInitialMargin": _written(ordered),
        "crossWalletBalance": plain(paper.cross_wallet),
        "crossUnPnl": _written(profit - apart),
        "availableBalance": free,
        "maxWithdrawAmount": free,
        "updateTime": exchange.market.now_ms,
    }


def _plain_asset(asset: str, amount: Decimal, *, at_ms: int) -> Json:
    """An asset in which nothing is settled."""
    names = ("unrealizedProfit", "maintMargin", "initialMargin", "positionInitialMargin", "openOrderInitialMargin")
    held = ("walletBalance", "marginBalance", "crossWalletBalance", "availableBalance", "maxWithdrawAmount")
    amounts = dict.fromkeys(held, plain(amount)) | dict.fromkeys((*names, "crossUnPnl"), "0")
    return {"asset": asset, **amounts, "updateTime": at_ms}


def _written(amount: Decimal) -> str:
    return plain(booked(amount))


@routes.get("/fapi/v3/account")
async def account(request: web.Request) -> web.Response:
    """Wallet, margins, and open positions."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    assets = _assets(exchange, customer)
    positions = [position_json(exchange, customer, held) for held in shown_positions(customer)]
    totals = {name: assets[0][part] for name, part in TOTALS.items()}
    return web.json_response({**totals, "assets": assets, "positions": positions})


@routes.get("/fapi/v2/account")
async def account_v2(request: web.Request) -> web.Response:
    """The same in the older form: with the account's modes, and a row for every symbol."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    paper = customer.paper
    assets = [{**asset, "marginAvailable": True} for asset in _assets(exchange, customer)]
    modes = {"feeTier": 0, "feeBurn": paper.burns, "canTrade": True, "canDeposit": True, "canWithdraw": False}
    modes |= {"updateTime": 0, "multiAssetsMargin": paper.multi, "tradeGroupId": -1}
    totals = {name: assets[0][part] for name, part in TOTALS.items()}
    sides: tuple[PositionSide, ...] = ("long", "short") if paper.hedge else ("both",)
    rows = [position_row(exchange, customer, symbol, side) for symbol in exchange.market.ids for side in sides]
    return web.json_response({**modes, **totals, "assets": assets, "positions": rows})


@routes.get("/fapi/v2/balance")
@routes.get("/fapi/v3/balance")
async def balance(request: web.Request) -> web.Response:
    """The wallets alone."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    names = ("crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount", "updateTime")
    return web.json_response(
        [
            {
                "accountAlias": customer.name,
                "asset": asset["asset"],
                "balance": asset["walletBalance"],
                **{name: asset[name] for name in names},
                "marginAvailable": True,
            }
            for asset in _assets(exchange, customer)
        ]
    )
