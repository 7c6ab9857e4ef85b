"""What happened on a symbol that is not ours, asked of the venue."""

import asyncio

from tradepods_core.book.outside import Past
from tradepods_worker.adapters.venues.binanceusdm import foreign, orders
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.wire import Wire


async def past_of(wire: Wire, market_id: str) -> Past:
    """A symbol's latest trades that are not ours, and its mark price; raises Temporary, and what unreadable raises."""
    trades, mark = await asyncio.gather(wire.ask(foreign.trades_in(market_id)), wire.ask(foreign.mark_of(market_id)))
    numbers = foreign.orders_of(trades)
    questions = (wire.look_up(orders.find_sent_off(market_id, number), Kind.QUESTION) for number in numbers)
    found = await asyncio.gather(*questions)
    senders = [str(answer.get("clientOrderId", "")) if answer is not None else "" for answer in found]
    return foreign.past(trades, mark, dict(zip(numbers, senders, strict=True)))
