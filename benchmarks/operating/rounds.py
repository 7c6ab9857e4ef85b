"""What one operator goes through with a fleet of one size, and what that took."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.operating.contestants import OURS, SOON, Name, Running, started
from benchmarks.operating.listening import listening
from benchmarks.operating.place import Place
from benchmarks.operating.workers import Workers, served
from support import people
from support.audited import Audit
from tradepods_core.errors import Permanent
from tradepods_operator.ports import CLAIM, CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, SERVICE_ACCOUNT

CHILDREN = (CONFIG_MAP, SERVICE_ACCOUNT, CLAIM, NETWORK_POLICY, DEPLOYMENT)
EVERY, SAY_EVERY = 0.25, 10.0  # seconds: between two looks, and between two words of how far it is
QUIET = 5.0  # seconds without a write: nothing more is to be done
STEADY = 60.0  # seconds over which an operator at rest is measured
CHANGED = 7  # percent an entry, of everybody
RESYNCED = '"resynced"'


@dataclass(slots=True)
class Round:
    """What a part took, until nothing more was to be done; `seconds` until its own aim was reached.

    Attributes:
        cpu: what the operator computed. cluster: what the API server, its store and the others did, in seconds.

    """

    seconds: float = 0.0
    cpu: float = 0.0
    cluster: dict[str, float] = field(default_factory=dict)
    reads: int = 0
    writes: int = 0


@dataclass(slots=True)
class Result:
    """All of one operator with one fleet; `stopped` says where its time ran out.

    Attributes:
        rss, peak: MiB, the more of the process that made the fleet and of the one that found it; and the most ever.
        steady: what it computed per second while workers reported; a look at all Secrets is in it.
        load: how many processes ran or waited to, before and after: whose else the machine was.

    """

    rounds: dict[str, Round] = field(default_factory=dict)
    rss: float = 0.0
    peak: float = 0.0
    steady: float = 0.0
    stopped: str = ""
    load: tuple[float, float] = (0.0, 0.0)


class Trial:
    """One operator with one fleet.

    Args:
        within: seconds that one part may take.

    """

    def __init__(self, name: Name, count: int, *, place: Place, folder: Path, within: float) -> None:
        self._name, self._count, self._place, self._folder, self._within = name, count, place, folder, within
        self._audit, self._workers, self.result = Audit(place.audit), Workers(), Result()

    def run(self) -> Result:
        """All parts; one that takes too long ends them."""
        _say(f"{self._name}, {self._count:,} accounts")
        load = os.getloadavg()[0]
        people.make(self._place, self._count)
        with served(self._workers) as url:
            try:
                self._parts(url)
            except TimeoutError as error:
                self.result.stopped = str(error)
        self.result.load = (load, os.getloadavg()[0])
        return self.result

    def _parts(self, url: str) -> None:
        with started(self._name, self._place, self._folder, signals=url) as running:
            with self._part("empty", running) as part:
                self._until("children", running, lambda: min(len(self._written(kind.plural)) for kind in CHILDREN))
                part()
                self._until("pods", running, self._place.running)
            self._check_children()
            with self._part("workers", running) as part:
                self._workers.hear(people.accounts(self._place))
                part()
            self._change(running)
            self._rest(running)
            self._weigh(running)
        with started(self._name, self._place, self._folder, signals=url, resync=SOON) as running:
            self._again(running)
            self._weigh(running)

    def _change(self, running: Running) -> None:
        with listening(self._place, self._workers), self._part("change", running) as part:
            people.change(self._place, self._count, entry_pct=CHANGED)
            self._until("settings", running, lambda: len(self._written("configmaps")))
            part()
            self._check_settings()

    def _rest(self, running: Running) -> None:
        """Each worker reports on and on, and nothing happens."""
        self._workers.reporting, before = True, running.cpu
        time.sleep(STEADY)
        self.result.steady = (running.cpu - before) / STEADY
        self._workers.reporting = False

    def _weigh(self, running: Running) -> None:
        self.result.rss = max(self.result.rss, running.rss)
        self.result.peak = max(self.result.peak, running.peak)

    def _again(self, running: Running) -> None:
        """Another process, that finds the fleet as it is to be."""
        with self._part("restart", running) as part:
            self._until("start", running, self._listed, most=1)
            if self._name == OURS:
                self._until("first look", running, lambda: running.wrote(RESYNCED), most=1)
            part()
        if self._name == OURS:
            looks = running.wrote(RESYNCED)
            with self._part("resync", running) as part:
                self._until("next look", running, lambda: running.wrote(RESYNCED), most=looks + 1)
                part()

    @contextmanager
    def _part(self, name: str, running: Running) -> Iterator[Callable[[], None]]:
        """Measure a part: until what the block calls says that its aim is reached, and until all is quiet."""
        self._audit.begin()
        found, cpu, cluster, begun = Round(), running.cpu, self._place.cpu(), time.monotonic()

        def reached() -> None:
            found.seconds = time.monotonic() - begun

        yield reached
        self._settle(name)
        self.result.rounds[name] = found
        found.cpu, tally = running.cpu - cpu, self._audit.tally
        found.cluster = {name: seconds - cluster[name] for name, seconds in self._place.cpu().items()}
        found.reads, found.writes = tally.reads.total(), tally.writes.total()
        _say(f"  {name}: {found.seconds:.1f} s; reads {dict(tally.reads)}, writes {dict(tally.writes)}")
        _say(f"    computed: {found.cpu:.1f} s; " + ", ".join(f"{k} {v:.1f} s" for k, v in found.cluster.items()))

    def _written(self, plural: str) -> set[str]:
        self._audit.read()
        return self._audit.tally.written[plural]

    def _listed(self) -> int:
        self._audit.read()
        return self._audit.tally.reads["tradingaccounts"]

    def _check_children(self) -> None:
        short = [kind.name for kind in CHILDREN if self._place.count(kind) != self._count]
        if short:
            raise Permanent(f"the operator has not made every {', '.join(short)}")

    def _check_settings(self) -> None:
        found = people.handed(self._place).count(CHANGED)
        if found != self._count:
            raise Permanent(f"{self._count - found} accounts have another setting than the one that was asked for")

    def _settle(self, what: str) -> None:
        last = begun = time.monotonic()
        while time.monotonic() - last < QUIET:
            time.sleep(EVERY)
            if self._audit.read():
                last = time.monotonic()
            if last - begun > self._within:
                raise TimeoutError(f"{what}: not quiet after {self._within:.0f} s")

    def _until(self, what: str, running: Running, done: Callable[[], int], *, most: int = 0) -> None:
        begun = said = time.monotonic()
        while (found := done()) < (most or self._count):
            running.check()
            now = time.monotonic()
            if now - begun > self._within:
                raise TimeoutError(f"{what}: {found:,} after {self._within:.0f} s")
            if now - said > SAY_EVERY:
                _say(f"  {what}: {found:,} after {now - begun:.0f} s")
                said = now
            time.sleep(EVERY)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
