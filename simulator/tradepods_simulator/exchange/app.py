"""Puts the exchange together: one aiohttp application for REST, websockets and the admin's questions."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from tradepods_core.paper.account import PaperAccount
from tradepods_core.shapes import Message
from tradepods_simulator.exchange import admin, chaos, events
from tradepods_simulator.exchange.binanceusdm import (
    account,
    algo,
    balances,
    depth,
    errors,
    income,
    modes,
    orders,
    positions,
    public,
    signing,
    stream,
    tickers,
)
from tradepods_simulator.exchange.bodies import text_of
from tradepods_simulator.exchange.books import Books, Customer, Watch
from tradepods_simulator.exchange.context import EXCHANGE, FAULTS, JOURNAL, LIMITS, PUBLIC_REQUESTS, STEPPER
from tradepods_simulator.exchange.faults import Faults, make_middleware
from tradepods_simulator.exchange.journal import HIDDEN, Journal
from tradepods_simulator.exchange.limiting import make_middleware as make_limiting
from tradepods_simulator.exchange.limits import Limits
from tradepods_simulator.exchange.marketplace import Marketplace
from tradepods_simulator.exchange.steps import Lockstep, Stepper
from tradepods_simulator.exchange.venue import Exchange

log = structlog.get_logger()
PARTS = (
    public,
    tickers,
    depth,
    orders,
    algo,
    account,
    modes,
    balances,
    positions,
    income,
    stream,
    admin,
    events,
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AccountEntry(Message):
    """One line of the accounts file: a customer that the exchange knows.

    Attributes:
        balance: USDT; `bnb` BNB, in which commissions are paid with `fee_burn`.
        withdrawals: the key may withdraw, which ours should not; `transfers` likewise to other accounts.
        futures: the key may trade futures, by what it says of itself.
        address: the only one from which the key may be used; "" for any.

    """

    name: str
    api_key: str
    api_secret: str
    balance: Decimal = Decimal(10_000)
    bnb: Decimal = Decimal(0)
    fee_burn: bool = False
    withdrawals: bool = False
    transfers: bool = False
    futures: bool = True
    address: str = ""


def make_exchange(market: Marketplace, entries: list[AccountEntry], *, wall_ms: Callable[[], int]) -> Exchange:
    """An exchange with these customers."""
    customers = (
        Customer(
            name=entry.name,
            api_key=entry.api_key,
            api_secret=entry.api_secret,
            paper=PaperAccount(wallet=entry.balance, bnb=entry.bnb, burns=entry.fee_burn),
            watch=Watch(clock=time.monotonic),
            withdraws=entry.withdrawals,
            transfers=entry.transfers,
            futures=entry.futures,
            address=entry.address,
        )
        for entry in entries
    )
    return Exchange(market=market, books=Books(customers), wall_ms=wall_ms)


def make_app(
    exchange: Exchange, *, participants: set[str], pace: float, limits: Limits | None = None
) -> web.Application:
    """The application; with participants the market steps when they all have acknowledged, else at its pace."""
    faults = Faults()
    limiting = [] if limits is None else [make_limiting(limits)]
    app = web.Application(
        middlewares=[_count, make_middleware(faults), *limiting, errors.answer_errors],  # type: ignore[list-item]
        client_max_size=1 << 16,
    )
    app[EXCHANGE], app[FAULTS], app[PUBLIC_REQUESTS], app[JOURNAL] = exchange, faults, Counter(), Journal()
    app[LIMITS] = limits
    app[STEPPER] = Stepper(steps=exchange.market.steps, show=exchange.show, lockstep=Lockstep())
    for part in PARTS:
        app.add_routes(part.routes)
    app.cleanup_ctx.append(_stepping(participants, pace))
    chaos.install(app)
    return app


def _stepping(participants: set[str], pace: float) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        stepper = app[STEPPER]
        running = asyncio.create_task(stepper.run(participants) if participants else stepper.run_freely(pace=pace))
        running.add_done_callback(_report)
        yield
        running.cancel()

    return context


def _report(task: "asyncio.Task[None]") -> None:
    """A market that stops moving says why."""
    if not task.cancelled() and task.exception() is not None:
        log.error("market_stopped", exc_info=task.exception())


@web.middleware
async def _count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count requests: public ones together, a customer's by path; keep those to the venue's own endpoints."""
    customer = request.app[EXCHANGE].books.by_key.get(request.headers.get(signing.KEY_HEADER, ""))
    name = f"{request.method} {request.path}"
    if not request.path.startswith("/fapi/"):
        return await handler(request)
    if customer is not None:
        customer.requests[name] += 1
    else:
        request.app[PUBLIC_REQUESTS][name] += 1
    begun = time.perf_counter()
    answer = await handler(request)
    request.app[JOURNAL].add(
        customer="" if customer is None else customer.name,
        address=request.remote or "",
        method=request.method,
        path=request.path,
        params=await _params(request),
        status=answer.status,
        milliseconds=round((time.perf_counter() - begun) * 1000, 1),
    )
    return answer


async def _params(request: web.Request) -> dict[str, str]:
    text = f"{request.query_string}&{await text_of(request)}"
    return {name: value for name, value in parse_qsl(text) if name not in HIDDEN}
