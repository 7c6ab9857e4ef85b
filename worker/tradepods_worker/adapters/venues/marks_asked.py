"""Mark prices, asked of the venue: nothing that trades or reads the account waits for them."""

import asyncio
from collections.abc import Mapping

from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.venues.binanceusdm import errors, marks
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.wire import QuestionRefused, Wire
from tradepods_worker.ports import Mark


async def marks_of(wire: Wire, names: Mapping[str, Symbol]) -> Mapping[Symbol, Mark]:
    """Of these symbols, by the venue's names of them; raises Temporary. One that it does not list has none."""
    answers = await asyncio.gather(*(_answered(wire, call, names) for call in marks.questions(names)))
    return {symbol: mark for answer in answers for symbol, mark in answer.items()}


async def _answered(wire: Wire, call: Call, names: Mapping[str, Symbol]) -> Mapping[Symbol, Mark]:
    try:
        answer = await wire.ask(call, Kind.PRICE)
    except QuestionRefused:
        return {}
    with errors.readable():
        return marks.marks(answer, names)
