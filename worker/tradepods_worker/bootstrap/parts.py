"""What one worker is made of: which ledger, which venue, which clocks, whose secrets."""

import argparse
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tradepods_core.errors import Invalid, Permanent
from tradepods_core.ids import account_key
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.database import DATABASE_KEY, Database, read_database
from tradepods_core.settings.overrides import Terms
from tradepods_core.settings.parts import Telegram
from tradepods_core.settings.proxy import PROXY_KEY, Proxy, read_proxy
from tradepods_core.wire.fleet import venue_name
from tradepods_worker.adapters import secret_files
from tradepods_worker.adapters.authority import public, trusted
from tradepods_worker.adapters.clocks import FollowedClock, WallClock
from tradepods_worker.adapters.feed_http import HttpFeed
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.adapters.venues.keyless import Keyless
from tradepods_worker.adapters.venues.paper import PaperVenue
from tradepods_worker.engine.alert import Alert
from tradepods_worker.ports import Messenger, Put, Venue
from tradepods_worker.ports.commands import Line, Past, View
from tradepods_worker.ports.ledger import BookName, Owner
from tradepods_worker.tasks.commands import Commands
from tradepods_worker.tasks.health import Health
from tradepods_worker.tasks.heartbeat import Address
from tradepods_worker.unneeded import absent

TOKEN = "botToken"  # noqa: S105 - the name of a key
PASSPORTS = "cryptography"  # telegram would only decrypt people's passports with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one worker is made of.

    `keys`: whether it may trade live. Those that come later are not known to what keeps secrets out of the log.
    `outbound`: URL of the proxy to what the account does not name itself, "" for none.
    `tls`: whose certificates are believed. `health`: what whoever asks the process is told.
    """

    options: argparse.Namespace
    settings: AccountSpec
    ledger: SqlLedger
    feed: HttpFeed
    wall: WallClock
    market: WallClock | FollowedClock
    health: Health
    outbound: str = ""
    tls: ssl.SSLContext = field(default_factory=public)
    alert: Alert = field(default_factory=Alert)
    keys: bool = True


def secrets(options: argparse.Namespace, settings: AccountSpec) -> list[str]:
    """The account's secrets: what must never be written anywhere; raises Permanent where one can't be read."""
    found = []
    if not settings.dry_run or has_keys(options):
        found += [secret_files.read(options.credentials, key) for key in ("apiKey", "apiSecret")]
        proxy = _proxy(options, settings)
        found += () if proxy is None else proxy.secrets
    if settings.telegram is not None:
        found.append(secret_files.read(options.telegram, TOKEN))
    if settings.ledger.type == "postgresql":
        found += _database(options).secrets
    return [*found, *outbound_secrets(options)]


def outbound_secrets(options: argparse.Namespace) -> tuple[str, ...]:
    """Of the whole fleet's proxy, whoever is reached by it; raises Permanent where it names none."""
    proxy = _outbound(options.outbound_proxy, named="")
    return () if proxy is None else proxy.secrets


def has_keys(options: argparse.Namespace) -> bool:
    """Whether the exchange's keys are there."""
    folder = options.credentials
    return folder is not None and all((folder / key).exists() for key in ("apiKey", "apiSecret"))


def make_parts(options: argparse.Namespace, settings: AccountSpec) -> Parts:
    """Open nothing yet: the ledger is taken, and the venue asked, by whoever runs them."""
    wall, tls = WallClock(), public(also=options.ca_bundle)
    market = wall if settings.exchange.environment != "custom" else FollowedClock(wall=wall, stands=bool(options.steps))
    ledger = make_ledger(options, settings, wall)
    feed = HttpFeed(
        url=options.signals,
        exchange=settings.exchange.id,
        namespace=options.namespace,
        name=options.name,
        wall=wall,
        token=options.signals_token,
        tls=tls if options.signals_ca is None else trusted(options.signals_ca),
    )
    return Parts(
        options=options,
        tls=tls,
        settings=settings,
        ledger=ledger,
        feed=feed,
        health=Health(wall=wall),
        outbound=options.outbound_proxy,
        wall=wall,
        market=market,
        keys=has_keys(options),
    )


def make_ledger(options: argparse.Namespace, settings: AccountSpec, wall: WallClock) -> SqlLedger:
    """In the account's folder, or in a database: then its lock and its journals alone are in the folder."""
    if settings.ledger.type == "sqlite":
        return SqlLedger(options.state / LEDGER)
    from tradepods_worker.adapters.ledger.postgres import PostgresStore  # nobody else loads psycopg

    store = PostgresStore(_database(options), account=str(account_of(options)), wall=wall)
    return SqlLedger(options.state / store.schema, store=store)


def _database(options: argparse.Namespace) -> Database:
    """Where the ledger is kept, if not in a file; raises Permanent."""
    try:
        return read_database(secret_files.read(options.ledger, DATABASE_KEY))
    except Invalid as error:
        named = options.ledger / DATABASE_KEY
        raise Permanent(f"the secret {named} names no database: {error.problems[0].fix}") from None


def make_venue(parts: Parts, settings: AccountSpec, name: BookName) -> Venue:
    """The venue of one of the account's books; raises Permanent where its keys can't be read."""
    if name == "live":
        keys = (secret_files.read(parts.options.credentials, key) for key in ("apiKey", "apiSecret"))
        return _venue(parts, settings, *keys)
    quotes = Keyless(lambda: _venue(parts, settings))
    return PaperVenue(
        store=parts.ledger, balance=settings.paper.balance, market=parts.market, wall=parts.wall, quotes=quotes
    )


def _venue(parts: Parts, settings: AccountSpec, api_key: str = "", secret: str = "") -> Venue:
    """The venue itself; without keys it tells what it tells anybody. Raises Permanent where no way to it is named."""
    from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue  # a dry run loads no ccxt before it has to

    return CcxtVenue(
        exchange=settings.exchange,
        api_key=api_key,
        secret=secret,
        wall=parts.wall,
        proxy=_proxy(parts.options, settings) or _outbound(parts.outbound, named=settings.exchange.url),
        tls=parts.tls,
    )


def _proxy(options: argparse.Namespace, settings: AccountSpec) -> Proxy | None:
    """What stands between the account and its venue: nobody else is reached through it. Raises Permanent."""
    if settings.exchange.proxy_secret_ref is None:
        return None
    try:
        return read_proxy(secret_files.read(options.proxy, PROXY_KEY))
    except Invalid as error:
        raise Permanent(f"the secret {options.proxy / PROXY_KEY} names no proxy: {error.problems[0].fix}") from None


def _outbound(url: str, *, named: str) -> Proxy | None:
    """The proxy of the whole fleet, which does not stand before an address that the account names; raises Permanent."""
    if not url or named:
        return None
    try:
        return read_proxy(url)
    except Invalid as error:
        raise Permanent(f"--outbound-proxy names no proxy: {error.problems[0].fix}") from None


def make_messenger(parts: Parts, *, terms: Callable[[], Terms]) -> Messenger:
    """The account's bot; without one, its notices go to the log."""
    from tradepods_worker.adapters.telegram.memory import LogMessenger

    telegram = parts.settings.telegram
    if telegram is None:
        return LogMessenger()
    from tradepods_worker.adapters.telegram.phrasing import language_of

    return bot(
        parts.options,
        telegram,
        chats=lambda: _chats(terms()),
        language=lambda: language_of(terms().spec),
        tls=parts.tls,
        outbound=parts.outbound,
    )


def bot(
    options: argparse.Namespace,
    telegram: Telegram,
    *,
    chats: Callable[[], Sequence[str]],
    language: Callable[[], Literal["en", "ko"]],
    tls: ssl.SSLContext,
    outbound: str,
) -> Messenger:
    """What speaks by the account's bot; raises Permanent where its token can't be read."""
    with absent(PASSPORTS):
        from tradepods_worker.adapters.telegram.bot import TelegramMessenger  # loaded late: protection comes first
    from tradepods_worker.adapters.telegram.render import render

    return TelegramMessenger(
        token=secret_files.read(options.telegram, TOKEN),
        chats=chats,
        url=telegram.api_url,
        render=lambda one: render(one, account=options.name, language=language()),
        tls=tls,
        proxy=_outbound(outbound, named=telegram.api_url),
    )


def _chats(terms: Terms) -> tuple[str, ...]:
    """Who is told: a manifest without a bot any more still has one until the next start."""
    telegram = terms.spec.telegram
    return () if telegram is None else telegram.chat_ids


def make_commands(
    parts: Parts, *, look: Callable[[], View], put: Put, past: Callable[[], Past], reread: Callable[[str], None]
) -> tuple[Commands, Line] | None:
    """What listens to the account's bot; None without one."""
    telegram = parts.settings.telegram
    if telegram is None:
        return None
    from tradepods_worker.adapters.telegram.answers import answer
    from tradepods_worker.adapters.telegram.asking import caption

    with absent(PASSPORTS):
        from tradepods_worker.adapters.telegram.commands import TelegramLine
    from tradepods_worker.adapters.telegram.phrasing import language_of

    line = TelegramLine(
        token=secret_files.read(parts.options.telegram, TOKEN),
        url=telegram.api_url,
        language=lambda: language_of(look().settings),
        tls=parts.tls,
        proxy=_outbound(parts.outbound, named=telegram.api_url),
    )
    commands = Commands(
        line=line,
        store=parts.ledger,
        past=past,
        look=look,
        write=answer,
        caption=caption,
        put=put,
        reread=reread,
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
    )


def address_of(options: argparse.Namespace, settings: AccountSpec) -> Address:
    """Where its requests go, and from where: whose bans it shares."""
    exchange = settings.exchange
    venue = venue_name(exchange=exchange.id, environment=exchange.environment)
    salt = f"{options.fleet_id}/{venue}/{exchange.url}"
    return Address(venue=venue, egress=options.egress, salt=salt, secrets_hash=options.secrets_hash)


def book_name(settings: AccountSpec) -> BookName:
    """Paper and live are two books of one ledger."""
    return "paper" if settings.dry_run else "live"


def holder() -> str:
    """Who takes the lease, for the one who is refused it."""
    return f"{socket.gethostname()} process {os.getpid()}"
