"""Looks at everything now and then, and at the Secrets more often: nothing may list or watch these."""

from collections.abc import Callable

import structlog

from tradepods_core.errors import Temporary, TradepodsError
from tradepods_operator.engine.reconcile import Reconciler
from tradepods_operator.engine.sightings import Sightings
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import Key, Sleep, Trigger

SECRETS_EVERY = 60.0  # seconds
SPREAD = 0.2  # of a pause: operators of a cluster don't list at the same time
AGAIN = 5.0  # seconds until what failed is tried again
GIVE_UP = 3  # accounts in a row
log = structlog.get_logger()


class Resync:
    """The two rounds.

    Args:
        every: seconds between two looks at everything.
        draw: chance, at least 0 and below 1.

    """

    def __init__(
        self,
        *,
        survey: Survey,
        reconciler: Reconciler,
        sightings: Sightings,
        trigger: Trigger,
        every: float,
        sleep: Sleep,
        draw: Callable[[], float],
    ) -> None:
        self._survey, self._reconciler, self._sightings = survey, reconciler, sightings
        self._trigger, self._every, self._sleep, self._draw = trigger, every, sleep, draw
        self._unread: set[Key] = set()  # whose Secrets could not be read at the last look at them

    async def first(self) -> None:
        """All accounts are known to each other afterwards, and those that need it are to be reconciled.

        The watches begin after it: of its looks only the last one counts against them.
        """
        self._sightings.begin()
        while not await self._look(why="start"):
            await self._sleep(AGAIN)
            self._sightings.begin()

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self._sleep(self._every * (1 + SPREAD * (self._draw() - 0.5)))
            await self._look(why="resync")

    async def watch_secrets(self) -> None:
        """A changed Secret is noticed within a minute or so."""
        while True:
            await self._sleep(SECRETS_EVERY * (1 + SPREAD * (self._draw() - 0.5)))
            try:
                await self._look_at_secrets()
            except TradepodsError as error:
                log.warning("secrets_not_read", error=str(error))

    async def _look_at_secrets(self) -> None:
        """One that can't be read just now keeps nobody else's from being; where some in a row can't, none can.

        Those that could not be in the look before either say nothing of the others.
        """
        failed = 0
        async for account in self._survey.accounts():
            try:
                if await self._reconciler.secrets_changed(account):
                    self._trigger([account.key], why="secret")
            except Temporary as error:
                failed += account.key not in self._unread
                self._unread.add(account.key)
                if failed == GIVE_UP:
                    raise
                log.warning("secrets_not_read", account=str(account.key), error=str(error))
            else:
                self._unread.discard(account.key)
                failed = 0

    async def _look(self, *, why: str) -> bool:
        try:
            shelf = await self._survey.begin()
            self._sightings.listed(shelf.versions)
            behind = await self._survey.behind(shelf)
        except TradepodsError as error:
            log.warning("resync_failed", error=str(error))
            return False
        self._trigger(behind, why=why)
        log.info("resynced", accounts=len(shelf.versions), behind=len(behind))
        return True
