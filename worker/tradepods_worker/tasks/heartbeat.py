"""Tells the signal service how the account stands, at a steady pace, and at once what it has made of new settings.

A service that is away delays nothing.

What the service answers of the venue's bans is obeyed: another worker behind the same address has met one.
"""

import asyncio
import hashlib
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError

from tradepods_core.book.accounting import equity
from tradepods_core.errors import Temporary
from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Condition, Heartbeat, OpenPosition
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.ports import Clock, Feed, Venue
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.reread import Rereader

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the account's requests go, and the name of the address from which they leave.

    Attributes:
        salt: with what the venue's own name of the account is hashed: who does not have it can't guess names.
        secrets_hash: names the Secrets that the worker was started with.

    """

    venue: str
    egress: str
    salt: str = ""
    secrets_hash: str = ""

    def marked(self, account: str) -> str:
        """What tells whether two accounts are one at the venue, and nothing else; "" for one that it does not name."""
        return hashlib.sha256(f"{self.salt}/{account}".encode()).hexdigest()[:32] if account else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One book of the account, and those who know how it stands."""

    desk: Desk
    venue: Venue
    rereader: Rereader
    watch: ProtectionWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the account is set."""

    settings_hash: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()


class Reporter:
    """Builds and sends heartbeats.

    Args:
        trading: the book that trades. guarding: the other one, while something is open in it.
        halted: hears why no account opens anything, "" where trading is not halted.
        due: set by whoever knows what a person waits for: new settings were taken, or refused.

    Attributes:
        last: what was reported last, whether it was heard or not.

    """

    def __init__(
        self,
        *,
        feed: Feed,
        address: Address,
        outbox: Outbox,
        market: Clock,
        trading: Callable[[], Reported],
        guarding: Callable[[], Reported | None],
        status: Callable[[], Status],
        halted: Callable[[str], None],
        due: asyncio.Event,
    ) -> None:
        self._feed, self._address, self._outbox, self._market = feed, address, outbox, market
        self._trading, self._guarding, self._status, self._halted = trading, guarding, status, halted
        self._due = due
        self.last: Heartbeat | None = None

    async def run(self, *, wall: Clock, every: float) -> None:
        """Report without end."""
        while True:
            self._due.clear()
            await self.report()
            sleeping = asyncio.ensure_future(wall.sleep(every))
            told = asyncio.ensure_future(self._due.wait())
            try:
                await asyncio.wait({sleeping, told}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                told.cancel()

    async def report(self) -> None:
        """Report once."""
        try:
            self.last = self.heartbeat()
            reply = await self._feed.report(self.last)
            if reply.banned_until is not None:
                self._trading().venue.limit(reply.banned_until)
            self._halted(reply.halt)
        except Temporary as error:
            log.debug("heartbeat_unheard", error=str(error))
        except ValidationError as error:  # what is not worth a heartbeat is not worth the worker
            log.warning("heartbeat_unsaid", fields=[".".join(map(str, wrong["loc"])) for wrong in error.errors()])

    def heartbeat(self) -> Heartbeat:
        """How the account stands now."""
        trading, guarding, status = self._trading(), self._guarding(), self._status()
        desk = trading.desk
        both = (trading,) if guarding is None else (trading, guarding)
        return Heartbeat(
            at=self._market.now(),
            dry_run=desk.sight.settings.dry_run,
            state=desk.sight.settings.state,
            settings_hash=status.settings_hash,
            equity=equity(desk.book, desk.sight.marks),
            positions=_open(desk),
            guarded=() if guarding is None else _open(guarding.desk),
            open_orders=sum(len(one.desk.book.orders) for one in both),
            tally=desk.tally,
            last_cycle=desk.sight.last_cycle,
            last_error=next((why for one in both if (why := one.desk.trouble or one.rereader.last_error)), "")[:300],
            undelivered=self._outbox.waiting,
            unprotected_max_ms=round(max(one.watch.longest for one in both).total_seconds() * 1000),
            rss_mib=_resident_mib(),
            venue=self._address.venue,
            egress=self._address.egress,
            venue_account=self._address.marked(next(filter(None, (one.venue.account_id() for one in both)), "")),
            secrets_hash=self._address.secrets_hash,
            banned_until=next((until for one in both if (until := one.venue.limited_until()) is not None), None),
            overrides=dict(status.overrides),
            conditions=status.conditions,
        )


def _open(desk: Desk) -> tuple[OpenPosition, ...]:
    return tuple(
        OpenPosition(
            symbol=position.leg.symbol,
            side=position.leg.side,
            quantity=position.quantity,
            average=position.average,
            unrealized=position.unrealized(desk.sight.marks.get(position.leg.symbol, position.average)),
            protected=position.naked_since is None and position.quantity > ZERO and not position.alerts,
        )
        for position in desk.book.positions.values()
    )


def _resident_mib() -> float:
    """Resident memory as the kernel counts it now, MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read each heartbeat, cheaply
        pages = int(file.read().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)
