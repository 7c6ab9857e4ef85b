"""The signal service's command line."""

import argparse
import functools
import ipaddress
import os
from dataclasses import fields
from pathlib import Path

from tradepods_core.wire.fleet import EGRESS_VARIABLE, ONE_EGRESS, egress_named
from tradepods_signals.adapters.http.bounds import Bounds

LAST_PORT = 65_535
MOST_HOURS = 24 * 31


def port(text: str) -> int:
    """A port, or 0; raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: write a number from 0 to {LAST_PORT}")
    return int(text)


def egress(text: str) -> str:
    """The name of an address; raises ArgumentTypeError."""
    try:
        return egress_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} names no address: {error}") from error


def hours(text: str) -> int:
    """A number of hours; raises ArgumentTypeError."""
    if not text.isdecimal() or not 0 < int(text) <= MOST_HOURS:
        raise argparse.ArgumentTypeError(f"{text} is no number of hours: write 1 to {MOST_HOURS}")
    return int(text)


def whole(text: str, *, least: int, most: int) -> int:
    """A whole number within bounds; raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text[:20]} is out of bounds: write a whole number from {least} to {most}")
    return int(text)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; argparse itself exits with 2 and a message where it can't."""
    parser = argparse.ArgumentParser(
        prog="python -m tradepods_signals", description="Compute signals once, publish them to every account's worker."
    )
    parser.add_argument("--strategies", type=Path, required=True, help="folder of TradingStrategy manifests")
    parser.add_argument("--exchange", default="binanceusdm", help="the reference venue")
    parser.add_argument("--url", default="", help="of a simulator or proxy of the venue's protocol")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port, default=8080, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="where the port is written once the service listens")
    parser.add_argument(
        "--egress",
        type=egress,
        default=os.environ.get(EGRESS_VARIABLE) or ONE_EGRESS,
        help=f"name of the address from which requests to the venue leave, else {EGRESS_VARIABLE}: a ban is for it",
    )
    parser.add_argument("--steps", default="", help="URL of a replay in lock-step that this service takes part in")
    parser.add_argument("--participant", default="signals", help="its name there")
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    _add_candles(parser.add_argument_group("candles"))
    _add_history(parser.add_argument_group("history: what outlives the service; in memory only where nothing is given"))
    _add_tokens(parser.add_argument_group("tokens: who may call"))
    _add_tls(parser.add_argument_group("TLS: plain HTTP where nothing is given"))
    _add_bounds(parser.add_argument_group("bounds: what callers may take"))
    options = parser.parse_args(arguments)
    if wrong := _wrong(options):
        parser.error(wrong)
    return options


def _add_candles(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--candles",
        choices=["auto", "stream", "poll"],
        default="auto",
        help="by the venue's stream, or by requests at each close; auto is a stream, but requests in a replay",
    )
    group.add_argument("--candles-dir", type=Path, help="folder where this venue's are kept; else in memory only")


def _add_history(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--history", type=Path, help="folder of an SQLite file")
    group.add_argument("--database", type=Path, help="file with a postgresql:// URL, instead of --history")
    group.add_argument("--history-hours", type=hours, default=48, help="of market time, in which a reader may resume")


def _add_tokens(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--keys", type=Path, help="folder with one or two HMAC keys, each in a file named by its id")
    group.add_argument("--jwks", default="", help="file or https URL of the keys that a cluster signs tokens with")
    group.add_argument("--jwks-ca", type=Path, help="certificates that this URL is trusted by")
    group.add_argument("--jwks-token", type=Path, help="file with the token that this service shows there")
    group.add_argument("--issuer", default="", help="of a cluster's tokens; else that of --jwks-token")
    group.add_argument("--audience", default="tradepods-signals", help="of a cluster's tokens")
    group.add_argument(
        "--worker-prefix", default="", help="what a worker's service account is called before its account"
    )
    group.add_argument("--reader", action="append", default=[], help="namespace/name of a service account; repeatable")
    group.add_argument("--admin", action="append", default=[], help="likewise, of one that may halt trading")
    group.add_argument("--no-auth", action="store_true", help="ask nobody for a token; on a loopback address only")


def _add_tls(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--tls-cert", type=Path, help="PEM file: the certificate, then those that vouch for it")
    group.add_argument("--tls-key", type=Path, help="PEM file: its key, without a passphrase")


def _add_bounds(group: "argparse._ArgumentGroup") -> None:
    for bound in fields(Bounds):
        least, most = bound.metadata["least"], bound.metadata["most"]
        group.add_argument(
            f"--{bound.name.replace('_', '-')}",
            type=functools.partial(whole, least=least, most=most),
            default=bound.default,
            metavar="N",
            help=f"{bound.metadata['says']} ({least} to {most}, default {bound.default})",
        )


def bounds_of(options: argparse.Namespace) -> Bounds:
    """What the options say of bounds."""
    return Bounds(**{bound.name: getattr(options, bound.name) for bound in fields(Bounds)})


def _wrong(options: argparse.Namespace) -> str:
    """What options say against each other; "" where nothing."""
    if options.no_auth == bool(options.keys or options.jwks):
        return "say who may call: --keys FOLDER, --jwks FILE or URL, or else --no-auth on a loopback address"
    if options.no_auth and not _is_loopback(options.host):
        return f"--no-auth on {options.host} would let anybody halt trading: only on a loopback address"
    if options.jwks and not (options.issuer or options.jwks_token):
        return "--jwks needs --issuer, or --jwks-token of the same one: another cluster's tokens must not be believed"
    if options.jwks.startswith("http:"):
        return "--jwks over http could be anybody's: give an https URL, or a file"
    if options.history and options.database:
        return "give either --history or --database"
    if bool(options.tls_cert) != bool(options.tls_key):
        return "give --tls-cert and --tls-key together"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
