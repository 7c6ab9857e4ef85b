"""A day of the demo: how long it takes, what its programs weigh, how fast an account reacts."""

import asyncio
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.figures import Figure
from tradepods_cli.local import venue_books
from tradepods_cli.local.demo import Demo, Options
from tradepods_cli.local.demo_data import choose
from tradepods_cli.local.layout import made
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import Fact, Filled
from tradepods_core.book.intents import Accepted, PlaceOrder

HOURS = 24
STEPS = HOURS * 60 * 4  # the market moves every 15 seconds


async def measure(folder: Path) -> Iterable[Figure]:
    """One run with real processes."""
    options = Options(
        source=choose(None),
        hours=HOURS,
        seed=1,
        output=folder,
        make_secret=lambda _: secrets.token_hex(24),
        accounts=2,
    )
    report = await Demo(options, secrets=made(folder / "secrets"), stop=asyncio.Event()).run(lambda _: None)
    alice, bob = report["accounts"]
    service = report["signalService"]
    facts, ledger = await venue_books.facts_of(folder / "run/accounts/default/bob", "live")
    await ledger.close()
    return [
        Figure(name=f"{HOURS} h of {report['market']['symbols']} symbols", unit="s", samples=[report["wallSeconds"]]),
        Figure(name="one step of the market, all programs", unit="ms", samples=[report["wallSeconds"] * 1000 / STEPS]),
        Figure(name="worker, dry run: memory", unit="MiB", samples=[alice["rssMiB"]]),
        Figure(name="worker, live through ccxt: memory", unit="MiB", samples=[bob["rssMiB"]]),
        Figure(name="signal service: memory", unit="MiB", samples=[service["rssMiB"]]),
        Figure(name="compute of a cycle, median", unit="ms", samples=[service["computeMsP50"]]),
        Figure(name="compute of a cycle, 99th percentile", unit="ms", samples=[service["computeMsP99"]]),
        Figure(name="entry committed -> accepted", unit="ms", samples=list(_accepted(facts, "enter"))),
        Figure(name="fill heard -> stop accepted", unit="ms", samples=list(protected_after(facts))),
    ]


def _accepted(facts: Iterable[Fact], purpose: str) -> Iterator[float]:
    """From each order's commit to the venue's acceptance."""
    sent: dict[str, datetime] = {}
    for fact in facts:
        if isinstance(fact, PlaceOrder) and fact.purpose == purpose:
            sent[fact.id] = fact.committed_at
        elif isinstance(fact, IntentSettled) and isinstance(fact.outcome, Accepted) and fact.id in sent:
            yield (fact.seen_at - sent.pop(fact.id)).total_seconds() * 1000


def protected_after(facts: Iterable[Fact]) -> Iterator[float]:
    """From each entry's first fill to the venue's acceptance of its first stop."""
    filled: dict[int, datetime] = {}
    stops: dict[str, int] = {}
    for fact in facts:
        if isinstance(fact, Filled) and fact.purpose == "enter":
            filled.setdefault(fact.position, fact.seen_at)
        elif isinstance(fact, PlaceOrder) and fact.purpose == "stop" and fact.revision == 0:
            stops[fact.id] = fact.position
        elif isinstance(fact, IntentSettled) and isinstance(fact.outcome, Accepted) and fact.id in stops:
            yield (fact.seen_at - filled[stops.pop(fact.id)]).total_seconds() * 1000
