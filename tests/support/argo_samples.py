"""Accounts and strategies in every state that Argo CD is to tell apart, as the operator and a worker leave them.

The test data of the health scripts is made of them: no status there is made up.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import yaml

from support.account import Account, placed
from support.acknowledging import strategies_pass
from support.build import NOON, arrived, signal
from support.build import settings as settings_of
from support.manifests import manifest
from support.operated import ALICE, Bench, account, keys_of, live
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, TradingPaused
from tradepods_core.book.steering import TroubleBegan
from tradepods_core.book.values import Book
from tradepods_core.rules.conditions import Situation, conditions
from tradepods_core.wire.published import StrategyProblem
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.settings_map import handed
from tradepods_operator.engine.observed import read
from tradepods_operator.ports import ACCOUNT, POD, STRATEGY, Ref

OWN = Ref(ACCOUNT, ALICE.namespace, ALICE.name)
Scene = Callable[[Bench], Awaitable[Any]]


def serving(*facts: Fact, book: Book | None = None, notes: Mapping[str, str] | None = None, **spec: Any) -> Scene:
    """A live account of these settings whose worker runs, and says of its book and settings what a worker would."""

    async def played(bench: Bench) -> None:
        await bench.serve(live(), keys_of())
        await bench.edit(annotations=notes or {}, **spec)
        await says(bench, book=apply(book or Book(), facts))

    return played


async def says(bench: Bench, *, book: Book | None = None, held: bool = False, **situation: Any) -> None:
    """Its worker reports by the settings that it was handed."""
    document = await bench.cluster.get(OWN)
    assert document is not None
    situation = {"settings": handed(read(document)), "books": [book or Book()], **situation}
    await bench.hear(conditions=conditions(Situation(**situation)), held=held)
    await bench.settle()


async def starting(bench: Bench) -> None:
    """Its pod isn't there yet."""
    await bench.put(live(), keys_of())
    await bench.settle()


async def without_secret(bench: Bench) -> None:
    """Its keys may be on their way."""
    await bench.put(live())
    await bench.settle()


async def queued(bench: Bench) -> None:
    """Another one has the only place."""
    bench.policy = bench.policy.model_copy(update={"max_workers": 1})
    bench.restart()
    await bench.serve(account("bob"))
    await bench.put(account())
    await bench.settle()


async def told(bench: Bench) -> None:
    """Its changed settings haven't arrived."""
    await serving()(bench)
    await bench.edit(entryPct=3)
    await bench.settle()


async def held_back(bench: Bench) -> None:
    """A new template waits until it is flat."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(resources={"limits": {"memory": "300Mi"}})
    await says(bench, held=True)


async def refused(bench: Bench) -> None:
    """The exchange doesn't take its keys."""
    await serving()(bench)
    await says(bench, refused_keys="-2015 Invalid API-key, IP, or permissions for action")


async def unusable(bench: Bench) -> None:
    """Its worker can't use the newest settings."""
    await serving()(bench)
    await says(bench, refused_settings="ledger.type can't change while the account is served")


async def stale(bench: Bench) -> None:
    """The signal service is away."""
    await serving(TroubleBegan(kind="SignalsGone", why="no word for two periods", at=NOON))(bench)


async def bare(bench: Bench) -> None:
    """A position's stop doesn't rest."""
    naked = Account()
    naked.fill(placed(naked.handle(arrived(signal())), "enter"))
    await serving(book=naked.book)(bench)


async def alerting(bench: Bench) -> None:
    """Nothing is to rest: it only alerts."""
    open_ = Account(account_settings=settings_of(autoExit=False))
    open_.fill(placed(open_.handle(arrived(signal())), "enter"))
    await serving(book=open_.book)(bench)


async def crashing(bench: Bench) -> None:
    """It rests after three crashes."""
    await serving()(bench)
    for times in (1, 2, 3):
        await bench.crash(times)
        await bench.settle()
    await _no_pod(bench)


async def conflicting(bench: Bench) -> None:
    """Its exchange isn't one that the operator allows."""
    await bench.put(account(exchange={"environment": "custom", "url": "http://elsewhere:9000"}))
    await bench.settle()


async def stopped(bench: Bench) -> None:
    """As Git says."""
    await serving()(bench)
    await bench.edit(state="Stopped")
    await bench.settle()
    await _no_pod(bench)


async def unconfirmed(bench: Bench) -> None:
    """It is to stop while something is open."""
    await bench.serve(live(), keys_of(), held=True)
    await bench.edit(state="Stopped")
    await says(bench, held=True)


async def left_alone(bench: Bench) -> None:
    """The operator keeps off."""
    await serving()(bench)
    await bench.edit(annotations={names.RECONCILE: "paused"})
    await bench.settle()


async def deleting(bench: Bench) -> None:
    """It is flattened before it goes."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()


async def new(bench: Bench) -> None:
    """No operator has seen it."""
    await bench.put(live())


async def edited(bench: Bench) -> None:
    """Its operator hasn't seen the change."""
    await serving()(bench)
    await bench.edit(entryPct=3)


async def _no_pod(bench: Bench) -> None:
    pod = await bench.only_pod()
    await bench.cluster.delete(Ref(POD, ALICE.namespace, pod["metadata"]["name"]))
    await bench.settle()


BY_PERSON = TradingPaused(why="/pause by 1000", until=None, at=NOON)
TRIPPED = TradingPaused(why="the account has lost 5 % since midnight", until=None, at=NOON, limit="DailyLossLimit")
HALTED = TroubleBegan(kind="Halted", why="exchange maintenance", at=NOON)
SCENES: Mapping[str, Scene] = {
    "new": new,
    "edited": edited,
    "starting": starting,
    "secret-missing": without_secret,
    "queued": queued,
    "settings-on-their-way": told,
    "held-back": held_back,
    "signals-gone": stale,
    "trading": serving(),
    "alerts-only": alerting,
    "paused-by-git": serving(state="Paused"),
    "paused-by-annotation": serving(notes={names.PAUSE: "true"}),
    "paused-by-chat": serving(BY_PERSON),
    "halted-by-annotation": serving(notes={names.HALT: "true"}),
    "halted-with-the-fleet": serving(HALTED),
    "tripped": serving(TRIPPED),
    "left-alone": left_alone,
    "stopped": stopped,
    "stop-not-confirmed": unconfirmed,
    "endpoint-not-allowed": conflicting,
    "keys-refused": refused,
    "settings-refused": unusable,
    "without-stop": bare,
    "degraded": crashing,
    "deleting": deleting,
}


STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "new": {},
    "followed": {},
    "not-enabled": {"enabled": False},
    "wrong": {"entries": []},
    "on-its-way": {},
    "refused": {},
}
REFUSED = StrategyProblem(
    field="traders.swing.json: spec.entries[0].when.all[0].var", value="rsi", fix="this release can't compute it"
)
REFUSES = {"traders.swing.json": (REFUSED,)}


async def account_in(name: str) -> Any:
    """The account in one of these states."""
    bench = Bench()
    await SCENES[name](bench)
    return await _seen(bench, OWN)


async def strategy_in(name: str) -> Any:
    """A strategy in one of these states, beside an account that follows all."""
    bench = Bench()
    await bench.serve(account())
    document = yaml.safe_load(manifest())
    document["metadata"]["namespace"] = ALICE.namespace
    document["spec"] |= STRATEGIES[name]
    await bench.put(document)
    if name != "new":
        bench.service.looks = name != "on-its-way"
        bench.service.refuses = REFUSES if name == "refused" else {}
        await strategies_pass(bench)
    return await _seen(bench, Ref(STRATEGY, ALICE.namespace, document["metadata"]["name"]))


async def _seen(bench: Bench, ref: Ref) -> Any:
    """Without what differs from cluster to cluster."""
    document = await bench.cluster.get(ref)
    assert document is not None
    for noise in ("uid", "resourceVersion"):
        del document["metadata"][noise]
    return document
