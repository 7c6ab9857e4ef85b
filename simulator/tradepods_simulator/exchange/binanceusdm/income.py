"""What came and went: realised profit, commissions, funding, liquidation fees, transfers."""

from collections.abc import Iterator
from decimal import Decimal

from aiohttp import web

from tradepods_core.money import plain
from tradepods_core.paper.account import Paid, Traded
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import Json
from tradepods_simulator.exchange.binanceusdm.signing import signed
from tradepods_simulator.exchange.binanceusdm.windows import WEEK_MS, limit_of, span_of
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

SETTLE = "USDT"
MOST, DEFAULT = 1_000, 100
PAID_IDS = 9_000_000_000_000  # transaction ids of what was no trade
routes = web.RouteTableDef()


@routes.get("/fapi/v1/income")
async def income(request: web.Request) -> web.Response:
    """All of it, oldest first: from a moment on, of one kind, of one symbol."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    name = exchange.market.ids[symbol_of(exchange, params)] if "symbol" in params else None
    asked, until = span_of(params, now_ms=exchange.market.now_ms)
    since = asked if asked is not None else until - WEEK_MS if "endTime" not in params else 0
    limit = limit_of(params, default=DEFAULT, most=MOST)
    kind = params.get("incomeType")
    found = [
        entry
        for entry in sorted(_all(exchange, customer), key=lambda entry: (entry["time"], entry["tranId"]))
        if kind in (None, entry["incomeType"]) and name in (None, entry["symbol"]) and since <= entry["time"] <= until
    ]
    return web.json_response(found[-limit:] if asked is None else found[:limit])


def _all(exchange: Exchange, customer: Customer) -> Iterator[Json]:
    for trade in customer.trades:
        yield from _of_trade(exchange, trade)
    for index, paid in enumerate(customer.paid):
        yield _of_payment(exchange, paid, number=PAID_IDS + index)


def _of_trade(exchange: Exchange, trade: Traded) -> Iterator[Json]:
    amounts = (("REALIZED_PNL", trade.realized, SETTLE), ("COMMISSION", -trade.fee, trade.fee_asset))
    for kind, amount, asset in amounts:
        if amount:
            name = exchange.market.ids[trade.order.symbol]
            shown = _entry(name, kind, amount, asset=asset, at_ms=to_ms(trade.at))
            number = trade.trade * 10 + (kind == "COMMISSION")
            yield {**shown, "info": str(trade.trade), "tranId": number, "tradeId": str(trade.trade)}


def _of_payment(exchange: Exchange, paid: Paid, *, number: int) -> Json:
    shown = _entry(exchange.market.ids.get(paid.symbol, ""), paid.kind, paid.amount, asset=SETTLE, at_ms=to_ms(paid.at))
    return {**shown, "info": paid.kind, "tranId": number, "tradeId": ""}


def _entry(name: str, kind: str, amount: Decimal, *, asset: str, at_ms: int) -> Json:
    return {"symbol": name, "incomeType": kind, "income": plain(amount), "asset": asset, "time": at_ms}
