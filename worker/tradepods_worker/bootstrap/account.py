"""One account in one process: the book that trades, the other one while something is open in it, and the terms of both.

The account trades in one of its two books, live or paper. A switch opens the other one; what is still open in the first
stays guarded there until it is flat.
"""

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import structlog

from tradepods_core.book.events import CommandGiven, Event, SettingsChanged, StrategiesSeen
from tradepods_core.book.facts import Fact
from tradepods_core.book.values import Book
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.market import Market
from tradepods_core.money import plain
from tradepods_core.rules.conditions import Situation, conditions
from tradepods_core.rules.preparation import not_applied
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.overrides import Terms
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.market_cache import MarketCache
from tradepods_worker.adapters.venues.paper import PaperVenue
from tradepods_worker.bootstrap.parts import Parts, book_name, make_venue
from tradepods_worker.bootstrap.trader import Around, Trader
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.manifest import Manifest
from tradepods_worker.ports import Progress
from tradepods_worker.ports.commands import Past, Taken, View
from tradepods_worker.ports.ledger import BOOKS, BookName, Lease, Recorded
from tradepods_worker.tasks.heartbeat import Reported, Status
from tradepods_worker.tasks.view import viewer

Result = TypeVar("Result")
ASK_AGAIN = 0.5  # seconds between questions to a dependency that is away
NO_KEYS = "this worker was started without the exchange's keys: name them in credentialsSecretRef, and start it again"
FOR_ONE = ("set", "reset")  # commands about the account's settings: one book keeps them
log = structlog.get_logger()


class Account:
    """What all doors of a worker see of its account."""

    def __init__(self, parts: Parts, lease: Lease, group: asyncio.TaskGroup) -> None:
        self._parts, self._group = parts, group
        self.activity = Activity()
        self._manifest = Manifest(parts.settings, recorded=())
        self.waits: dict[str, str] = {}  # what is waited for, and why
        self._recorded: dict[BookName, Recorded] = {}
        self._closed: dict[BookName, Book] = {}  # as they were when they were open last
        self._opening: set[BookName] = set()
        self._traders: dict[BookName, Trader] = {}
        self._strategies = StrategiesSeen(strategies={})
        self._around = Around(
            parts=parts,
            lease=lease,
            group=group,
            activity=self.activity,
            terms=self.terms,
            heard=self._heard,
            elsewhere=self._elsewhere,
        )

    def terms(self) -> Terms:
        """By what the account trades."""
        return self._manifest.terms

    async def begin(self) -> None:
        """Open the book that trades, and the other one if something is open in it; both are read before this ends."""
        ledger, patiently = self._parts.ledger, self.patiently
        self._manifest = Manifest(self._parts.settings, recorded=await patiently("ledger", ledger.steering))
        self._recorded = {name: await patiently("ledger", ledger.book(name).load) for name in BOOKS}
        self._closed = {name: recorded.book() for name, recorded in self._recorded.items()}
        if not (self.terms().effective.dry_run or self._parts.keys) and self.terms().spec.dry_run:
            self._manifest.without("dryRun", why=NO_KEYS, now=self._parts.market.now())
        trading = self._name()
        others = [name for name in BOOKS if name != trading and _holds(self._closed[name])]
        self._opening = {trading, *others}
        await asyncio.gather(*(self._open(name) for name in (trading, *others)))
        self._news(self._manifest.begin(self._parts.market.now()))

    def put(self, event: Event) -> None:
        """An event for every open book; what a command says of the settings is for the one that trades."""
        if isinstance(event, CommandGiven) and event.name in FOR_ONE:
            self._trader().inbox.put(event)
            return
        if isinstance(event, StrategiesSeen):
            self._strategies = event  # a book that is opened later knows them too
        for trader in self._traders.values():
            trader.put(event)

    def reread(self, why: str) -> None:
        """Every open book's account is to be read now."""
        for trader in self._traders.values():
            trader.rereader.ask(why)

    async def moved(self, marks: Mapping[Symbol, Decimal]) -> None:
        """A paper venue acts on marks before its desk sees them."""
        trader = self._traders.get("paper")
        if trader is not None and isinstance(trader.venue, PaperVenue):
            await trader.venue.fund(self.terms().effective.paper.balance)
            await trader.venue.moved(marks)

    def take(self, spec: AccountSpec) -> None:
        """A new manifest; live trading without keys is refused before anything of it counts."""
        if not spec.dry_run and not self._parts.keys:
            self.refuse(f"spec.dryRun is false: {NO_KEYS}")
            return
        self._news(self._manifest.change(spec, self._parts.market.now()))

    def refuse(self, why: str) -> None:
        """A manifest that can't be used."""
        self._news(self._manifest.refuse(why, self._parts.market.now()))

    def trading(self) -> Reported:
        """The book that trades."""
        return _reported(self._trader())

    def guarding(self) -> Reported | None:
        """The other book, while something is open in it."""
        other = self._traders.get(_other(self._name()))
        return None if other is None or not _holds(other.desk.book) else _reported(other)

    def books(self) -> tuple[Reported, ...]:
        """Every open book; none while the first is being opened."""
        return tuple(_reported(trader) for trader in self._traders.values())

    def is_read(self) -> bool:
        """Whether every open book was read in this run, and compared with its venue."""
        return all(desk.sight.since is not None for desk in self.desks())

    def desks(self) -> tuple[Desk, ...]:
        """Of every open book."""
        return tuple(trader.desk for trader in self._traders.values())

    def clock_off(self) -> timedelta:
        """How far this machine's clock is from the venue's."""
        return max(trader.venue.clock_off() for trader in self._traders.values())

    def past(self) -> Past:
        """The history of the book that trades."""
        return self._parts.ledger.book(self._name())

    def status(self) -> Status:
        """How the account is set, and how it stands."""
        terms, sight = self.terms(), self._trader().desk.sight
        situation = Situation(
            settings=terms.effective,
            books=[self._trader().desk.book, *(t.desk.book for t in self._traders.values() if t is not self._trader())],
            refused_keys=next((t.rereader.refused_keys for t in self._traders.values() if t.rereader.refused_keys), ""),
            refused_settings=self._manifest.refused,
            at_start=self._manifest.waiting(),
            until_flat=(*not_applied(settings=terms.effective, venue=sight.venue), *self._unfunded()),
        )
        return Status(
            settings_hash=settings_hash(terms.spec),
            overrides={override.field: override.value for override in terms.overrides},
            conditions=conditions(situation),
        )

    def viewer(self, *, waiting: Callable[[], int]) -> Callable[[], View]:
        """What people's questions are answered from."""
        return viewer(
            account=self._parts.options.name,
            trading=self.trading,
            guarding=self.guarding,
            status=self.status,
            taken=self._taken,
            keys=lambda: self._parts.keys,
            market=self._parts.market,
            waiting=waiting,
        )

    def progress(self) -> Progress:
        """How far the live private stream is handled: a paper venue has none."""
        live = self._traders.get("live")
        return Progress() if live is None else live.venue.progress()

    async def reached(self, frames: int) -> None:
        """Wait until all venues have handed over what is known here."""
        for trader in list(self._traders.values()):
            await trader.venue.reached(frames)

    async def patiently(self, what: str, ask: Callable[[], Awaitable[Result]]) -> Result:
        """Ask until there is an answer; say once that there is none."""
        said = False
        while True:
            try:
                found = await ask()
            except Temporary as error:
                self.waits[what] = str(error)
                if not said:
                    log.warning("waiting", what=what, error=str(error), retry_in=ASK_AGAIN)
                    said = True
                await self._parts.wall.sleep(ASK_AGAIN)
            else:
                self.waits.pop(what, None)
                return found

    async def close(self) -> None:
        """Let go of the venues."""
        for trader in self._traders.values():
            await trader.venue.close()

    def _name(self) -> BookName:
        return book_name(self.terms().effective)

    def _trader(self) -> Trader:
        """The one that trades; while it is being opened, or can't be, the one there is."""
        return self._traders.get(self._name()) or next(iter(self._traders.values()))

    async def _open(self, name: BookName) -> None:
        venue = make_venue(self._parts, self.terms().effective, name)
        other = self._traders.get(_other(name))
        trader = Trader(name, venue, self._around)
        trader.follow(self._closed[_other(name)] if other is None else other.desk.book, own=self._closed[name])
        trader.inbox.put(self._strategies)
        self._traders[name] = trader
        await trader.begin(self._recorded[name], markets=self._markets, patiently=self.patiently)

    def _unfunded(self) -> tuple[str, ...]:
        """What a changed `paper.balance` waits for."""
        trader, balance = self._traders.get("paper"), self.terms().effective.paper.balance
        waits = trader is not None and isinstance(trader.venue, PaperVenue) and trader.venue.waits(balance)
        return (f"paper.balance: {plain(balance)} waits until nothing is open on paper",) if waits else ()

    def _heard(self, facts: tuple[Fact, ...]) -> None:
        self._news(self._manifest.heard(facts))

    def _news(self, event: SettingsChanged | None) -> None:
        """Changed terms, to every open book; what is to be recorded of them, to one."""
        if event is None:
            return
        for trader in self._traders.values():
            keeps = trader is self._trader()
            trader.inbox.put(event if keeps else SettingsChanged(terms=event.terms))
        if self._name() not in self._opening:
            self._opening.add(self._name())
            self._group.create_task(self._switch(self._name()), name=f"open {self._name()}")

    async def _switch(self, name: BookName) -> None:
        """Open the book that is to trade from now on."""
        try:
            await self._open(name)
        except Permanent as error:
            self._traders.pop(name, None)
            self._opening.discard(name)
            log.warning("book_not_opened", book=name, error=str(error))
            self.refuse(str(error))

    def _elsewhere(self, name: BookName) -> Container[str]:
        other = _other(name)
        trader = self._traders.get(other)
        return (self._closed[other] if trader is None else trader.desk.book).decided

    def _taken(self) -> Taken:
        """Of the books that are not open, what they had taken by the start."""
        open_books = [frozenset(desk.book.commands) for desk in self.desks()]
        closed = (frozenset(book.commands) for name, book in self._closed.items() if name not in self._traders)
        every = open_books[0].intersection(*open_books[1:])
        return Taken(all=every, any=frozenset().union(*open_books, *closed))

    async def _markets(self, book: Book) -> Mapping[Symbol, Market]:
        """From the service; from the last run's copy where it is away, for a position may need its stop."""
        cache = MarketCache(self._parts.options.state / "markets.json")
        held = sorted({leg.symbol for leg in book.positions} | {o.intent.leg.symbol for o in book.orders.values()})
        try:
            found = await self._parts.feed.markets(also=held)
        except Temporary:
            kept = cache.load()
            if not kept:
                raise
            return kept
        return cache.keep(found, held=held)


def _other(name: BookName) -> BookName:
    return "live" if name == "paper" else "paper"


def _holds(book: Book) -> bool:
    """Whether something is open, or may be."""
    return bool(book.positions or book.orders or book.unsettled)


def _reported(trader: Trader) -> Reported:
    return Reported(desk=trader.desk, venue=trader.venue, rereader=trader.rereader, watch=trader.watch)
