"""The private stream into the inbox; a gap asks for a reading of the account."""

from tradepods_core.book.events import StreamChanged
from tradepods_core.book.outside import ForeignSeen
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.ports import Clock, Gap, Lost, Reader, Venue


async def follow(venue: Venue, *, inbox: Inbox, reader: Reader, wall: Clock) -> None:
    """Follow the venue without end."""
    async for event in venue.events():
        match event:
            case Gap():
                inbox.put(StreamChanged(connected=True, seen_at=wall.now()))
                reader.ask(event.why)
            case Lost():
                inbox.put(StreamChanged(connected=False, seen_at=wall.now()))
            case ForeignSeen():
                inbox.put(event)
                reader.remind("something that is not ours happened")
            case _:
                inbox.put(event)
