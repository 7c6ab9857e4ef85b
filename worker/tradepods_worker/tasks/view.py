"""What people's questions are answered from: one moment of the account, as a frozen value."""

from collections.abc import Callable
from datetime import datetime

from tradepods_core.rules.foreign import Foreign, foreign
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
            last_error=one.desk.trouble or one.rereader.last_error,
            waiting=waiting(),
            read=sight.since is not None,
            keys=keys(),
            other=None if other is None else other.desk.book,
            conditions=status().conditions,
            taken=taken(),
            strategies=sight.strategies,
            foreign=_foreign(one, other),
            read_at=_read_at(one, other),
        )

    return look


def _foreign(*books: Reported | None) -> Foreign:
    """What none of the open books knows, each by its own venue."""
    found = [foreign(one.desk.book, one.desk.sight.reading) for one in books if one is not None]
    return Foreign(
        positions=tuple(held for one in found for held in one.positions),
        orders=tuple(order for one in found for order in one.orders),
    )


def _read_at(*books: Reported | None) -> datetime | None:
    """Since when all of them were read; None while one was not."""
    moments = [one.desk.sight.read_at for one in books if one is not None]
    return min((at for at in moments if at is not None), default=None) if None not in moments else None
