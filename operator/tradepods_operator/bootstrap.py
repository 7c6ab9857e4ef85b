"""The only place that picks implementations: builds the operator and runs it until it is told to stop."""

import argparse
import asyncio
import functools
import os
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import structlog

from tradepods_core.errors import Temporary, TradepodsError
from tradepods_operator.adapters import kube, probe
from tradepods_operator.adapters.clocks import SteadyClock, WallClock
from tradepods_operator.adapters.fleet_http import HttpFleet
from tradepods_operator.adapters.kopf_watch import KopfWatch
from tradepods_operator.adapters.lease import LeaseElection
from tradepods_operator.engine.counted import Counted, is_held_up, is_unheard
from tradepods_operator.engine.fleet_board import FleetBoard
from tradepods_operator.engine.fleet_identity import identified
from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL
from tradepods_operator.engine.news import CONSEQUENT, News
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.queue import KeyQueue
from tradepods_operator.engine.reconcile import Reconciler
from tradepods_operator.engine.roster import Roster
from tradepods_operator.engine.sightings import Sightings
from tradepods_operator.engine.store import Store
from tradepods_operator.engine.strategies import EVERY, Strategist
from tradepods_operator.engine.survey import OURS, Survey
from tradepods_operator.metrics import Metrics
from tradepods_operator.ports import ACCOUNT, STRATEGY, Key, Kind, Reconciled
from tradepods_operator.tasks import fleet as fleet_task
from tradepods_operator.tasks import passes, reach
from tradepods_operator.tasks.leadership import Lost, lead
from tradepods_operator.tasks.pulse import Pulse
from tradepods_operator.tasks.resync import Resync

ASK_AGAIN = 2.0  # seconds between questions to what is away
AMOUNTS_EVERY = 60.0  # seconds
SETTLES = 0.5  # seconds in which a rollout's objects change several times
FOLLOWED_WITHIN = 5.0  # seconds in which a strategy's status says who follows it
LOST = 1  # exit code: start it again
LAST_WORDS = 10.0  # seconds for what is under way once the operator is told to stop
Serve = Callable[[], Coroutine[None, None, None]]
log = structlog.get_logger()


def draw() -> float:
    """Chance: at least 0, below 1."""
    return secrets.randbelow(1 << 30) / (1 << 30)


class Operator:
    """One replica: it stands by or leads, and answers probes meanwhile."""

    def __init__(self, options: argparse.Namespace, policy: Policy) -> None:
        self._options, self._policy, self._clock = options, policy, WallClock()
        steady = SteadyClock(start=self._clock.now(), seconds=time.monotonic)
        self._queue: KeyQueue[Key] = KeyQueue(now=steady.now, draw=draw)
        self._board = FleetBoard(now=steady.now)
        self._unheard, self._held_up = Counted(is_unheard), Counted(is_held_up)
        self._sightings, self._news, self._store = Sightings(), News(), Store()
        self._blinded: Temporary | None = None
        self._pulse = Pulse(seconds=time.monotonic, sleep=self._clock.sleep)
        self._ready = "the API server has not answered yet"
        self._metrics = Metrics(
            depth=lambda: len(self._queue),
            oldest=self._oldest,
            lag=lambda: self._pulse.lag,
            standing=self._sightings.standing.values,
            unheard=lambda: len(self._unheard),
            held_up=lambda: len(self._held_up),
        )

    async def run(self, *, stop: asyncio.Event) -> None:
        """Until told to stop; raises Permanent where it can't begin, Temporary where it is to be begun anew.

        The process ends once another one may lead.
        """
        async with AsyncExitStack() as closing:
            client = await closing.enter_async_context(kube.connected())
            namespaces = tuple(self._options.namespace)
            cluster = kube.KubeCluster(client, namespaces=namespaces, count=self._metrics.asked, left=self._left)
            await closing.enter_async_context(self._probe())
            token, ca = self._options.signals_token, self._options.signals_ca
            fleet = HttpFleet(url=self._policy.signals.url, token=token, ca=ca)
            closing.push_async_callback(fleet.close)
            election = LeaseElection(
                client,
                name=self._options.lease,
                namespace=self._policy.release_namespace,
                identity=self._options.identity,
                count=self._metrics.asked,
            )
            serve = functools.partial(self._serve, cluster, fleet, stop)
            pulse = asyncio.create_task(self._pulse.run())
            acting = asyncio.create_task(self._act(cluster, election, serve))
            told = asyncio.create_task(stop.wait())
            await asyncio.wait({acting, told}, return_when=asyncio.FIRST_COMPLETED)
            await _ended(told, pulse)
            await self._end(acting)
            await election.release()
        if self._blinded is not None:
            raise self._blinded

    async def _end(self, acting: "asyncio.Task[None]") -> None:
        """What is under way comes to its end, or to an end."""
        if not acting.done():
            acting.cancel()
            await asyncio.wait({acting}, timeout=LAST_WORDS)
        if acting.done() and not acting.cancelled():
            acting.result()

    async def _act(self, cluster: kube.KubeCluster, election: LeaseElection, serve: Serve) -> None:
        await self._served(cluster)
        try:
            await lead(election, serve=serve, led=self._led)
        except Lost:
            log.error("leadership_lost")  # noqa: TRY400 - it is no fault of ours
            os._exit(LOST)  # at once: what is under way would be the work of two

    async def _served(self, cluster: kube.KubeCluster) -> tuple[str, ...]:
        """Wait for our kinds: a watch of one that isn't served yet would be blind. Which namespaces are shut."""
        said = False
        while True:
            try:
                shut = await reach.shut(cluster, cluster.namespaces)
            except Temporary as error:
                self._ready = str(error)
                if not said:
                    log.warning("waiting", error=str(error), retry_in=ASK_AGAIN)
                    said = True
                await self._clock.sleep(ASK_AGAIN)
            else:
                self._ready = ""
                return shut

    def _probe(self) -> Any:
        return probe.serving(
            host=self._options.host,
            port=self._options.port,
            health=lambda: self._pulse.wrong() or self._sightings.blind,
            readiness=lambda: self._ready,
            metrics=self._metrics.text,
        )

    def _oldest(self) -> float:
        return self._queue.oldest.total_seconds()

    def _led(self, *, leads: bool) -> None:
        self._metrics.leader.set(leads)

    async def _serve(self, cluster: kube.KubeCluster, fleet: HttpFleet, stop: asyncio.Event) -> None:
        shut = await self._served(cluster)  # it may have stood by for long
        self._metrics.shut.set(len(shut))
        outside, cluster = cluster, cluster.without(shut)
        policy = await identified(self._policy, cluster, fresh=_fresh)
        roster, now = Roster(policy), self._clock.now
        reconciler = Reconciler(
            cluster=cluster,
            store=self._store,
            fleet=self._board,
            policy=policy,
            roster=roster,
            trigger=self._trigger,
            forgotten=self._forgotten,
            now=now,
        )
        strategist = Strategist(cluster=cluster, service=fleet, policy=policy, entries=roster.entries, now=now)
        survey = Survey(cluster=cluster, reconciler=reconciler, store=self._store, news=self._news)
        resync = Resync(
            survey=survey,
            reconciler=reconciler,
            sightings=self._sightings,
            trigger=self._trigger,
            every=self._options.resync_seconds,
            sleep=self._clock.sleep,
            draw=draw,
        )
        await self._first_fleet(fleet)
        await resync.first()
        self._trigger([EVERY], why="start")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch(stop, cluster.namespaces), name="watches")
            group.create_task(self._reopened(outside, shut, stop), name="reach")
            group.create_task(self._follow(fleet), name="fleet")
            group.create_task(resync.run(), name="resync")
            group.create_task(resync.watch_secrets(), name="secrets")
            group.create_task(self._pass(reconciler, strategist), name="passes")

    async def _first_fleet(self, fleet: HttpFleet) -> None:
        """What is open is known before anything is decided; if it can't be, it is taken for unknown."""
        try:
            self._board.take(await fleet.since(0))
        except TradepodsError as error:
            log.warning("fleet_unknown", error=str(error))

    async def _pass(self, reconciler: Reconciler, strategist: Strategist) -> None:
        async def reconcile(key: Key) -> Reconciled:
            return await (strategist.reconcile() if key == EVERY else reconciler.reconcile(key))

        watcher, process = self._metrics.passed, secrets.token_hex(4)
        await passes.run(self._queue, reconcile=reconcile, watcher=watcher, process=process, sleep=self._clock.sleep)

    async def _reopened(self, cluster: kube.KubeCluster, shut: Sequence[str], stop: asyncio.Event) -> None:
        """Begin anew with a namespace that may be read again: a watch of it can't begin later than the others."""
        if shut:
            found = await reach.until_open(cluster, shut, sleep=self._clock.sleep)
            self._blinded = Temporary(f"namespace {found} may be read again: begins anew with it")
            stop.set()

    async def _watch(self, stop: asyncio.Event, namespaces: tuple[str, ...]) -> None:
        """The process's signals reach kopf alone: once it ends of its own accord, it was told to.

        What ends it otherwise has ended every task that it takes for its own: only a new process watches again.
        """
        watch = KopfWatch(namespaces=namespaces, labels=OURS, saw=self._saw)
        try:
            await watch.run(stop=stop)
        except Temporary as error:
            self._blinded = error
        stop.set()

    async def _follow(self, fleet: HttpFleet) -> None:
        await fleet_task.follow(
            fleet, board=self._board, trigger=self._trigger, later=self._later, sleep=self._clock.sleep
        )

    def _trigger(self, keys: Sequence[Key], *, why: str, after: float = 0.0) -> None:
        for key in keys:
            self._queue.add(key, why=why, after=after)

    def _later(self, keys: Sequence[Key], *, why: str) -> None:
        for key in keys:
            self._queue.again(key, after=AMOUNTS_EVERY, why=why)

    def _forgotten(self, key: Key) -> None:
        """An account is gone, which a watch may have missed."""
        self._unheard.forget(key)
        self._held_up.forget(key)
        self._board.forget(key)

    def _left(self, kind: Kind, body: Mapping[str, Any]) -> None:
        """A write of ours has left an object so."""
        self._news.left(kind, body)
        self._store.left(kind, body)

    def _saw(self, kind: Kind, body: Mapping[str, Any], *, gone: bool, listed: bool) -> None:
        """A watch has shown an object, or that it is gone."""
        self._store.shown(kind, body, gone=gone)
        news = self._news.is_news(kind, body, gone=gone, listed=listed)
        if kind == ACCOUNT:
            self._saw_account(body, gone=gone, news=news)
        if news:
            self._look(kind, body["metadata"], listed=listed)

    def _saw_account(self, body: Mapping[str, Any], *, gone: bool, news: bool) -> None:
        about = body["metadata"]
        key = Key(about["namespace"], about["name"])
        standing = {} if gone else _conditions((body.get("status") or {}).get("conditions") or ())
        self._sightings.saw(key, about["resourceVersion"], standing)
        for counted in (self._unheard, self._held_up):
            counted.saw(key, {} if gone else body)
        if self._news.is_wish(body, gone=gone, news=news):
            self._queue.hurry(key, why="account")

    def _look(self, kind: Kind, about: Mapping[str, Any], *, listed: bool) -> None:
        """Have the account of an object looked at, at everything of it where a watch may have missed something."""
        if kind == ACCOUNT:
            self._trigger([Key(about["namespace"], about["name"])], why="account")
            self._queue.again(EVERY, after=FOLLOWED_WITHIN, why="account")
        elif kind == STRATEGY:
            self._trigger([EVERY], why="strategy")
        elif account := about["labels"].get(ACCOUNT_LABEL):
            key, after = Key(about["namespace"], account), SETTLES if kind in CONSEQUENT else 0.0
            if listed:
                self._store.forget(key)
            self._trigger([key], why=kind.name.lower(), after=after)
        else:  # the strategies' ConfigMap is ours too
            self._trigger([EVERY], why=kind.name.lower())


def _fresh() -> UUID:
    return UUID(bytes=secrets.token_bytes(16), version=4)


def _conditions(found: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    return {condition["type"]: condition["status"] for condition in found}


async def _ended(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
