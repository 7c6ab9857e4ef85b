"""What happened on a symbol that is not ours, asked of the venue."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from tradepods_core.book.outside import Past
from tradepods_worker.adapters.venues.binanceusdm import foreign, orders
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.wire import QuestionRefused, Wire


async def past_of(wire: Wire, market_id: str, *, now: datetime) -> Past:
    """A symbol's latest trades that are not ours, and its mark price; raises Temporary, and what unreadable raises.

    Of a symbol that is listed no more it may know nothing: the account must be readable all the same.
    """
    trades, mark = await asyncio.gather(
        _known(wire.ask(foreign.trades_in(market_id)), otherwise=[]),
        _known(wire.ask(foreign.mark_of(market_id)), otherwise=None),
    )
    numbers = foreign.orders_of(trades)
    questions = (wire.look_up(orders.find_sent_off(market_id, number), Kind.QUESTION) for number in numbers)
    found = await asyncio.gather(*questions)
    senders = [str(answer.get("clientOrderId", "")) if answer is not None else "" for answer in found]
    return foreign.past(trades, dict(zip(numbers, senders, strict=True)), mark=mark, now=now)


async def _known(question: Awaitable[Any], *, otherwise: Any) -> Any:
    try:
        return await question
    except QuestionRefused:
        return otherwise
