"""What the workers' heartbeats say, as the operator last read it. A worker that is silent keeps its last word."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.times import Now
from tradepods_core.wire.fleet import Digest, Fleet
from tradepods_operator.engine.observed import is_open
from tradepods_operator.engine.status import CYCLE_EVERY, MOVED
from tradepods_operator.ports import Key

KNOWN_FOR = timedelta(minutes=2)  # a service that starts again is back before
HEARD_WITHIN = timedelta(minutes=1)  # of a new run of the service: whom it hasn't heard by then is silent


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The accounts whose workers say something else, and those of which only amounts have moved, by enough."""

    told: Sequence[Key]
    moved: Sequence[Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What moves all the time, as it was when its account was last looked at for it."""

    equity: Decimal
    cycle: str
    at: datetime


class FleetBoard:
    """The digests by account."""

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self._digests: dict[Key, Digest] = {}
        self._amounts: dict[Key, Amounts] = {}
        self._read_at: datetime | None = None
        self._listening_since: datetime | None = None
        self._run = 0
        self._unheard: dict[Key, datetime] = {}  # since when: by runs of the service that know only who reports to them
        self.version = 0

    def take(self, fleet: Fleet) -> News:
        """Take on what changed; gives whose it is. A thousand equities that move with each mark can wait."""
        if fleet.run != self._run or not self.known():
            self._listening_since = self._now()
        self._read_at, self.version = self._now(), fleet.version
        heard = {Key(digest.namespace, digest.name): digest for digest in fleet.accounts}
        found = heard | self._fallen_silent(fleet.run, heard.keys())
        told = {key for key, digest in found.items() if _says(digest) != _says(self._digests.get(key))}
        self._digests |= found
        moved = (key for key in found.keys() - told if self._have_moved(key, found[key]))
        return News(told=sorted(told), moved=sorted(moved))

    def forget(self, key: Key) -> None:
        """The account is gone. What was open is kept: who applies it again has that, and a right to its worker."""
        self._amounts.pop(key, None)
        known = self._digests.get(key)
        if known is not None and not is_open(known):
            del self._digests[key]
            self._unheard.pop(key, None)

    def digest(self, key: Key) -> Digest | None:
        """What a worker said last."""
        return self._digests.get(key)

    def _fallen_silent(self, run: int, heard: Container[Key]) -> dict[Key, Digest]:
        """Whom a new run of the service had time to hear, and hasn't: it can't say so itself."""
        now = self._now()
        if run != self._run:
            self._run, self._unheard = run, {key: self._unheard.get(key, now) for key in self._digests}
        self._unheard = {key: since for key, since in self._unheard.items() if key not in heard}
        over = [key for key, since in self._unheard.items() if now - since >= HEARD_WITHIN]
        fallen = {key: self._digests[key].model_copy(update={"silent": True}) for key in over}
        for key in over:
            del self._unheard[key]
        return fallen

    def _have_moved(self, key: Key, digest: Digest) -> bool:
        """Whether its amounts may be worth a write: a pass that finds that they aren't costs ten requests."""
        said, before, now = digest.heartbeat, self._amounts.get(key), self._now()
        if before is not None:
            far = abs(said.equity - before.equity) > abs(before.equity) * MOVED
            if not far and (said.last_cycle == before.cycle or now - before.at < CYCLE_EVERY):
                return False
        self._amounts[key] = Amounts(equity=said.equity, cycle=said.last_cycle, at=now)
        return True

    def known(self) -> bool:
        """Whether the fleet was read lately."""
        return self._read_at is not None and self._now() - self._read_at <= KNOWN_FOR

    def listened(self) -> bool:
        """Whether it was for so long that every worker that runs has been heard."""
        since = self._listening_since
        return self.known() and since is not None and self._now() - since >= HEARD_WITHIN


def _says(digest: Digest | None) -> object:
    """What the account's conditions and its plan are made of."""
    if digest is None:
        return None
    said = digest.heartbeat
    held = [(one.symbol, one.side, one.protected) for one in (*said.positions, *said.guarded)]
    who = said.venue_account, said.secrets_hash
    placed = bool(said.open_orders)  # not how many: an account that trades places some all the time
    words = said.state, said.conditions, said.overrides, said.last_error
    return digest.silent, who, said.settings_hash, words, held, placed
