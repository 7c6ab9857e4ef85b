"""The fleet's digests: what each worker said last, and which of that is new to whoever asks.

An account that says the same again costs a reader nothing. That it says nothing at all any more is a change too.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tradepods_core.shapes import Symbol
from tradepods_core.times import Now, to_ms, written
from tradepods_core.wire.fleet import Digest, Fleet, Heartbeat
from tradepods_core.wire.portfolio import Totals
from tradepods_signals.engine.portfolio import PortfolioBook

MOST_ACCOUNTS = 10_000  # more names than this are garbage, not accounts
SILENT_AFTER = timedelta(seconds=60)  # a worker reports every five
SAME_MIB = 1.0  # memory that moves less than this has not changed
Key = tuple[str, str]


@dataclass(slots=True)
class _Account:
    """What is known of one account. `body` is its heartbeat's JSON, once somebody has asked for it."""

    key: Key
    heartbeat: Heartbeat
    version: int
    seen_at: datetime
    silent: bool = False
    body: bytes | None = None

    def digest(self) -> Digest:
        """As the fleet shows it."""
        return Digest(
            namespace=self.key[0],
            name=self.key[1],
            version=self.version,
            seen_at=self.seen_at,
            silent=self.silent,
            heartbeat=self.heartbeat,
        )

    def encoded(self) -> bytes:
        """The same as JSON, the heartbeat encoded once however often it is read."""
        if self.body is None:
            self.body = self.heartbeat.model_dump_json(by_alias=True).encode()
        silent = "true" if self.silent else "false"
        head = (
            f'{{"namespace":"{self.key[0]}","name":"{self.key[1]}","version":{self.version},'
            f'"seenAt":"{written(self.seen_at)}","silent":{silent},"heartbeat":'
        )
        return head.encode() + self.body + b"}"


class FleetBook:
    """Digests by account. Versions count up from the moment of the start, so that none of an earlier run is above.

    Args:
        past: how the fleet stood when an earlier run ended.

    """

    def __init__(self, *, now: Now, past: Iterable[Totals] = ()) -> None:
        self._now = now
        self._first = self._version = to_ms(now()) * 1_000
        self._accounts: dict[Key, _Account] = {}
        self._changed: OrderedDict[Key, _Account] = OrderedDict()  # the oldest change first
        self._heard: OrderedDict[Key, _Account] = OrderedDict()  # who has been silent for longest first; no silent ones
        self._portfolio = PortfolioBook(past)

    @property
    def version(self) -> int:
        """The latest change, that somebody has fallen silent included."""
        self._notice_silence()
        return self._version

    def touch(self) -> None:
        """Something has changed that is told beside the digests."""
        self._version += 1

    def heard(self, *, namespace: str, name: str, heartbeat: Heartbeat) -> None:
        """Keep a worker's digest; one account too many is left out."""
        key = (namespace, name)
        account = self._accounts.get(key)
        if account is None:
            if len(self._accounts) >= MOST_ACCOUNTS:
                return
            account = self._accounts[key] = _Account(key, heartbeat, 0, self._now())
            self._portfolio.change(None, heartbeat)
            self._bump(account)
        elif account.silent or not _same(account.heartbeat, heartbeat):
            self._take(account, heartbeat)
        account.seen_at = self._now()
        self._heard[key] = account
        self._heard.move_to_end(key)

    def held(self, venue: str) -> frozenset[Symbol]:
        """What any account of this venue holds, by its last word: one that is silent holds it still."""
        own = [account.heartbeat for account in self._accounts.values() if account.heartbeat.venue == venue]
        return frozenset(one.symbol for beat in own for one in (*beat.positions, *beat.guarded))

    def since(self, version: int) -> Fleet:
        """The digests that changed after this version, oldest change first."""
        found = tuple(account.digest() for account in self._since(version))
        return Fleet(version=self._version, run=self._first, accounts=found)

    def encoded(self, version: int, *, halt: str) -> bytes:
        """The same as JSON, with why trading is halted."""
        accounts = b",".join(account.encoded() for account in self._since(version))
        empty = Fleet(version=self._version, run=self._first, halt=halt, accounts=())
        head = empty.model_dump_json(by_alias=True).encode()
        return head.removesuffix(b"]}") + accounts + b"]}"

    def totals(self) -> Sequence[Totals]:
        """All accounts together, by environment."""
        self._notice_silence()
        return self._portfolio.totals()

    def _take(self, account: _Account, heartbeat: Heartbeat) -> None:
        if account.silent:
            account.silent = False
            self._portfolio.fell_silent(account.heartbeat, count=-1)
        self._portfolio.change(account.heartbeat, heartbeat)
        account.heartbeat, account.body = heartbeat, None
        self._bump(account)

    def _bump(self, account: _Account) -> None:
        self._version += 1
        account.version = self._version
        self._changed[account.key] = account
        self._changed.move_to_end(account.key)

    def _since(self, version: int) -> Iterator[_Account]:
        """Those that changed; all of them where the version is of no run that this one knows."""
        self._notice_silence()
        known = self._first <= version <= self._version
        found = []
        for account in reversed(self._changed.values()):
            if known and account.version <= version:
                break
            found.append(account)
        return reversed(found)

    def _notice_silence(self) -> None:
        silent_since = self._now() - SILENT_AFTER
        while self._heard:
            account = next(iter(self._heard.values()))
            if account.seen_at > silent_since:
                return
            del self._heard[account.key]
            account.silent = True
            self._portfolio.fell_silent(account.heartbeat, count=1)
            self._bump(account)


def _same(before: Heartbeat, after: Heartbeat) -> bool:
    """Whether a worker says nothing new, but that it is there."""
    if abs(before.rss_mib - after.rss_mib) >= SAME_MIB:
        return False
    return {**vars(after), "at": before.at, "rss_mib": before.rss_mib} == vars(before)
