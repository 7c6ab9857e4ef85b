"""What is to be done about one account: observed in, plan out, nothing else. A plan carried out leaves none to do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.parts import State
from tradepods_core.times import written
from tradepods_operator.engine import deletion, release, venue_account
from tradepods_operator.engine import status as statuses
from tradepods_operator.engine.applying import to_apply
from tradepods_operator.engine.checks import Objection, is_left_alone, objection
from tradepods_operator.engine.conditions import Standing
from tradepods_operator.engine.crashes import Crashes, crashes, recorded
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.deployment import Running, deployment, pod_template
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.identity import service_account
from tradepods_operator.engine.manifests.network_policy import network_policy
from tradepods_operator.engine.manifests.notice_job import crash_notice
from tradepods_operator.engine.manifests.settings_map import handed, settings, settings_map
from tradepods_operator.engine.manifests.volume import claim
from tradepods_operator.engine.observed import Account, Observed, annotation, works
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.rollout import Rollout, rollout
from tradepods_operator.engine.stopping import unconfirmed
from tradepods_operator.engine.telling import Patch, hand_pause, in_its_hand, still_handed, telling
from tradepods_operator.engine.waiting import SOON, again
from tradepods_operator.ports import ACCOUNT, CLAIM, CONFIG_MAP, Document, Ref, ref_of

SETTLED_AFTER = 3.0  # seconds in which what is applied comes about, and is told in one status instead of several


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The Job that tells the person's chat, and the patch that notes it as told."""

    job: Document
    noted: Patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do, in this order: patches of the account (`own`), applies, deletes, other patches (`tell`), the rest.

    Attributes:
        status: None where it stands there already.
        elsewhere: why all but that is left to another release; "" where it isn't.
        dropped: why the account goes before its deletionPolicy has come to its end; "" where it has, or stays.
        begins: a pod starts or restarts by this plan; `takes_turn` where others wait for that.
        again_in: seconds after which time alone makes a difference, None where it does not.

    """

    own: tuple[Patch, ...] = ()
    apply: tuple[Document, ...] = ()
    delete: tuple[Ref, ...] = ()
    tell: tuple[Patch, ...] = ()
    notice: Notice | None = None
    status: Document | None = None
    elsewhere: str = ""
    dropped: str = ""
    begins: bool = False
    takes_turn: bool = False
    moves_money: bool = False
    again_in: float | None = None

    @property
    def writes(self) -> int:
        """How many requests it takes."""
        several = (self.own, self.apply, self.delete, self.tell)
        return sum(map(len, several)) + 2 * (self.notice is not None) + (self.status is not None)


def plan(seen: Observed, *, policy: Policy, now: datetime) -> Plan:
    """The plan for one account."""
    account = seen.account
    if (left := release.left(seen, policy, now=now)) is not None:
        go = (_own(account, deletion.without_finalizer(account)),) if left.goes else ()
        return Plan(tell=go, dropped=left.dropped, status=left.status, elsewhere=left.why)
    if account.deleting is not None:
        return _ending(seen, policy=policy, now=now)
    if patch := deletion.finalizer(account):
        return Plan(own=(_own(account, patch),), again_in=0.0)  # first of all: it may be deleted next
    found = objection(seen, policy)
    alone = is_left_alone(account)
    if account.spec is None or alone or found is not None:
        kept = _left_alone(seen, policy, now) if alone else _kept(seen, found, policy=policy, now=now)
        return replace(kept, tell=(*deletion.let_go(seen), *kept.tell))
    if patch := deletion.no_finalizer(account, seen.children):
        return Plan(own=(_own(account, patch),), again_in=0.0)
    return _served(seen, account.spec, policy=policy, now=now)


def _left_alone(seen: Observed, policy: Policy, now: datetime) -> Plan:
    """A person's annotation keeps the operator off."""
    has = in_its_hand(seen)
    why = "" if has == _handed(seen.account) else "not handed on: tradepods.dev/reconcile keeps the operator off"
    alone = Standing(left_alone=True, wanted=works(seen.deployment), settings=has, withheld=why)
    return _told(seen, alone, policy=policy, now=now)


def _kept(seen: Observed, found: Objection | None, *, policy: Policy, now: datetime) -> Plan:
    """It can't be served: what is there stays as it is, or ends."""
    if found is not None and found.effect == "stop":
        return _stopped(seen, Standing(objection=found, wanted=False), policy=policy, now=now)
    kept = Standing(objection=found, wanted=works(seen.deployment), settings=still_handed(seen))
    return replace(_told(seen, kept, policy=policy, now=now), tell=tuple(hand_pause(seen, now)))


def made_of(account: Account, policy: Policy, secrets: str) -> str:
    """Names all that makes a worker: when it changes, one that crashed may be better now."""
    if account.spec is None:
        return ""
    return _made_of(account, pod_template(account, account.spec, policy, secrets=secrets))


def _made_of(account: Account, template: Document) -> str:
    return digest([settings(account), annotation(template, names.TEMPLATE)])


def _served(seen: Observed, spec: AccountSpec, *, policy: Policy, now: datetime) -> Plan:
    account = seen.account
    template = pod_template(account, spec, policy, secrets=seen.secrets.digest)
    known = crashes(
        seen.deployment,
        seen.pods,
        made_of=_made_of(account, template),
        excused=seen.peers.many_degraded,
        now=now,
    )
    confirm = unconfirmed(seen, spec)
    wanted = not known.resting(now) and (spec.state is not State.STOPPED or bool(confirm))
    turn = rollout(seen, spec, template, policy=policy.rollout, now=now) if wanted else Rollout()
    standing = Standing(
        rollout=turn,
        crashes=known,
        settings=_handed(account),
        wanted=wanted,
        confirm=confirm,
        resting=known.resting(now),
    )
    carried = _carried(seen, standing, _objects(seen, spec, template, standing, policy), policy=policy, now=now)
    return replace(carried, notice=_notice(seen, spec, standing, policy))


def _objects(
    seen: Observed, spec: AccountSpec, template: Document, standing: Standing, policy: Policy
) -> tuple[Document, ...]:
    account, held = seen.account, seen.children.get(CLAIM)
    made = (
        settings_map(account),
        service_account(account),
        *((claim(account, spec, access_mode=policy.access_mode, live=held),) if spec.ledger.type == "sqlite" else ()),
        network_policy(account, spec, policy),
        deployment(account, template, _running(seen, standing)),
    )
    return tuple(release.marked(one, policy) for one in made)


def _notice(seen: Observed, spec: AccountSpec, standing: Standing, policy: Policy) -> Notice | None:
    """Once a rest that is recorded begins: then whoever looks again finds it told."""
    until = None if standing.crashes is None or not standing.resting else standing.crashes.until
    live = seen.deployment
    if until is None or live is None or recorded(live) != until:
        return None
    mark = written(until)
    job = None if annotation(live, names.CRASH_TOLD) == mark else crash_notice(seen.account, spec, policy, until=until)
    if job is None:
        return None
    job = release.marked(job, policy)
    return Notice(job=job, noted=Patch(ref=ref_of(live), body={"metadata": {"annotations": {names.CRASH_TOLD: mark}}}))


def _running(seen: Observed, standing: Standing) -> Running:
    """A start that has to wait for its turn has no pod yet; a restart that has to wait keeps the old one."""
    turn, known = standing.rollout, standing.crashes or Crashes(seen={})
    waits = turn.held and not works(seen.deployment)
    notes = {
        names.CRASHES: known.text(),
        names.HELD_SINCE: turn.since,
        names.STARTED_AT: turn.started,
        names.ROLLED_AT: turn.rolled,
    }
    return Running(
        replicas=1 if standing.wanted and not waits else 0,
        paused=turn.held and not waits,
        notes={name: text for name, text in notes.items() if text},
    )


def _carried(
    seen: Observed, standing: Standing, objects: tuple[Document, ...], *, policy: Policy, now: datetime
) -> Plan:
    todo = to_apply(seen, objects)
    tell = tuple(telling(seen, standing.settings, now))
    if CONFIG_MAP in seen.applied.failed and any(ref_of(one).kind == CONFIG_MAP for one in todo):
        standing = replace(standing, settings=in_its_hand(seen), withheld="not handed on: its ConfigMap is not taken")
    told = _told(seen, standing, policy=policy, now=now)
    if todo:
        told = _told_later(seen, told)
    turn = standing.rollout
    return replace(told, apply=todo, tell=tell, begins=turn.begins, takes_turn=turn.begins and bool(turn.started))


def _told_later(seen: Observed, told: Plan) -> Plan:
    """Once: until the status is written, its generation says that it is of another spec, and its conditions stand."""
    again_in = SETTLED_AFTER if told.again_in is None else min(told.again_in, SETTLED_AFTER)
    if seen.applied.some or seen.applied.refused:
        return replace(told, again_in=again_in)
    return replace(told, status=None, moves_money=False, again_in=again_in)


def _stopped(seen: Observed, standing: Standing, *, policy: Policy, now: datetime) -> Plan:
    """Its worker ends, and everything else stays as it is."""
    told = _told(seen, standing, policy=policy, now=now)
    live = seen.deployment
    if live is None or not works(live):
        return told
    body: dict[str, Any] = {"spec": {"replicas": 0}}
    if standing.objection is not None and standing.objection.reason == "SharedAccount":
        body["metadata"] = {"annotations": venue_account.note(seen)}
    stop = Patch(ref=ref_of(live), body=body)
    return replace(told, tell=(stop,))


def _told(seen: Observed, standing: Standing, *, policy: Policy, now: datetime) -> Plan:
    """Only what is said changes."""
    again_in = again(seen, standing, policy=policy, now=now)
    wanted = statuses.status(seen, standing, now=now)
    live = seen.account.status
    if statuses.is_written(live, wanted):
        return Plan(again_in=again_in)
    return Plan(
        status=statuses.of(seen, wanted),
        moves_money=statuses.moves_money(live, wanted),
        again_in=again_in,
    )


def _ending(seen: Observed, *, policy: Policy, now: datetime) -> Plan:
    """The account goes: its policy first, then what only the finalizer has kept."""
    account = seen.account
    if names.FINALIZER not in account.finalizers:
        return Plan()
    kept = objection(seen, policy)
    own = deletion.by_its_own(seen) if kept is not None and kept.effect == "keep" else seen
    found = deletion.ending(own or seen, deadline=timedelta(seconds=policy.deletion_deadline_seconds), now=now)
    if found.done:
        go = _own(account, deletion.without_finalizer(account))
        return Plan(delete=deletion.objects(seen), tell=(go,), dropped=found.why if found.dropped else "")
    if kept is None and account.spec is not None and not works(seen.deployment):
        return _revived(seen, account.spec, found.why, policy=policy, now=now)
    name = "" if own is None else _handed(own.account)
    why = found.why if kept is None or works(seen.deployment) else f"{found.why}, but without a worker: {kept.message}"
    standing = Standing(ending=why, settings=name, wanted=works(seen.deployment))
    told = replace(_told(seen, standing, policy=policy, now=now), tell=tuple(deletion.let_go(seen)), again_in=SOON)
    if own is None:
        return told
    todo = to_apply(seen, (release.marked(settings_map(own.account), policy),))
    return replace(told, apply=todo, tell=(*told.tell, *telling(seen, name, now)))


def _revived(seen: Observed, spec: AccountSpec, why: str, *, policy: Policy, now: datetime) -> Plan:
    """It may hold something and has no worker: one starts for its end alone."""
    template = pod_template(seen.account, spec, policy, secrets=seen.secrets.digest)
    turn = rollout(seen, spec, template, policy=policy.rollout, now=now)
    standing = Standing(rollout=turn, settings=_handed(seen.account), ending=why)
    objects = _objects(seen, spec, template, standing, policy)
    return replace(_carried(seen, standing, objects, policy=policy, now=now), again_in=SOON)


def _own(account: Account, body: Mapping[str, Any]) -> Patch:
    """Into the account itself, as it was when it was looked at."""
    about = {**body["metadata"], "resourceVersion": account.version}
    return Patch(ref=Ref(ACCOUNT, account.key.namespace, account.key.name), body={"metadata": about})


def _handed(account: Account) -> str:
    return "" if account.spec is None else settings_hash(handed(account))
