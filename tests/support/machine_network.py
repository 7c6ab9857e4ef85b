"""What lies between a worker and its exchange: real couriers, each suspended at a question that a test answers."""

import types
from collections import deque
from collections.abc import Coroutine, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from support.build import WALL
from support.machine_exchange import Exchange, Said
from support.unlimited import Unlimited
from tradepods_core.book.events import AccountRead, Event, FillReported, StreamChanged, VenueOrder
from tradepods_core.book.intents import Intent, Outcome, RejectCode, Rejected, Throttled, Unknown
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.money import ONE
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.courier import Courier, is_over
from tradepods_worker.engine.lanes import Key, lane
from tradepods_worker.ports import Wanted

Mishap = Literal["lost", "answer lost", "late", "throttled", "refused"]


@dataclass(frozen=True, slots=True)
class Sending:
    """A request on its way."""

    intent: Intent
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Looking:
    """A look-up."""

    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Resting:
    """A pause until then."""

    until: datetime


Question = Sending | Looking | Resting


@types.coroutine
def _ask(question: Question) -> Generator[Question, Any, Any]:
    return (yield question)


@dataclass(slots=True)
class Work:
    """One intent that is being carried out."""

    courier: Coroutine[Any, Any, None]
    question: Question


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that has seen the orders, and not yet the positions."""

    begun_at: datetime
    wanted: tuple[str, ...]
    past: tuple[Symbol, ...]
    wallet: Decimal
    positions: object
    orders: tuple[VenueOrder, ...]
    fills: tuple[FillReported, ...]


class Network(Unlimited):
    """Wall time, lanes, the private stream and readings. It is the couriers' venue, and their clock."""

    def __init__(self, *, hedge: bool, burns: bool) -> None:
        self.wall = WALL
        self.exchange = Exchange(hedge=hedge, burns=burns, tell=self._hear)
        self.inbox: deque[Event] = deque()
        self.frames: deque[tuple[Said, ...]] = deque()
        self._told: deque[tuple[Said, ...]] = deque(maxlen=6)
        self.strays: list[Sending] = []
        self.works: dict[Key, Work] = {}
        self.reading: Reading | None = None
        self.up = self.deaf = False
        self._lanes: dict[Key, deque[tuple[Intent, bool]]] = {}
        venue: Any = self
        self.book = Book()  # what its worker believes: a courier sends nothing again whose outcome is in it
        self._courier = Courier(
            venue=venue, wall=venue, put=self.inbox.append, over=lambda identifier: is_over(self.book, identifier)
        )

    # ---- couriers

    def now(self) -> datetime:
        """Wall time."""
        return self.wall

    async def sleep(self, seconds: float) -> None:
        """Until the test has moved the clock."""
        await _ask(Resting(self.wall + timedelta(seconds=seconds)))

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """The test says what becomes of it."""
        outcome: Outcome = await _ask(Sending(intent, signed_at))
        return outcome

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """The test says when it is answered, and whether."""
        found: VenueOrder | Temporary | None = await _ask(Looking(wanted))
        if isinstance(found, Temporary):
            raise found
        return found

    def dispatch(self, intents: Sequence[Intent], *, resumed: bool = False) -> None:
        """Carry them out, in order within a lane."""
        for intent in intents:
            key = lane(intent)
            waiting = self._lanes.setdefault(key, deque())
            waiting.append((intent, resumed))
            if key not in self.works:
                self._begin(key)

    def _begin(self, key: Key) -> None:
        waiting = self._lanes.get(key)
        if waiting:
            intent, resumed = waiting.popleft()
            courier = self._courier.resume(intent) if resumed else self._courier.perform(intent)
            self._go_on(key, courier, None)

    def _go_on(self, key: Key, courier: Coroutine[Any, Any, None], answer: object) -> None:
        try:
            self.works[key] = Work(courier, courier.send(answer))
        except StopIteration:
            self.works.pop(key, None)
            self._begin(key)

    def open_questions(self) -> list[Key]:
        """The lanes whose question may be answered at this moment."""
        return [key for key, work in self.works.items() if not self._rests(work)]

    def _rests(self, work: Work) -> bool:
        return isinstance(work.question, Resting) and work.question.until > self.wall

    def pauses(self) -> list[datetime]:
        """When couriers wake."""
        return [work.question.until for work in self.works.values() if isinstance(work.question, Resting)]

    def wake(self) -> None:
        """Those whose pause is over go on."""
        for key in self.open_questions():
            if isinstance(self.works[key].question, Resting):
                self.answer(key)

    def answer(self, key: Key, *, share: Decimal = ONE) -> None:
        """As the exchange itself would."""
        work = self.works[key]
        match work.question:
            case Sending() as sent:
                self._go_on(key, work.courier, self._arrive(sent, share))
            case Looking(wanted):
                self._go_on(key, work.courier, self.exchange.find(wanted.id))
            case Resting():
                self._go_on(key, work.courier, None)

    def fail(self, key: Key, mishap: Mishap, code: RejectCode) -> None:
        """As a bad network would, or an exchange in a bad mood."""
        work = self.works[key]
        answer: object = None
        match work.question:
            case Sending() as sent:
                answer = self._misfortune(sent, mishap, code)
            case Looking():
                answer = Temporary("no answer")
            case Resting():
                return
        self._go_on(key, work.courier, answer)

    def _misfortune(self, sent: Sending, mishap: Mishap, code: RejectCode) -> Outcome:
        match mishap:
            case "lost":
                return Unknown(why="the request is lost")
            case "late":
                self.strays.append(sent)
                return Unknown(why="no answer yet")
            case "answer lost":
                self._arrive(sent, ONE)
                return Unknown(why="the answer is lost")
            case "throttled":
                return Throttled(until=self.wall + timedelta(seconds=1))
            case "refused":
                return Rejected(code=code, message="in a bad mood")

    def _arrive(self, sent: Sending, share: Decimal) -> Outcome:
        return self.exchange.perform(sent.intent, signed_at=sent.signed_at, wall=self.wall, share=share)

    def stray(self) -> None:
        """The oldest request that was given up arrives after all."""
        self._arrive(self.strays.pop(0), ONE)

    # ---- the private stream

    def _hear(self, frame: tuple[Said, ...]) -> None:
        if self.up and not self.deaf:
            self.frames.append(frame)

    def connect(self) -> None:
        """The stream is up; what was said before is not told again."""
        self.up, self.deaf = True, False
        self.inbox.append(StreamChanged(connected=True, seen_at=self.wall))

    def drop(self) -> None:
        """It breaks, with all that was under way in it."""
        if self.up:
            self.up = False
            self.frames.clear()
            self.inbox.append(StreamChanged(connected=False, seen_at=self.wall))

    def frame(self) -> None:
        """The next frame arrives."""
        self._told.append(self.frames.popleft())
        self._say(self._told[-1])

    def echo(self, pick: int) -> None:
        """One of the latest frames arrives once more."""
        if self._told and self.up:
            self._say(self._told[pick % len(self._told)])

    def _say(self, frame: tuple[Said, ...]) -> None:
        self.inbox.extend(replace(said, seen_at=self.wall) for said in frame)

    # ---- readings

    def begin_reading(self, wanted: tuple[Wanted, ...], past: Sequence[Symbol]) -> None:
        """The orders are asked for."""
        asked = tuple(one.id for one in wanted)
        self.reading = self._orders(self.wall, asked, tuple(past))

    def _orders(self, begun_at: datetime, asked: tuple[str, ...], past: tuple[Symbol, ...]) -> Reading:
        paper = self.exchange.paper
        orders, fills = self.exchange.shown(asked)
        return Reading(begun_at, asked, past, paper.wallet, paper.positions, orders, fills)

    def end_reading(self) -> None:
        """Positions and wallet; where they changed meanwhile, the orders once more."""
        reading, paper = self.reading, self.exchange.paper
        assert reading is not None
        if (reading.wallet, reading.positions) != (paper.wallet, paper.positions):
            reading = self._orders(reading.begun_at, reading.wanted, reading.past)
        fills = tuple(replace(fill, seen_at=self.wall) for fill in reading.fills)
        view = self.exchange.view(reading.orders, fills, past=reading.past)
        self.reading = None
        self.inbox.append(AccountRead(view=view, begun_at=reading.begun_at, seen_at=self.wall))

    # ---- death

    def abandon(self, *, arrive: bool) -> None:
        """Nobody is there any more; requests that were under way are lost, or arrive some time."""
        for work in self.works.values():
            if arrive and isinstance(work.question, Sending):
                self.strays.append(work.question)
            work.courier.close()
        self.works.clear()
        self._lanes.clear()
        self.inbox.clear()
        self.frames.clear()
        self.up, self.reading = False, None
