"""What one worker is made of: which ledger, which venue, which clocks, whose secrets."""

import argparse
import hashlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from tradepods_core.ids import account_key
from tradepods_core.settings.account import AccountSpec
from tradepods_core.wire.fleet import venue_name
from tradepods_worker.adapters import secret_files
from tradepods_worker.adapters.clocks import FollowedClock, WallClock
from tradepods_worker.adapters.feed_http import HttpFeed
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.adapters.venues.paper import PaperVenue
from tradepods_worker.ports import Messenger, Put, Venue
from tradepods_worker.ports.commands import Line, View
from tradepods_worker.ports.ledger import Owner
from tradepods_worker.tasks.commands import Commands
from tradepods_worker.tasks.heartbeat import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one worker is made of."""

    options: argparse.Namespace
    settings: AccountSpec
    ledger: SqlLedger
    venue: Venue
    feed: HttpFeed
    wall: WallClock
    market: WallClock | FollowedClock


def secrets(options: argparse.Namespace, settings: AccountSpec) -> list[str]:
    """The account's secrets: what must never be written anywhere; raises Permanent where one can't be read."""
    found = []
    if not settings.dry_run:
        found += [secret_files.read(options.credentials, key) for key in ("apiKey", "apiSecret")]
    if settings.telegram is not None:
        found.append(secret_files.read(options.telegram, "botToken"))
    return found


def make_parts(options: argparse.Namespace, settings: AccountSpec) -> Parts:
    """Open nothing yet: the ledger is taken, and the venue asked, by whoever runs them."""
    wall = WallClock()
    market = wall if settings.exchange.environment != "custom" else FollowedClock(wall=wall, stands=bool(options.steps))
    options.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    ledger = SqlLedger(options.state / f"{_mode(settings)}.db")
    venue: Venue
    if settings.dry_run:
        venue = PaperVenue(store=ledger, balance=settings.paper.balance, market=market, wall=wall)
    else:
        venue = _live_venue(options, settings, wall)
    feed = HttpFeed(
        url=options.signals,
        exchange=settings.exchange.id,
        namespace=options.namespace,
        name=options.name,
        wall=wall,
    )
    return Parts(options=options, settings=settings, ledger=ledger, venue=venue, feed=feed, wall=wall, market=market)


def _live_venue(options: argparse.Namespace, settings: AccountSpec, wall: WallClock) -> Venue:
    from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue  # a dry run never loads ccxt

    return CcxtVenue(
        exchange=settings.exchange,
        api_key=secret_files.read(options.credentials, "apiKey"),
        secret=secret_files.read(options.credentials, "apiSecret"),
        wall=wall,
    )


def make_messenger(parts: Parts) -> Messenger:
    """The account's bot; without one, its notices go to the log."""
    from tradepods_worker.adapters.telegram.memory import LogMessenger

    telegram = parts.settings.telegram
    if telegram is None:
        return LogMessenger()
    from tradepods_worker.adapters.telegram.bot import TelegramMessenger  # loaded late: protection comes first
    from tradepods_worker.adapters.telegram.render import render

    return TelegramMessenger(
        token=secret_files.read(parts.options.telegram, "botToken"),
        chats=telegram.chat_ids,
        url=telegram.api_url,
        render=partial(render, account=parts.options.name, paper=parts.settings.dry_run),
    )


def make_commands(parts: Parts, *, look: Callable[[], View], put: Put) -> tuple[Commands, Line] | None:
    """What listens to the account's bot; None without one."""
    telegram = parts.settings.telegram
    if telegram is None:
        return None
    from tradepods_worker.adapters.telegram.answers import answer, caption
    from tradepods_worker.adapters.telegram.commands import TelegramLine

    line = TelegramLine(token=secret_files.read(parts.options.telegram, "botToken"), url=telegram.api_url)
    commands = Commands(
        line=line,
        store=parts.ledger,
        look=look,
        write=answer,
        caption=caption,
        put=put,
        wall=parts.wall,
    )
    return commands, line


def account_of(options: argparse.Namespace) -> UUID:
    """The account's key."""
    return account_key(fleet=options.fleet_id, namespace=options.namespace, name=options.name)


def owner_of(options: argparse.Namespace, settings: AccountSpec) -> Owner:
    """Whose ledger it is to be."""
    return Owner(
        account=str(account_of(options)),
        exchange=settings.exchange.id,
        environment=settings.exchange.environment,
        mode=_mode(settings),
    )


def address_of(options: argparse.Namespace, settings: AccountSpec) -> Address:
    """Where its requests go, and from where: whose bans it shares."""
    exchange = settings.exchange
    return Address(
        venue=venue_name(exchange=exchange.id, environment=exchange.environment),
        egress=options.egress,
    )


def _mode(settings: AccountSpec) -> str:
    """Paper and live are two books, in two files."""
    return "paper" if settings.dry_run else "live"


def holder() -> str:
    """Who takes the lease, for the one who is refused it."""
    return f"{socket.gethostname()} process {os.getpid()}"


def settings_hash(settings: AccountSpec) -> str:
    """Names the settings that are in force."""
    return hashlib.sha256(settings.model_dump_json(by_alias=True).encode()).hexdigest()[:12]
