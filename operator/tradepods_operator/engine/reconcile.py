"""One pass over one account: gather what there is, plan, carry the plan out. Whatever happens, the next pass mends."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.times import Now
from tradepods_core.wire.fleet import Digest
from tradepods_operator.engine.applying import Applier, as_told
from tradepods_operator.engine.leftovers import entry_of_pods
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.notes import dropped, dropped_with, events
from tradepods_operator.engine.observed import Account, Applied, Observed, is_ours, read, running
from tradepods_operator.engine.plan import Plan, made_of, plan
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.roster import Entry, Roster, entry_of
from tradepods_operator.engine.secret_readings import SecretReadings
from tradepods_operator.engine.shelf import Objects, Shelf
from tradepods_operator.engine.store import CHILDREN, Store
from tradepods_operator.engine.waiting import LOOK_AGAIN
from tradepods_operator.ports import (
    ACCOUNT,
    CLAIM,
    POD,
    Cluster,
    Conflict,
    Document,
    Key,
    Kind,
    Reconciled,
    Ref,
    Trigger,
    ref_of,
)

NOTICE_AGAIN = 300.0  # seconds until a notice that was refused is tried once more


class FleetView(Protocol):
    """What is known of the workers by their heartbeats."""

    def digest(self, key: Key) -> Digest | None:
        """What a worker said last."""
        ...

    def known(self) -> bool:
        """Whether the fleet could be asked lately."""
        ...

    def listened(self) -> bool:
        """Whether it could be for so long that every worker that runs was heard."""
        ...


class Reconciler:
    """Brings accounts to what their specs say.

    Args:
        store: what is known of their objects.
        policy: what holds for all of them.
        roster: what each means for the others; filled by a first look at all before any is reconciled.
        trigger: hears of the accounts for which a pass over another one has made a difference.
        forgotten: hears of an account that is gone.

    """

    def __init__(
        self,
        *,
        cluster: Cluster,
        store: Store,
        fleet: FleetView,
        policy: Policy,
        roster: Roster,
        trigger: Trigger,
        forgotten: Callable[[Key], None],
        now: Now,
    ) -> None:
        self._cluster, self._fleet, self._policy, self._roster, self._now = cluster, fleet, policy, roster, now
        self._store, self._trigger, self._gone = store, trigger, forgotten
        self._applier = Applier(cluster)
        self._secrets = SecretReadings(cluster=cluster, fleet=policy.fleet_id)
        self._money: dict[Key, datetime] = {}
        self._passed: set[Key] = set()  # since the last survey began: what it reads of these is older

    async def reconcile(self, key: Key) -> Reconciled:
        """One pass; raises Temporary to be called again, Permanent where only a change helps."""
        try:
            return await self._pass(key)
        except Exception:
            self._store.forget(key)  # who knows what it has left
            raise

    async def _pass(self, key: Key) -> Reconciled:
        document = await self._cluster.get(Ref(ACCOUNT, key.namespace, key.name))
        if document is None:
            self._passed.add(key)
            return await self._forgotten(key)
        seen = await self._gathered(read(document))
        self._passed.add(key)
        before = self._roster.sharing(key)
        todo = self.planned(seen)
        self._trigger(sorted(self._roster.sharing(key) - before), why="shared")  # also if what follows fails
        untold = await self._act(seen, todo)
        again_in = todo.again_in
        if untold:
            again_in = NOTICE_AGAIN if again_in is None else min(again_in, NOTICE_AGAIN)
        return Reconciled(writes=todo.writes, again_in=again_in, untold=untold, dropped=todo.dropped)

    def planned(self, seen: Observed) -> Plan:
        """The plan, its turn taken at once: nothing is awaited between the look at the others and this."""
        now, key = self._now(), seen.account.key
        entry = self._note(seen)
        todo = plan(replace(seen, peers=self._roster.peers(key, now)), policy=self._policy, now=now)
        if todo.begins:
            self._roster.note(
                replace(entry, works=True, started=entry.started or now, under_way=todo.takes_turn, waits=False)
            )
        self._trigger(self._roster.freed(key), why="place")
        return todo

    def keys(self) -> list[Key]:
        """The accounts that are known."""
        return self._roster.keys()

    def survey_begins(self) -> None:
        """From now on a pass knows more of its account than the survey will have read."""
        self._passed.clear()

    def has_passed(self, key: Key) -> bool:
        """Whether there was a pass over the account since."""
        return key in self._passed

    def remembered(self, account: Account, found: Objects) -> Observed:
        """An account with its Secrets as they were last read."""
        key = account.key
        return Observed(
            account=account,
            children=found.children,
            pods=found.pods,
            secrets=self._secrets.of(key),
            digest=self._fleet.digest(key),
            fleet_known=self._fleet.known(),
            listened=self._fleet.listened(),
            money_at=self._money.get(key),
            applied=self._applier.known(key),
            still=self._secrets.still(key, found.pods),
        )

    async def introduce(self, shelf: Shelf) -> None:
        """Make the accounts known to each other before anything is decided of one of them.

        What a pass has found since the survey began stands. Raises Temporary where not all can be known yet.
        """
        await self._secrets.read_new(shelf, patient=not self._roster.keys())
        left = [(key, pods) for key, pods in shelf.left_over() if key not in self._roster and not self.has_passed(key)]
        for entry in [await entry_of_pods(*one, cluster=self._cluster, fleet=self._policy.fleet_id) for one in left]:
            self._roster.note(entry)
        for key in shelf.versions:
            if not self.has_passed(key):
                with contextlib.suppress(Exception):  # one that isn't understood: its own plan says so
                    self._note(self.remembered(shelf.account(key), shelf.objects(key)))
            await asyncio.sleep(0)  # the Lease has to be renewed meanwhile

    def knows_secrets(self, key: Key) -> bool:
        """Whether an account's were read, without which nothing can be planned."""
        return key in self._secrets

    async def secrets_changed(self, account: Account) -> bool:
        """Read an account's Secrets; whether they are new."""
        changed = await self._secrets.refresh(account)
        if account.key in self._roster:
            return changed
        self._secrets.forget(account.key)  # it has gone meanwhile, or its first pass is to read them
        return False

    def _note(self, seen: Observed) -> Entry:
        made = made_of(seen.account, self._policy, seen.secrets.digest)
        entry = entry_of(seen, made_of=made, policy=self._policy, now=self._now())
        self._roster.note(entry)
        return entry

    async def _forgotten(self, key: Key) -> Reconciled:
        """The account is gone. What no garbage collection takes, as it has no owner, goes too; never its ledger."""
        self._gone(key)
        self._money.pop(key, None)
        self._applier.forget(key)
        self._store.forget(key)
        found = await self._read(key)
        ends = running(found.pods or await self._pods(key))
        for known in (self._roster, self._secrets):
            (known.outlived if ends else known.forget)(key)
        self._trigger(self._roster.freed(key), why="place")
        left = [
            child
            for kind, child in found.children.items()
            if kind != CLAIM and is_ours(child, key) and "ownerReferences" not in child["metadata"]
        ]
        for child in left:
            await self._cluster.delete(ref_of(child), uid=child["metadata"]["uid"])
        return Reconciled(writes=len(left), again_in=LOOK_AGAIN if ends else None)

    async def _read(self, key: Key) -> Objects:
        """Ask for all of them; where there is no object yet, there is no pod."""
        children: dict[Kind, Document] = {}
        pods: tuple[Document, ...] = ()
        for kind, name in CHILDREN.items():
            child = await self._cluster.get(Ref(kind, key.namespace, name(key.name)))
            if child is not None:
                children[kind] = child
        if children:
            pods = await self._pods(key)
        return Objects(children=children, pods=pods)

    async def _pods(self, key: Key) -> tuple[Document, ...]:
        return tuple(await self._cluster.list(POD, namespace=key.namespace, labels=names.workers(key.name)))

    async def _gathered(self, account: Account) -> Observed:
        """What is known of a running worker's objects is enough."""
        key, since = account.key, self._store.mark()
        found = self._store.running(account)
        if found is None:
            found = await self._read(key)
            self._store.keep(key, found.packed(), since=since)
        await self._secrets.follow(account)
        return self.remembered(account, found)

    async def _act(self, seen: Observed, todo: Plan) -> str:
        """Gives why the chat couldn't be told, "" where it was."""
        for patch in todo.own:
            await self._cluster.patch(patch.ref, patch.body)
        outcome = await self._applier.apply(seen.account.key, todo.apply)
        if todo.dropped:  # before nobody knows of the account any more
            await self._warned(seen, todo.dropped)
        for ref in todo.delete:
            await self._cluster.delete(ref)
        untellable = await self._applier.tell(todo.tell, failed=outcome.applied.failed)
        await self._say(seen, todo, as_told(outcome.applied, seen.applied))
        untold = await self._notified(todo)
        if (error := outcome.error or untellable) is not None:
            raise error
        return untold

    async def _notified(self, todo: Plan) -> str:
        """Have the chat told, and note it; a Job that an operator before us made is as good.

        Gives why it couldn't be, "" where it was: what the account itself needs doesn't wait for that.
        """
        if todo.notice is None:
            return ""
        try:
            with contextlib.suppress(Conflict):
                await self._cluster.create(todo.notice.job)
            await self._cluster.patch(todo.notice.noted.ref, todo.notice.noted.body)
        except (Temporary, Permanent) as error:
            return str(error)
        return ""

    async def _say(self, seen: Observed, todo: Plan, applied: Applied) -> None:
        """Write the status: another one where the API server has just refused something, or does so no longer."""
        key, now = seen.account.key, self._now()
        if replace(applied, taken={}) != replace(seen.applied, taken={}):
            known = replace(seen, applied=applied, peers=self._roster.peers(key, now))
            todo = plan(known, policy=self._policy, now=now)
        if todo.status is None:
            return
        await self._cluster.apply_status(todo.status)
        for event in events(seen, todo.status, now=now):
            await self._noted(event)
        if todo.moves_money:
            self._money[key] = now

    async def _warned(self, seen: Observed, why: str) -> None:
        """Of what is dropped; elsewhere where the account's namespace takes no Event any more."""
        now, house = self._now(), self._policy.release_namespace
        try:
            await self._cluster.create(dropped(seen, why, now=now))
        except Conflict:
            return
        except (Temporary, Permanent):
            await self._noted(dropped_with(seen, why, house=house, now=now))

    async def _noted(self, event: Document) -> None:
        """An Event is for people who look; without it nothing goes wrong."""
        with contextlib.suppress(Temporary, Permanent):
            await self._cluster.create(event)
