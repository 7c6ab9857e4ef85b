"""Checks of a run on this machine, where no cluster is meant."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime

from tradepods_cli.accounts.fleet_view import SILENT_FROM, by_name, is_bad
from tradepods_cli.doctor.findings import Finding, fail, ok, warn
from tradepods_cli.local.client import Client
from tradepods_core.errors import TradepodsError
from tradepods_core.wire.fleet import Digest

START = "`tradepods up FOLDER` starts one; --signals names another address, --cluster asks a cluster"


async def findings(client: Client, signals: str, *, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """The signal service's, and a line for each account that somebody should look at."""
    try:
        why = await client.not_ready(signals)
        found = (await client.fleet(signals)).accounts
    except TradepodsError as error:
        yield fail("signal service", f"{signals}: {error}", START)
        return
    yield ok("signal service", f"{signals} answers")
    if why:
        yield warn("signals", f"no cycle is published: {why}", "wait for the next candle; its logs say more")
    else:
        yield ok("signals", "it publishes")
    for finding in accounts(found, now=now()):
        yield finding


def accounts(digests: Iterable[Digest], *, now: datetime) -> Iterator[Finding]:
    """Those that are heard, and what is wrong with one."""
    found = by_name(digests)
    if not found:
        yield warn("accounts", "no account reports", "tradepods account create makes one; up runs it")
        return
    wrong = [finding for digest in found for finding in _of(digest, now=now)]
    yield ok("accounts", f"{len(found)} report")
    yield from wrong


def _of(digest: Digest, *, now: datetime) -> Iterator[Finding]:
    name = f"{digest.namespace}/{digest.name}"
    status = f"tradepods account status {digest.name} --namespace {digest.namespace}"
    if now - digest.seen_at >= SILENT_FROM:
        seconds = round((now - digest.seen_at).total_seconds())
        yield fail("account", f"{name} was not heard of for {seconds} s", "look at its log; up starts it again")
    for condition in filter(is_bad, digest.heartbeat.conditions):
        said = f"{name}: {condition.type} is {condition.status}: {condition.message or condition.reason}"
        level = warn if condition.type == "TradingHalted" else fail
        yield level("account", said, status)
