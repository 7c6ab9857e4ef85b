"""What an examiner lets happen: deleveraging, delisting, listen keys that end, money that comes or goes."""

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar, get_args

from aiohttp import web
from pydantic import ValidationError

from tradepods_core.money import ZERO
from tradepods_core.paper.account import Paid, PositionSide, Step, position_key
from tradepods_core.shapes import Amount, Message, Symbol
from tradepods_simulator.exchange.bodies import text_of
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.marketplace import Status
from tradepods_simulator.exchange.venue import Exchange

routes = web.RouteTableDef()
Asked = TypeVar("Asked", bound=Message)


class Deleveraging(Message):
    """So much of a position is closed against somebody's liquidation."""

    symbol: str
    quantity: Amount
    side: PositionSide = "both"


class Transfer(Message):
    """Money comes in, or goes out below zero; USDT."""

    amount: Decimal


class Silence(Message):
    """The listen key ends; `told`, with a last frame that says so."""

    told: bool = False


class Listing(Message):
    """What the venue allows in a symbol from now on."""

    status: Status


async def _asked(request: web.Request, model: type[Asked]) -> Asked:
    """The body; raises HTTPBadRequest with what is wrong in it."""
    try:
        return model.model_validate_json(await text_of(request) or "{}")
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the body'}: {e['msg']}" for e in error.errors())
        raise web.HTTPBadRequest(text=wrong) from None


def _customer(request: web.Request) -> tuple[Exchange, Customer]:
    exchange, name = request.app[EXCHANGE], request.match_info["name"]
    customer = exchange.books.by_name(name)
    if customer is None:
        raise web.HTTPNotFound(text=f"no account {name}: the accounts file names them")
    return exchange, customer


def _symbol(exchange: Exchange, name: str) -> Symbol:
    found = next((symbol for symbol, identifier in exchange.market.ids.items() if identifier == name), None)
    if found is None:
        raise web.HTTPNotFound(text=f"no symbol {name}: this market has {', '.join(exchange.market.ids.values())}")
    return found


@routes.post("/admin/accounts/{name}/deleverage")
async def deleverage(request: web.Request) -> web.Response:
    """Close a part of a position, as auto-deleveraging does."""
    exchange, customer = _customer(request)
    asked = await _asked(request, Deleveraging)
    key = position_key(_symbol(exchange, asked.symbol), asked.side)
    if key not in customer.paper.positions:
        raise web.HTTPConflict(text=f"{customer.name} holds no position {key}")
    exchange.deleverage(customer, key, asked.quantity)
    return web.json_response({})


@routes.post("/admin/accounts/{name}/transfer")
async def transfer(request: web.Request) -> web.Response:
    """Let money come in or go out."""
    exchange, customer = _customer(request)
    asked = await _asked(request, Transfer)
    paper = replace(customer.paper, wallet=customer.paper.wallet + asked.amount)
    if paper.wallet < ZERO:
        raise web.HTTPConflict(text=f"amount {asked.amount}: the wallet holds {customer.paper.wallet}")
    paid = Paid(
        kind="TRANSFER",
        symbol="",
        amount=asked.amount,
        wallet=paper.wallet,
        cross=paper.cross_wallet,
        at=exchange.market.now,
    )
    exchange.took(customer, Step(account=paper, happened=(paid,)))
    return web.json_response({})


@routes.post("/admin/accounts/{name}/listen-key/expire")
async def expire(request: web.Request) -> web.Response:
    """End the account's listen key."""
    exchange, customer = _customer(request)
    exchange.expire(customer, told=(await _asked(request, Silence)).told)
    return web.json_response({})


@routes.post("/admin/symbols/{name}/status")
async def status(request: web.Request) -> web.Response:
    """Change what the venue allows in a symbol; one that is closed is settled first."""
    exchange = request.app[EXCHANGE]
    symbol = _symbol(exchange, request.match_info["name"])
    asked = await _asked(request, Listing)
    if asked.status == "CLOSE":
        exchange.delist(symbol)
    exchange.market.set_status(symbol, asked.status)
    return web.json_response({"statuses": list(get_args(Status))})
