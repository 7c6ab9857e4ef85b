"""Who may call: HMAC keys of our own, a cluster's tokens, or anybody on this machine."""

import argparse
import asyncio
import time
from pathlib import Path

import structlog

from tradepods_signals.adapters import clocks
from tradepods_signals.adapters.jwks import KeySet, from_file, from_url
from tradepods_signals.adapters.key_folder import KeyFolder
from tradepods_signals.adapters.service_accounts import ServiceAccountTokens, Trust, issuer_of
from tradepods_signals.bootstrap.waiting import line_of
from tradepods_signals.engine.tokens import MOST_KEYS, SHORTEST_KEY, HmacTokens, Tokens
from tradepods_signals.ports.callers import Gate

log = structlog.get_logger()


def make_gate(options: argparse.Namespace, keys: KeySet | None) -> Gate | None:
    """Who knows whose a token is; None where nobody is asked for one."""
    if options.no_auth:
        log.warning("no_tokens", host=options.host, note="anybody on this machine may halt trading")
        return None
    own = cluster = None
    if options.keys is not None:
        folder = KeyFolder(options.keys, most=MOST_KEYS, shortest=SHORTEST_KEY, seconds=time.monotonic)
        own = HmacTokens(keys=folder.keys, now=clocks.wall)
    if keys is not None:
        cluster = ServiceAccountTokens(keys=keys, trust=_trust(options), now=clocks.wall)
    return Tokens(own=own, cluster=cluster)


def _trust(options: argparse.Namespace) -> Trust:
    """Which of a cluster's tokens count, and what for."""
    return Trust(
        issuer=options.issuer or issuer_of(line_of(options.jwks_token)),
        audience=options.audience,
        prefix=options.worker_prefix,
        readers=frozenset(options.reader),
        admins=frozenset(options.admin),
    )


def make_key_set(options: argparse.Namespace) -> KeySet | None:
    """The keys that a cluster signs tokens with; None where no cluster is believed."""
    if not options.jwks:
        return None
    if options.jwks.startswith("https:"):
        return KeySet(from_url(options.jwks, ca=options.jwks_ca, token=options.jwks_token), sleep=asyncio.sleep)
    return KeySet(from_file(Path(options.jwks)), sleep=asyncio.sleep)
