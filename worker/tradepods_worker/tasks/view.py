"""What people's questions are answered from: one moment of the account, as a frozen value."""

from collections.abc import Callable

from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock
from tradepods_worker.ports.commands import View


def viewer(
    *, account: str, desk: Desk, market: Clock, last_error: Callable[[], str], waiting: Callable[[], int]
) -> Callable[[], View]:
    """A function that looks at the desk."""

    def look() -> View:
        sight = desk.sight
        return View(
            account=account,
            at=market.now(),
            book=desk.book,
            tally=desk.tally,
            settings=sight.settings,
            markets=sight.markets,
            marks=sight.marks,
            leverage=sight.venue.leverage,
            connected=sight.connected,
            last_cycle=sight.last_cycle,
            last_error=last_error(),
            waiting=waiting(),
        )

    return look
