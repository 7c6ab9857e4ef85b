"""What outlives the process: the venue's record, and no other market's."""

from structlog.testing import capture_logs

from support.build import BTC, ETH, FIVE, NOON
from support.candle_desk import BITCOIN, ETHER, KEEP, Desk, Disk, same
from tradepods_core.times import to_ms
from tradepods_signals.engine.candle_keeper import CandleKeeper


async def test_what_was_told_is_compared_before_it_is_kept() -> None:
    """So a disk holds the venue's record; one request a series, and none where nothing was told."""
    disk = Disk()
    desk = await Desk(disk).warm()
    keeper = CandleKeeper(store=desk.store, reader=desk.reader, shelf=disk)
    await keeper.keep()
    assert disk.writes == [(BITCOIN, KEEP), (ETHER, KEEP)]
    for after in (1, 2):
        desk.tell(BITCOIN, ETHER, after=after, volume=9.75)
        await desk.asked(after)
    before = desk.feed.asked
    await keeper.keep(checked=False)
    assert disk.writes[2:] == []
    await keeper.keep()

    assert desk.feed.asked == before + 2
    assert disk.writes[2:] == [(BITCOIN, 2), (ETHER, 2)]
    assert [candle for candle in disk.held[BITCOIN].values() if candle.volume == 9.75] == []
    await keeper.keep()
    assert (desk.feed.asked, len(disk.writes)) == (before + 2, 4)


async def test_a_restart_requests_only_what_is_not_on_disk() -> None:
    """The tail, and the newest kept candle with it, to see that it is the same market."""
    disk, polled = Disk(), await Desk().warm()
    first = await Desk(disk).warm()
    await CandleKeeper(store=first.store, reader=first.reader, shelf=disk).keep()
    again = Desk(disk)
    again.store.fit({FIVE: {BTC: KEEP - 5, ETH: KEEP - 5}})
    counts = again.sizes()
    await again.store.read([FIVE], NOON + 3 * FIVE.length)
    await polled.asked(3)

    assert counts == [5, 5]  # the newest kept one, three that closed, and the one that forms
    rows = polled.store.windows[FIVE][BTC].rows[5:]
    assert (again.store.windows[FIVE][BTC].rows == rows).all()
    assert again.count("candle_gaps", timeframe="5m") == 0


async def test_a_disk_of_another_market_is_not_believed() -> None:
    """Its newest candle is not the venue's: all is read anew, and written over what is there."""
    disk, polled = Disk(), await Desk().warm()
    first = await Desk(disk).warm()
    await CandleKeeper(store=first.store, reader=first.reader, shelf=disk).keep()
    for held in disk.held.values():
        held.update({opened: candle._replace(close=candle.close + 1) for opened, candle in held.items()})
    again = await Desk(disk).warm()

    assert same(again, polled)
    await CandleKeeper(store=again.store, reader=again.reader, shelf=disk).keep()
    assert disk.writes[2:] == [(BITCOIN, KEEP), (ETHER, KEEP)]


async def test_a_disk_with_a_gap_gives_what_stands_before_it() -> None:
    """The rest is requested; one that begins too late gives nothing."""
    disk, polled = Disk(), await Desk().warm()
    first = await Desk(disk).warm()
    await CandleKeeper(store=first.store, reader=first.reader, shelf=disk).keep()
    del disk.held[BITCOIN][to_ms(NOON) - 10 * 300_000]
    del disk.held[ETHER][min(disk.held[ETHER])]
    again = Desk(disk)
    counts = again.sizes()
    await again.warm()

    assert counts == [12, KEEP + 1]
    assert same(again, polled)


async def test_a_full_disk_costs_nothing_but_a_warning() -> None:
    """What could not be kept is kept the next time."""
    disk = Disk()
    desk = await Desk(disk).warm()
    keeper = CandleKeeper(store=desk.store, reader=desk.reader, shelf=disk)
    disk.full = True
    with capture_logs() as logs:
        await keeper.keep()
    disk.full = False
    await keeper.keep()

    assert [(entry["event"], entry["error"]) for entry in logs] == [("candles_not_kept", "No space left on device")]
    assert disk.writes == [(BITCOIN, KEEP), (ETHER, KEEP)]
