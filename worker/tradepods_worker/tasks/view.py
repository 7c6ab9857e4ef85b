"""What people's questions are answered from: one moment of the account, as a frozen value."""

from collections.abc import Callable

from tradepods_worker.ports import Clock
from tradepods_worker.ports.commands import Taken, View
from tradepods_worker.tasks.heartbeat import Reported, Status


def viewer(
    *,
    account: str,
    trading: Callable[[], Reported],
    guarding: Callable[[], Reported | None],
    status: Callable[[], Status],
    taken: Callable[[], Taken],
    market: Clock,
    waiting: Callable[[], int],
    keys: Callable[[], bool],
) -> Callable[[], View]:
    """A function that looks at the desks."""

    def look() -> View:
        one, other = trading(), guarding()
        sight = one.desk.sight
        return View(
            account=account,
            at=market.now(),
            book=one.desk.book,
            tally=one.desk.tally,
            terms=sight.terms,
            markets=sight.markets,
            marks=sight.marks,
            leverage=sight.venue.leverage,
            connected=sight.connected,
            last_cycle=sight.last_cycle,
            last_error=one.rereader.last_error,
            waiting=waiting(),
            read=sight.since is not None,
            keys=keys(),
            other=None if other is None else other.desk.book,
            conditions=status().conditions,
            taken=taken(),
        )

    return look
