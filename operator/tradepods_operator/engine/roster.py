"""What each account means for the others: who has a worker, whose secrets are the same, whose turn it is."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import nsmallest
from itertools import islice

from tradepods_core.settings.parts import State
from tradepods_operator.engine import release, venue_account
from tradepods_operator.engine.checks import is_left_alone, objection
from tradepods_operator.engine.crashes import crashes
from tradepods_operator.engine.observed import Observed, Peers, works
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.rollout import has_failed, started_at, under_way
from tradepods_operator.ports import Key

LATELY = timedelta(minutes=10)
MANY = 0.1  # of all workers: then it is hardly their own fault
FEW = 3  # accounts, of which a share says nothing
Right = tuple[bool, bool, bool, datetime, datetime, Key]  # the least goes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One account, as the others need to know it.

    Attributes:
        wants: it is to have a worker. works: it has one. ends: it has none, but a pod of it has not ended yet.
        holds: something may be open.
        stuck: it can't be served, rests, or is left alone: it needs no place before that has changed.
        elsewhere: another release serves it: it takes neither place nor turn of ours, but what it has is its own.
        started: when its worker was. waits: for its turn, as it was told last.
        resting_since: since when it is stopped for its crashes.
        marks: of what it may not share, by field. still: of what a pod of it has, by former Secrets.
        follows: the strategies that it names, none for every one; None where it follows nothing.

    """

    key: Key
    created: datetime
    priority: int
    wants: bool
    works: bool
    holds: bool
    ends: bool = False
    stuck: bool = False
    elsewhere: bool = False
    started: datetime | None = None
    under_way: bool = False
    waits: bool = False
    failed: bool = False
    resting_since: datetime | None = None
    marks: Mapping[str, str] = field(default_factory=dict, repr=False)
    still: frozenset[str] = field(default=frozenset(), repr=False)
    follows: tuple[str, ...] | None = None

    @property
    def has(self) -> frozenset[str]:
        """The marks of all that it has."""
        return self.still.union(self.marks.values())


def entry_of(seen: Observed, *, made_of: str, policy: Policy, now: datetime) -> Entry:
    """The account's entry."""
    account, live = seen.account, seen.deployment
    spec = account.spec
    rest = crashes(live, seen.pods, made_of=made_of, excused=True, now=now)
    return Entry(
        key=account.key,
        created=account.created,
        priority=0 if spec is None else spec.priority,
        wants=spec is not None and spec.state is not State.STOPPED and account.deleting is None,
        works=works(live),
        holds=seen.may_hold,
        ends=seen.has_worker and not works(live),
        stuck=rest.resting(now)
        or is_left_alone(account)
        or objection(replace(seen, peers=Peers()), policy) is not None,
        elsewhere=release.theirs(seen, policy) is not None,
        started=started_at(live),
        under_way=under_way(seen, policy=policy.rollout, now=now),
        waits=account.reason("Reconciling") == "WaitsForTurn",
        failed=has_failed(seen, policy=policy.rollout, now=now),
        resting_since=rest.since,
        marks={**seen.secrets.marks, **({venue_account.FIELD: own} if (own := venue_account.mark(seen)) else {})},
        still=seen.still | venue_account.still(seen),
        follows=None if spec is None or account.deleting is not None else spec.strategies,
    )


class Roster:
    """The entries of all accounts, and the one place where turns are given out: nothing is awaited in it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._entries: dict[Key, Entry] = {}
        self._sharing: dict[str, set[Key]] = defaultdict(set)  # mark -> who has it
        self._occupied: set[Key] = set()  # this and the next are asked for each account: never by looking at all
        self._under_way: set[Key] = set()
        self._waiting: set[Key] = set()
        self._failed: set[Key] = set()
        self._resting: dict[Key, datetime] = {}
        self._placed: set[Key] = set()  # who had a place, or was in line for one, at the last look at it

    def note(self, entry: Entry) -> None:
        """Take on how an account stands."""
        self.forget(entry.key)
        self._entries[entry.key] = entry
        for keys, belongs in (
            (self._occupied, not entry.elsewhere and (_has_pod(entry) or entry.holds)),
            (self._under_way, entry.under_way),
            (self._waiting, entry.waits),
            (self._failed, entry.failed and not entry.elsewhere),
        ):
            if belongs:
                keys.add(entry.key)
        if entry.resting_since is not None:
            self._resting[entry.key] = entry.resting_since
        for mark in entry.has:
            self._sharing[mark].add(entry.key)

    def forget(self, key: Key) -> None:
        """The account is gone."""
        old = self._entries.pop(key, None)
        for keys in (self._occupied, self._under_way, self._waiting, self._failed):
            keys.discard(key)
        self._resting.pop(key, None)
        for mark in () if old is None else old.has:
            self._sharing[mark].discard(key)
            if not self._sharing[mark]:
                del self._sharing[mark]

    def outlived(self, key: Key) -> None:
        """The account is gone, and a pod of it isn't: what that has is nobody else's yet."""
        if (old := self._entries.get(key)) is not None:
            self.note(
                replace(
                    old, wants=False, works=False, ends=True, under_way=False, waits=False, failed=False, follows=None
                )
            )

    def __contains__(self, key: Key) -> bool:
        """Whether an account is known."""
        return key in self._entries

    def keys(self) -> list[Key]:
        """All accounts."""
        return list(self._entries)

    def entries(self) -> list[Entry]:
        """The accounts, as they are known to each other."""
        return list(self._entries.values())

    def peers(self, key: Key, now: datetime) -> Peers:
        """What the others mean for an account that is in the roster."""
        own = self._entries[key]
        return Peers(
            shared=self._shared(own),
            queued=self._queued(own),
            under_way=len(self._under_way) - (key in self._under_way),
            waiting=len(self._waiting) - (key in self._waiting),
            failed=len(self._failed) - (key in self._failed),
            many_degraded=self._many_rest(key, now),
        )

    def sharing(self, key: Key) -> frozenset[Key]:
        """The accounts that have something of its own too, which no two may have."""
        own = self._entries.get(key)
        marks = frozenset() if own is None else own.has
        return frozenset(other for mark in marks for other in self._sharing[mark] if other != key)

    def _shared(self, own: Entry) -> str:
        """Who holds something keeps what two have, else the one with the worker, else the older, the first by name."""
        for name, mark in own.marks.items():
            right = _venue_right if name == venue_account.FIELD else _right
            rivals = [self._entries[key] for key in self._sharing[mark] if key != own.key]
            if any(right(rival) < right(own) for rival in rivals if rival.wants or _has_pod(rival)):
                return name
        return ""

    def _queued(self, own: Entry) -> bool:
        """A worker that runs is never put back, nor an account with something open."""
        most = self._policy.max_workers
        if not most or own.key in self._occupied or not own.wants:
            return False
        if len(self._occupied) >= most:
            return True
        room, turn = most - len(self._occupied), _turn(own)
        before = (one for one in self._entries.values() if _turn(one) < turn and self._is_in_line(one))
        return len(list(islice(before, room))) == room

    def freed(self, key: Key) -> list[Key]:
        """Who may have the place that an account has just left or given up its turn for, by their own turns."""
        own, had = self._entries.get(key), key in self._placed
        if key in self._occupied or (own is not None and self._is_in_line(own)):
            self._placed.add(key)
            return []
        self._placed.discard(key)
        room = self._policy.max_workers - len(self._occupied)
        if not had or room <= 0:
            return []
        line = filter(self._is_in_line, self._entries.values())
        return [one.key for one in nsmallest(room, line, key=_turn)]

    def _is_in_line(self, one: Entry) -> bool:
        """Whether it could take a place that is free."""
        if not one.wants or one.stuck or one.elsewhere:
            return False
        return one.key not in self._occupied and not self._shared(one)

    def _many_rest(self, key: Key, now: datetime) -> bool:
        lately = [one for one, since in self._resting.items() if one != key and now - since < LATELY]
        return len(lately) >= FEW and len(lately) > MANY * len(self._entries)


def _has_pod(entry: Entry) -> bool:
    """Whether it trades, or may: what it has is no one else's before its last pod has ended."""
    return entry.works or entry.ends


def _right(entry: Entry) -> Right:
    return (not entry.holds, not entry.works, not entry.ends, entry.created, entry.created, entry.key)


def _venue_right(entry: Entry) -> Right:
    """Both workers may run by the time it is known: what is open is left to who holds it, the rest to who was first."""
    since = entry.started or entry.created
    return (not entry.holds, not entry.works, not entry.ends, since, entry.created, entry.key)


def _turn(entry: Entry) -> tuple[int, Key]:
    return (-entry.priority, entry.key)
