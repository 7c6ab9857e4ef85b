"""`tradepods account adopt`: an account whose ledger was lost takes its positions and orders in again."""

import argparse
from collections.abc import Collection, Iterator, Mapping, Sequence

from tradepods_core.book.book import apply as apply_facts
from tradepods_core.book.outside import PositionAdopted
from tradepods_core.book.values import Book
from tradepods_core.errors import Invalid, Problem, Temporary
from tradepods_core.ids import is_ours
from tradepods_core.market import Market
from tradepods_core.money import plain
from tradepods_core.rules.adoption import Adopted, Found, adopted
from tradepods_core.rules.outside_notices import taken_in
from tradepods_core.settings.account import AccountSpec
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.market_cache import MarketCache
from tradepods_worker.bootstrap.parts import Parts, holder, make_parts, make_venue, owner_of
from tradepods_worker.ports import Venue
from tradepods_worker.ports.ledger import Entry
from tradepods_worker.tasks.reread import wanted

NOTHING = "nothing to take in: no order of this worker's kind rests that its ledger doesn't know"
DRY = "nothing was written; to take this in, say so with --apply"
DONE = "written: the worker protects this from its next start on"


async def adopt(
    options: argparse.Namespace, settings: AccountSpec, *, symbols: Collection[Symbol] = (), apply: bool = False
) -> list[str]:
    """What is taken in, in lines for the person; written only with `apply`.

    Of the `symbols` that are named every position is taken in, else only where an order of our pattern rests. Raises
    LeaseHeld while a worker runs, Invalid for a dry run or a symbol that nobody knows, Temporary where the exchange or
    the markets are away.
    """
    if settings.dry_run:
        raise Invalid([Problem(field="spec.dryRun", value="true", fix="only a live account holds anything to take in")])
    parts = make_parts(options, settings)
    try:
        lease = await parts.ledger.acquire(owner=owner_of(options, settings), holder=holder(), now=parts.wall.now())
        book = (await parts.ledger.load("live")).book()
        facts = await _looked(parts, settings, book, symbols)
        if apply and facts:
            notices = tuple(taken_in(fact) for fact in facts if isinstance(fact, PositionAdopted))
            await parts.ledger.commit("live", Entry(facts=facts, notices=notices), lease=lease)
        return list(_lines(facts, book=book, applied=apply))
    finally:
        await parts.feed.close()
        await parts.ledger.close()


async def _looked(parts: Parts, settings: AccountSpec, book: Book, symbols: Collection[Symbol]) -> tuple[Adopted, ...]:
    """What there is to take in, by a reading of the account."""
    markets = await _markets(parts, also=symbols)
    for symbol in symbols:
        if symbol not in markets:
            raise Invalid([Problem(field="symbol", value=symbol, fix="write it as BTC/USDT:USDT")])
    venue = make_venue(parts, settings, "live")
    try:
        await venue.prepare(markets)
        return await _found(parts, settings, book, venue, symbols)
    finally:
        await venue.close()


async def _found(
    parts: Parts, settings: AccountSpec, book: Book, venue: Venue, symbols: Collection[Symbol]
) -> tuple[Adopted, ...]:
    """Read twice: the second time with the venue's own time on the symbols that it is about."""
    first = await venue.read(wanted=wanted(book))
    about = set(symbols) or {
        order.symbol for order in first.orders if is_ours(order.id) and order.id not in book.orders
    }
    if not about:
        return ()
    view = await venue.read(wanted=wanted(book), past=sorted(about))
    now = max(past.at for past in view.pasts.values())
    found = Found(view=view, book=book, settings=settings, symbols=symbols, now=now, wall=parts.wall.now())
    return tuple(adopted(found))


async def _markets(parts: Parts, *, also: Collection[Symbol]) -> Mapping[Symbol, Market]:
    """From the service; from the last run's copy where it is away."""
    try:
        return await parts.feed.markets(also=sorted(also))
    except Temporary:
        kept = MarketCache(parts.options.state / "markets.json").load()
        if not kept:
            raise
        return kept


def _lines(facts: Sequence[Adopted], *, book: Book, applied: bool) -> Iterator[str]:
    if not facts:
        yield NOTHING
        return
    after = apply_facts(book, facts)
    yield from (_line(fact, after) for fact in facts)
    yield DONE if applied else DRY


def _line(fact: Adopted, after: Book) -> str:
    if isinstance(fact, PositionAdopted):
        return f"position {fact.leg}: {plain(fact.quantity)} at {plain(fact.average)}"
    order = fact.order
    what = f"order {order.id}: {order.purpose.replace('_', '-')} of {plain(order.quantity)} {order.leg.symbol}"
    level = "" if order.trigger is None else f" at {plain(order.trigger)}"
    left_over = after.position(order.position) is None
    return f"{what}{level}{', which closes nothing and will be cancelled' if left_over else ''}"
