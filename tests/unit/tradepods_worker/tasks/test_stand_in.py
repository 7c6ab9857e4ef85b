"""Marks of what is held, while the service tells none: asked only where there is need, and never an older one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from support.build import BTC, ETH, NOON, WALL
from support.table import Table, entered, fill
from tradepods_core.book.events import MarksMoved
from tradepods_core.errors import Temporary
from tradepods_core.shapes import Symbol
from tradepods_core.wire.stream import Ping
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.venues.quotes_memory import MemoryQuotes
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Mark
from tradepods_worker.tasks.stand_in import ASK_EVERY, LONGEST_PAUSE, StandIn

D = Decimal
LATER = NOON + timedelta(minutes=11)


class Scene:
    """An account whose service is silent; both of its symbols are at 106 at the exchange."""

    def __init__(self, *desks: Desk) -> None:
        self.silent = True
        self.wall = ManualClock(WALL)
        self.quotes = MemoryQuotes()
        self.quotes.move({BTC: D(106), ETH: D(106)}, at=LATER)
        self.happened: list[Any] = []
        books: Any = [SimpleNamespace(desk=desk, venue=self.quotes) for desk in desks]
        self.stand_in = StandIn(
            books=lambda: books,
            silent=lambda: self.silent,
            put=self.happened.append,
            moved=self.moved,
            show=self.happened.append,
            wall=self.wall,
        )

    async def moved(self, marks: Mapping[Symbol, Decimal]) -> None:
        """A paper venue acts."""
        self.happened.append(dict(marks))

    async def told(self) -> list[Any]:
        """What one look leads to."""
        self.happened.clear()
        await self.stand_in.look()
        return list(self.happened)


async def _holding() -> Desk:
    """A desk with a position."""
    desk, entry = await entered(Table())
    await desk.handle(fill(entry))
    assert desk.book.positions
    return desk


async def test_while_the_service_is_silent_what_is_held_is_asked_for() -> None:
    """Market time first, then paper orders, then the desks; no other symbol is asked for."""
    scene = Scene(await _holding())

    assert await scene.told() == [LATER, {BTC: D(106)}, MarksMoved(at=LATER, marks={BTC: D(106)})]
    assert scene.quotes.asked == [(BTC,)]


async def test_while_the_service_is_heard_nobody_is_asked() -> None:
    """Its marks are enough, and requests cost weight."""
    scene = Scene(await _holding())
    scene.silent = False

    assert await scene.told() == []
    assert scene.quotes.asked == []


async def test_who_holds_nothing_asks_for_nothing() -> None:
    """An entry is forbidden, so no price matters."""
    scene = Scene(await Table().begun())

    assert await scene.told() == []
    assert scene.quotes.asked == []


async def test_a_symbol_in_both_books_is_asked_for_once() -> None:
    """One price is told to both."""
    scene = Scene(await _holding(), await _holding())

    assert len(await scene.told()) == 3
    assert scene.quotes.asked == [(BTC,)]


async def test_where_the_service_tells_the_mark_nobody_else_is_asked() -> None:
    """Its cycles may stay away while its marks go on; a minute after the last of them they are missed."""
    scene = Scene(await _holding())
    scene.stand_in.heard(MarksMoved(at=LATER, marks={BTC: D(105)}))
    scene.stand_in.heard(Ping(at=LATER))
    scene.wall.advance(60)
    assert await scene.told() == []
    scene.wall.advance(1)
    assert len(await scene.told()) == 3


async def test_a_mark_older_than_the_one_that_is_known_is_dropped() -> None:
    """The price would seem to go back."""
    desk = await _holding()
    scene = Scene(desk)
    await desk.handle(MarksMoved(at=LATER + timedelta(milliseconds=1), marks={BTC: D(107)}))

    assert await scene.told() == []


async def test_a_mark_that_the_service_tells_meanwhile_goes_before_our_answer() -> None:
    """The desk may not have heard it yet: it waits in the inbox."""
    scene = Scene(await _holding())

    class Slow(MemoryQuotes):
        async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
            scene.stand_in.heard(MarksMoved(at=LATER, marks={BTC: D(105)}))
            return {symbol: Mark(price=D(106), at=LATER) for symbol in symbols}

    scene.stand_in._books()[0].venue = Slow()  # type: ignore[misc, assignment]

    assert await scene.told() == []


async def test_a_mark_that_stands_still_at_the_venue_is_not_told_as_new() -> None:
    """Beside one that moves: one moment is told for all."""
    scene = Scene(await _holding())
    old = LATER - timedelta(seconds=60)
    found = {ETH: Mark(price=D(106), at=LATER), BTC: Mark(price=D(1), at=old)}
    await scene.stand_in._hand_on(found, WALL)

    assert scene.happened[-1] == MarksMoved(at=LATER, marks={ETH: D(106)})


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Temporary("the exchange does not answer"), ASK_EVERY),
        (Temporary("the exchange's rate limit", after=17), 17),
        (Temporary("the exchange's rate limit", after=86_400), LONGEST_PAUSE),
        (RuntimeError("nobody expected this"), ASK_EVERY),
    ],
)
async def test_a_failure_ends_nothing_and_is_said_once(
    error: Exception, pause: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next look comes all the same, no sooner than the exchange allows."""
    scene = Scene(await _holding())

    class Broken(MemoryQuotes):
        async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
            raise error if symbols else AssertionError

    working, scene.stand_in._books()[0].venue = scene.quotes, Broken()  # type: ignore[misc, assignment]
    assert [await scene.stand_in.look() for _ in range(3)] == [pause] * 3
    assert scene.happened == []
    scene.stand_in._books()[0].venue = working  # type: ignore[misc, assignment]
    assert len(await scene.told()) == 3
    assert capsys.readouterr().out.count("marks_not_read") == 1


async def test_it_looks_every_few_seconds_without_end() -> None:
    """As often as a trailing stop may be replaced."""
    scene = Scene(await _holding())
    slept: list[float] = []

    class Enough(Exception):
        """Of looking."""

    class Thrice(ManualClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            if len(slept) > 3:
                raise Enough

    scene.stand_in._wall = Thrice(WALL)
    with pytest.raises(Enough):
        await scene.stand_in.run()

    assert slept == [ASK_EVERY] * 4
    assert len(scene.quotes.asked) == 3
