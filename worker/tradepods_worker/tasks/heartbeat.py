"""Tells the signal service how the account stands, at a steady pace. A service that is away delays nothing.

What the service answers of the venue's bans is obeyed: another worker behind the same address has met one.
"""

import resource
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from tradepods_core.book.accounting import equity
from tradepods_core.errors import Temporary
from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Heartbeat, OpenPosition
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.ports import Clock, Feed, Venue
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.reread import Rereader

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the account's requests go, and the name of the address from which they leave."""

    venue: str
    egress: str


class Reporter:
    """Builds and sends heartbeats."""

    def __init__(
        self,
        *,
        feed: Feed,
        venue: Venue,
        address: Address,
        desk: Desk,
        outbox: Outbox,
        rereader: Rereader,
        watch: ProtectionWatch,
        market: Clock,
        settings_hash: str,
    ) -> None:
        self._feed, self._desk, self._outbox, self._rereader = feed, desk, outbox, rereader
        self._venue, self._address = venue, address
        self._watch, self._market = watch, market
        self._settings_hash = settings_hash

    async def run(self, *, wall: Clock, every: float) -> None:
        """Report without end."""
        while True:
            await self.report()
            await wall.sleep(every)

    async def report(self) -> None:
        """Report once."""
        try:
            reply = await self._feed.report(self.heartbeat())
            if reply.banned_until is not None:
                self._venue.limit(reply.banned_until)
        except Temporary as error:
            log.debug("heartbeat_unheard", error=str(error))
        except ValidationError as error:  # what is not worth a heartbeat is not worth the worker
            log.warning("heartbeat_unsaid", fields=[".".join(map(str, wrong["loc"])) for wrong in error.errors()])

    def heartbeat(self) -> Heartbeat:
        """How the account stands now."""
        desk = self._desk
        return Heartbeat(
            at=self._market.now(),
            dry_run=desk.sight.settings.dry_run,
            state=desk.sight.settings.state,
            settings_hash=self._settings_hash,
            equity=equity(desk.book, desk.sight.marks),
            positions=tuple(
                OpenPosition(
                    symbol=position.leg.symbol,
                    side=position.leg.side,
                    quantity=position.quantity,
                    average=position.average,
                    unrealized=position.unrealized(desk.sight.marks.get(position.leg.symbol, position.average)),
                    protected=position.naked_since is None and position.quantity > ZERO,
                )
                for position in desk.book.positions.values()
            ),
            tally=desk.tally,
            last_cycle=desk.sight.last_cycle,
            last_error=self._rereader.last_error[:300],
            undelivered=self._outbox.waiting,
            unprotected_max_ms=round(self._watch.longest.total_seconds() * 1000),
            rss_mib=_resident_mib(),
            venue=self._address.venue,
            egress=self._address.egress,
            banned_until=self._venue.limited_until(),
        )


def _resident_mib() -> float:
    """Resident memory as the kernel counts it now, MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read each heartbeat, cheaply
        pages = int(file.read().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)
