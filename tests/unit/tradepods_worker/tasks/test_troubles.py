"""What keeps an account from opening from outside: said when it begins, said when it is over, and stored meanwhile."""

from dataclasses import replace
from datetime import timedelta

from support.build import BTC, ETH, NOON, WALL, arrived, cycle, market, signal
from support.table import Table, entered, fill, read
from tradepods_core.book.events import CycleArrived, StreamChanged, TroublesSeen
from tradepods_core.book.intents import Leg
from tradepods_core.book.steering import Trouble
from tradepods_core.wire.stream import Ping
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.desk import Desk
from tradepods_worker.tasks.troubles import Watchman


class Watched:
    """A watchman of one desk; what he says reaches the desk."""

    def __init__(self, table: Table, desk: Desk) -> None:
        self.desk, self.table = desk, table
        self.off = timedelta(0)
        self.said: list[TroublesSeen] = []
        self.market, self.wall = ManualClock(NOON), ManualClock(WALL)
        self.watchman = Watchman(
            desks=lambda: (desk,),
            clock_off=lambda: self.off,
            put=self.said.append,  # type: ignore[arg-type]  # he says nothing else
            market=self.market,
            wall=self.wall,
        )

    async def look(self) -> dict[str, str]:
        """He looks, and the desk takes what he says; what troubles it then."""
        self.watchman.look()
        for event in self.said:
            await self.desk.handle(event)
        self.said.clear()
        return {kind: trouble.why for kind, trouble in self.desk.book.troubles.items()}


async def _watched() -> Watched:
    table = Table()
    return Watched(table, await table.begun())


async def test_a_service_that_is_silent_for_two_periods_is_a_trouble() -> None:
    """By the wall's clock; any word of it ends that."""
    watched = await _watched()
    watched.watchman.heard(arrived(signal()))
    watched.wall.advance(10 * 60)
    assert await watched.look() == {}
    watched.wall.advance(1)
    assert list(await watched.look()) == ["SignalsGone"]
    watched.watchman.heard(Ping(at=NOON))
    assert await watched.look() == {}


async def test_no_cycle_for_two_periods_is_a_trouble() -> None:
    """By the market's clock: marks may come all the while."""
    watched = await _watched()
    watched.watchman.heard(arrived(signal()))
    watched.market.advance(11 * 60)
    assert await watched.look() == {}
    watched.market.advance(1)
    watched.watchman.heard(Ping(at=NOON))
    assert await watched.look() == {"StaleData": "no cycle of 5m for two periods"}


async def test_a_halt_opens_nothing_until_it_is_lifted() -> None:
    """At once, stored, and told once."""
    watched = await _watched()
    watched.watchman.halted("an incident")
    assert await watched.look() == {"Halted": "an incident"}
    await watched.desk.handle(arrived(signal()))
    assert watched.desk.tally.refusals == {"Halted": 1}
    watched.watchman.halted("")
    assert await watched.look() == {}


async def test_a_stored_halt_holds_until_the_service_says_otherwise() -> None:
    """A halt survives restarts: a worker that has not heard the service yet obeys what it knows."""
    first = await _watched()
    first.watchman.halted("an incident")
    await first.look()
    await first.table.ledger.close()
    table = Table(first.table.ledger.disk)
    again = Watched(table, await table.desk())
    await again.desk.handle(StreamChanged(connected=True, seen_at=WALL))
    await again.desk.handle(read())

    assert await again.look() == {"Halted": "an incident"}
    again.watchman.halted("")
    assert await again.look() == {}


async def _again(first: Watched) -> Watched:
    """The worker is started anew on the same ledger, and reads the account."""
    await first.table.ledger.close()
    table = Table(first.table.ledger.disk)
    again = Watched(table, await table.desk())
    await again.desk.handle(StreamChanged(connected=True, seen_at=WALL))
    await again.desk.handle(read())
    return again


async def test_a_service_that_was_silent_before_a_restart_is_until_it_is_heard() -> None:
    """A worker that has heard nothing yet does not say that it is over, nor that it begins anew."""
    first = await _watched()
    first.wall.advance(10 * 60 + 1)
    assert list(await first.look()) == ["SignalsGone"]
    again = await _again(first)

    assert list(await again.look()) == ["SignalsGone"]
    assert again.watchman.silent()
    again.wall.advance(10 * 60 + 1)
    assert list(await again.look()) == ["SignalsGone"]
    again.watchman.heard(Ping(at=NOON))
    assert await again.look() == {}
    assert not again.watchman.silent()
    told = [waiting.notice.kind for waiting in again.table.ledger.disk.notices.values()]
    assert [kind for kind in told if kind in ("trouble", "relieved")] == ["trouble", "relieved"]


async def test_cycles_that_were_late_before_a_restart_are_until_one_comes() -> None:
    """A word of the service is none of its cycles."""
    first = await _watched()
    first.watchman.heard(arrived(signal()))
    first.market.advance(11 * 60 + 1)
    assert list(await first.look()) == ["StaleData"]
    again = await _again(first)
    again.watchman.heard(Ping(at=NOON))

    assert await again.look() == {"StaleData": "no cycle of 5m for two periods"}
    again.watchman.heard(arrived(signal()))
    assert await again.look() == {}


async def test_a_private_stream_that_was_down_before_a_restart_is_until_it_is_up() -> None:
    """It is given no new quarter of a minute."""
    first = await _watched()
    await first.desk.handle(StreamChanged(connected=False, seen_at=WALL))
    first.wall.advance(16)
    assert list(await first.look()) == ["NotConnected"]
    await first.table.ledger.close()
    table = Table(first.table.ledger.disk)
    again = Watched(table, await table.desk())
    await again.desk.handle(read())

    assert list(await again.look()) == ["NotConnected"]
    await again.desk.handle(StreamChanged(connected=True, seen_at=WALL))
    assert await again.look() == {}


async def test_a_service_of_long_periods_is_silent_after_ten_minutes_too() -> None:
    """It says something every few seconds, however long its candles are."""
    watched = await _watched()
    watched.watchman.heard(CycleArrived(cycle=cycle(timeframe="4h")))
    watched.wall.advance(10 * 60)
    assert await watched.look() == {}
    watched.wall.advance(1)
    assert await watched.look() == {"SignalsGone": "the signal service has not been heard for ten minutes"}


async def test_a_clock_that_is_three_quarters_of_a_second_off_opens_nothing() -> None:
    """No openings from 750 ms."""
    watched = await _watched()
    watched.off = timedelta(milliseconds=749)
    assert await watched.look() == {}
    watched.off = timedelta(milliseconds=750)
    assert list(await watched.look()) == ["ClockDrift"]
    await watched.desk.handle(arrived(signal()))
    assert watched.desk.tally.refusals == {"ClockDrift": 1}


async def test_a_private_stream_that_stays_down_is_told() -> None:
    """One that reconnects at once is not worth a message."""
    watched = await _watched()
    await watched.desk.handle(StreamChanged(connected=False, seen_at=WALL))
    watched.wall.advance(15)
    assert await watched.look() == {}
    watched.wall.advance(1)
    assert list(await watched.look()) == ["NotConnected"]


async def test_the_person_is_told_once_of_each_change() -> None:
    """When it begins and when it is over."""
    watched = await _watched()
    watched.off = timedelta(seconds=1)
    await watched.look()
    await watched.look()
    watched.off = timedelta(0)
    await watched.look()

    told = [waiting.notice.kind for waiting in watched.table.ledger.disk.notices.values()]
    assert [kind for kind in told if kind in ("trouble", "relieved")] == ["trouble", "relieved"]


async def test_a_timeframe_that_is_not_published_any_more_is_forgotten() -> None:
    """Its strategies are gone: a longer one that goes on shows that the service is well."""
    watched = await _watched()
    watched.watchman.heard(arrived(signal()))
    for hours in range(1, 3):
        watched.market.advance(3600)
        watched.wall.advance(3600)
        hourly = cycle(timeframe="1h", close=NOON + timedelta(hours=hours))
        watched.watchman.heard(CycleArrived(cycle=hourly))
        assert await watched.look() == {}


async def test_an_account_that_can_not_be_read_keeps_the_newest_of_what_it_hears() -> None:
    """Keys may be refused for days: cycles and troubles of all that time are not kept."""
    table = Table()
    watched = Watched(table, await table.desk())
    watched.off = timedelta(seconds=1)
    for minutes in range(0, 300, 5):
        await watched.look()
        await watched.desk.handle(arrived(signal(), close=NOON + timedelta(minutes=minutes)))

    assert [type(event).__name__ for event in watched.desk._held] == ["TroublesSeen", "CycleArrived"]


def _told(watched: Watched) -> list[tuple[str, str]]:
    """What the person is told of symbols and troubles, in order."""
    notices = [waiting.notice for waiting in watched.table.ledger.disk.notices.values()]
    kinds = ("trouble", "relieved", "close_only", "close_only_over")
    return [(one.kind, one.values.get("symbols", one.values.get("kind", ""))) for one in notices if one.kind in kinds]


async def test_an_account_in_multi_assets_mode_is_told_when_it_begins_and_when_it_is_over() -> None:
    """It opens nothing, and must say so; a restart that has not read the account does not say that it is over."""
    first = await _watched()
    await first.desk.handle(replace(read(), view=replace(read().view, single_asset=False)))
    why = "the account is in multi-assets mode: set it to single-asset"
    assert await first.look() == {"UnsupportedMode": why}
    await first.desk.handle(arrived(signal()))
    assert first.desk.tally.refusals == {"UnsupportedAccountMode": 1}
    await first.table.ledger.close()
    table = Table(first.table.ledger.disk)
    again = Watched(table, await table.desk())
    await again.desk.handle(StreamChanged(connected=True, seen_at=WALL))
    assert await again.look() == {"UnsupportedMode": why}

    await again.desk.handle(read())
    assert await again.look() == {}
    assert _told(again) == [("trouble", "UnsupportedMode"), ("relieved", "UnsupportedMode")]


async def test_the_mode_of_a_book_that_only_guards_is_no_trouble() -> None:
    """The account trades on paper: no entry of its other book is refused, for there is none."""
    watched = await _watched()
    await watched.desk.handle(replace(read(), view=replace(read().view, single_asset=False)))
    watched.desk._paper = not watched.desk._paper

    assert await watched.look() == {}


async def _both() -> Watched:
    """A watchman of a desk that holds both symbols."""
    table = Table()
    desk, entry = await entered(table)
    await desk.handle(fill(entry))
    (held,) = desk.book.positions.values()
    legs = [Leg(one, "long") for one in (BTC, ETH)]
    desk.book = replace(desk.book, positions={leg: replace(held, leg=leg) for leg in legs})
    return Watched(table, desk)


async def test_a_held_symbol_that_becomes_close_only_is_told_once_and_so_is_the_next() -> None:
    """The person may want to be out of it in time."""
    watched = await _both()
    for closing in ((), (BTC,), (BTC, ETH), (ETH,), ()):
        watched.desk.learn({one: market(one, trading=one not in closing) for one in (BTC, ETH)})
        assert await watched.look() == ({"CloseOnly": ", ".join(closing)} if closing else {})
        assert await watched.look() == ({"CloseOnly": ", ".join(closing)} if closing else {})

    assert _told(watched) == [("close_only", BTC), ("close_only", ETH), ("close_only_over", "")]


async def test_a_book_is_told_of_the_symbols_that_it_holds_itself() -> None:
    """An account has two books: the other one tells of its own."""
    watched = await _both()
    troubles: dict[Trouble, str] = {"CloseOnly": "DOGE/USDT:USDT, ETH/USDT:USDT"}
    await watched.desk.handle(TroublesSeen(troubles=troubles))
    await watched.desk.handle(TroublesSeen(troubles={"CloseOnly": "DOGE/USDT:USDT"}))

    assert _told(watched) == [("close_only", ETH), ("close_only_over", "")]


async def test_a_symbol_that_is_not_held_may_be_close_only() -> None:
    """It says so where an entry is refused."""
    watched = await _watched()
    watched.desk.learn({BTC: market(trading=False)})

    assert await watched.look() == {}
