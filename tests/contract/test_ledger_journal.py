"""A ledger that can't be written: real full disks, real locks; and the journal that stands in for it."""

import time
from pathlib import Path

import pytest

from support.build import WALL
from support.disks import held, read_only, small_disk
from support.ledgers import OWNER, Place, lived, notice, place_of
from tradepods_core.book.facts import Fact, Filled, PositionClosed
from tradepods_worker.adapters.ledger.journal import HEAD, ROOM, Journal, Unwritable, _checksum
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports.ledger import BookLedger, Entry, JournalDown, Lease, LedgerDown

FACTS: tuple[Fact, ...] = tuple(lived().facts)
MANY = 200  # commits: more than a nearly full disk takes


async def test_what_was_journalled_is_in_the_ledger_after_the_next_start(place: Place) -> None:
    """Facts and notices, in the order and in the book in which they came."""
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=FACTS[:3]), lease=lease)
    await ledger.book("live").journal(Entry(facts=FACTS[3:5], notices=(notice("a"),)))
    await ledger.book("paper").journal(Entry(facts=FACTS[5:6]))
    await ledger.book("live").journal(Entry(facts=FACTS[6:]))
    place.crash(ledger)
    again, _ = await place.acquired()

    assert (await again.book("live").load()).facts == (*FACTS[:5], *FACTS[6:])
    assert (await again.book("paper").load()).facts == FACTS[5:6]
    assert [(one.notice.kind, one.book) for one in await again.undelivered(limit=9)] == [("a", "live")]


async def test_what_the_journal_held_is_taken_in_once(place: Place) -> None:
    """By the commit that names its number, or by a start; never again by a later one."""
    ledger, lease = await place.acquired()
    await ledger.book("live").journal(Entry(facts=FACTS[:2]))
    number = await ledger.book("live").journal(Entry(facts=FACTS[2:4]))
    await ledger.book("live").commit(Entry(facts=FACTS[:4], journalled=number), lease=lease)
    await ledger.book("live").journal(Entry(facts=FACTS[4:5]))
    for _ in range(3):
        place.crash(ledger)
        ledger, lease = await place.acquired()

    assert (await ledger.book("live").load()).facts == FACTS[:5]


async def test_what_the_ledger_has_already_is_left_out(place: Place) -> None:
    """A commit that seemed to fail may be there after a kill."""
    fills = tuple(fact for fact in FACTS if isinstance(fact, Filled))
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=fills[:1]), lease=lease)
    await ledger.book("live").journal(Entry(facts=fills))
    place.crash(ledger)
    again, _ = await place.acquired()

    assert (await again.book("live").load()).facts == fills


async def _until_full(book: BookLedger, lease: Lease) -> None:
    """What room there is in a ledger's own files is used up."""
    for _ in range(MANY):
        await book.commit(Entry(facts=(), notices=(notice("a"),)), lease=lease)


async def test_a_full_disk_is_said_and_does_not_stop_the_journal(tmp_path: Path) -> None:
    """Its room was taken when the ledger was; once there is room again, commits go on, and nothing is doubled."""
    with small_disk(tmp_path / "disk") as disk:
        ledger = SqlLedger(disk.folder / LEDGER)
        lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
        live = ledger.book("live")
        await live.commit(Entry(facts=FACTS[:1]), lease=lease)
        disk.fill()
        with pytest.raises(LedgerDown, match="full"):
            await _until_full(live, lease)
        number = await live.journal(Entry(facts=FACTS[1:3]))
        assert await live.history() == list(FACTS[:1])
        disk.empty()
        await live.commit(Entry(facts=FACTS[1:3], journalled=number), lease=lease)
        await ledger.close()
        again = SqlLedger(disk.folder / LEDGER)
        await again.acquire(owner=OWNER, holder="test", now=WALL)
        found = await again.book("live").history()
        await again.close()

    assert found == list(FACTS[:3])


async def test_another_program_that_holds_the_file_is_not_waited_for(tmp_path: Path) -> None:
    """Whoever writes is told within a moment, whoever reads is answered; let go of, it can be written again."""
    ledger = SqlLedger(tmp_path / LEDGER)
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    live = ledger.book("live")
    begun = time.monotonic()
    with held(tmp_path / LEDGER):
        with pytest.raises(LedgerDown, match="locked"):
            await live.commit(Entry(facts=FACTS), lease=lease)
        assert await live.history() == []
        assert list(await ledger.undelivered(limit=9)) == []
    waited = time.monotonic() - begun
    await live.commit(Entry(facts=FACTS), lease=lease)
    found = await live.history()
    await ledger.close()

    assert found == list(FACTS)
    assert waited < 5


async def test_a_read_only_file_is_said_to_be_one(tmp_path: Path) -> None:
    """A start needs a ledger that it can write, for its lease is in it; it is tried again."""
    first = SqlLedger(tmp_path / LEDGER)
    await first.acquire(owner=OWNER, holder="test", now=WALL)
    await first.close()
    with read_only(tmp_path / LEDGER):
        ledger = SqlLedger(tmp_path / LEDGER)
        with pytest.raises(LedgerDown, match="readonly"):
            await ledger.acquire(owner=OWNER, holder="test", now=WALL)
        await ledger.close()
    again = SqlLedger(tmp_path / LEDGER)
    assert (await again.acquire(owner=OWNER, holder="test", now=WALL)).epoch == 2
    await again.close()


@pytest.mark.parametrize("by", ["a commit", "a start"])
async def test_a_kill_before_the_journal_is_cleared_doubles_nothing(tmp_path: Path, by: str) -> None:
    """Not even facts that may happen twice: the ledger has noted up to which record it has them."""
    closed = tuple(fact for fact in FACTS if isinstance(fact, PositionClosed))
    place = place_of("sqlite", tmp_path)
    ledger, lease = await place.acquired()
    number = await ledger.book("live").journal(Entry(facts=closed))
    file = tmp_path / f"{LEDGER}.live.journal"
    uncleared = file.read_bytes()
    if by == "a commit":
        await ledger.book("live").commit(Entry(facts=closed, journalled=number), lease=lease)
    else:
        place.crash(ledger)
        ledger, _ = await place.acquired()
    place.crash(ledger)
    file.write_bytes(uncleared)
    again, _ = await place.acquired()
    found = await again.book("live").history()
    for opened in place.opened:
        await opened.close()

    assert found == list(closed)
    assert len(closed) == 1


def _journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def test_a_record_that_was_cut_off_is_not_there(tmp_path: Path) -> None:
    """At whatever byte the power went."""
    first = _journal(tmp_path)
    first.open(after=0)
    first.append(b"one")
    first.append(b"two")
    first.close()
    whole = (tmp_path / "journal").read_bytes()
    end = 2 * HEAD.size + len(b"onetwo")
    for cut in range(HEAD.size + len(b"one"), end):
        (tmp_path / "journal").write_bytes(whole[:cut] + bytes(ROOM - cut))
        journal = _journal(tmp_path)
        assert [record.body for record in journal.open(after=0)] == [b"one"]
        journal.close()


def test_what_lies_behind_a_cleared_journal_is_not_read(tmp_path: Path) -> None:
    """Older records of the same length, each in its place: their numbers are lower."""
    journal = _journal(tmp_path)
    journal.open(after=0)
    for body in (b"one", b"two", b"six"):
        journal.append(body)
    journal.clear()
    number = journal.append(b"new")
    journal.close()
    content = bytearray((tmp_path / "journal").read_bytes())
    content[HEAD.size + 3 : 2 * HEAD.size + 3] = HEAD.pack(3, _checksum(2, b"two"), 2)  # as if it had not ended
    (tmp_path / "journal").write_bytes(content)
    again = _journal(tmp_path)
    records = again.open(after=3)
    again.close()

    assert [(record.number, record.body) for record in records] == [(number, b"new")]
    assert number == 4


def test_a_clearing_that_the_disk_forgot_does_no_harm(tmp_path: Path) -> None:
    """What the ledger has noted is not read again, even where it still lies there."""
    journal = _journal(tmp_path)
    journal.open(after=0)
    last = [journal.append(body) for body in (b"one", b"two")][-1]
    journal.close()
    again = _journal(tmp_path)

    assert again.open(after=last) == []
    assert again.append(b"three") == last + 1
    again.close()


def test_a_journal_that_is_full_takes_no_more(tmp_path: Path) -> None:
    """Its room is all it has."""
    journal = _journal(tmp_path)
    journal.open(after=0)
    journal.append(bytes(ROOM - 2 * HEAD.size))
    with pytest.raises(Unwritable, match="is full"):
        journal.append(b"more")
    journal.close()
    assert (tmp_path / "journal").stat().st_size == ROOM


async def test_a_journal_that_cannot_be_had_is_missed_only_when_it_is_needed(tmp_path: Path) -> None:
    """A folder stands in its place: the ledger serves all the same."""
    (tmp_path / f"{LEDGER}.live.journal").mkdir()
    ledger = SqlLedger(tmp_path / LEDGER)
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.book("live").commit(Entry(facts=FACTS), lease=lease)
    with pytest.raises(JournalDown):
        await ledger.book("live").journal(Entry(facts=FACTS))
    await ledger.close()


async def test_a_journal_that_can_only_be_read_is_taken_in_all_the_same(tmp_path: Path) -> None:
    """Later it would come behind newer facts; what it holds is there once, whether or not it could be cleared."""
    file = tmp_path / LEDGER
    first = SqlLedger(file)
    lease = await first.acquire(owner=OWNER, holder="test", now=WALL)
    await first.book("live").commit(Entry(facts=FACTS[:2]), lease=lease)
    await first.book("live").journal(Entry(facts=FACTS[2:4]))
    await first.close()
    with read_only(tmp_path / f"{LEDGER}.live.journal"):
        second = SqlLedger(file)
        lease = await second.acquire(owner=OWNER, holder="test", now=WALL)
        await second.book("live").commit(Entry(facts=FACTS[4:]), lease=lease)
        await second.close()
    third = SqlLedger(file)
    await third.acquire(owner=OWNER, holder="test", now=WALL)
    found = await third.book("live").history()
    await third.close()

    assert found == list(FACTS)
