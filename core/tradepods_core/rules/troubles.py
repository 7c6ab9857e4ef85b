"""What keeps the account from opening from outside: recorded when it begins and when it ends, so that it is told."""

from collections.abc import Iterator

from tradepods_core.book.events import TroublesSeen
from tradepods_core.book.steering import TroubleBegan, TroubleEnded
from tradepods_core.rules.snapshot import Snapshot


def heed(snapshot: Snapshot) -> Iterator[TroubleBegan | TroubleEnded]:
    """The troubles that are new, and those that are over; a halt is stored like every other until it is lifted."""
    if not isinstance(snapshot.event, TroublesSeen):
        return
    seen = snapshot.event.troubles
    for kind, why in seen.items():
        if kind not in snapshot.book.troubles:
            yield TroubleBegan(kind=kind, why=why, at=snapshot.now)
    for kind in snapshot.book.troubles:
        if kind not in seen:
            yield TroubleEnded(kind=kind, at=snapshot.now)
