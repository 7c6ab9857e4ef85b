"""The worker's command line: paths and addresses, no trading settings."""

import argparse
import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from tradepods_core.ids import DEFAULT_NAMESPACE, LOCAL_FLEET
from tradepods_core.times import utc
from tradepods_core.wire.fleet import EGRESS_VARIABLE, ONE_EGRESS, egress_named

NOTICE = "notice"  # the command beside that of a worker


def egress(text: str) -> str:
    """The name of an address; raises ArgumentTypeError."""
    try:
        return egress_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} names no address: {error}") from error


def moment(text: str) -> datetime:
    """A time; raises ArgumentTypeError."""
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time in UTC: write 2026-11-21T08:00:00Z") from error


def _add_ways_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    parser.add_argument("--ca-bundle", type=Path, help="PEM file of who is believed beside the public authorities")
    parser.add_argument("--outbound-proxy", default="", help="URL of the proxy to the venue and to Telegram themselves")


def parse_notice(arguments: list[str]) -> argparse.Namespace:
    """The same for `notice`, that says one thing in the place of a worker that does not run."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tradepods_worker {NOTICE}", description="Tell an account's chat why its worker does not run."
    )
    parser.add_argument("kind", choices=["crashed"], help="what there is to tell")
    parser.add_argument("--until", type=moment, required=True, help="how long the worker rests")
    parser.add_argument("--name", required=True, help="the TradingAccount's name")
    parser.add_argument("--namespace", default=DEFAULT_NAMESPACE)
    parser.add_argument("--settings", type=Path, required=True, help="file with the TradingAccount's spec")
    parser.add_argument("--telegram", type=Path, required=True, help="folder with botToken")
    _add_ways_out(parser)
    return parser.parse_args(arguments)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; argparse itself exits with 2 and a message where it can't."""
    parser = argparse.ArgumentParser(
        prog="python -m tradepods_worker", description="Trade one account by its settings and the shared signals."
    )
    parser.add_argument("--name", required=True, help="the TradingAccount's name")
    parser.add_argument("--namespace", default=DEFAULT_NAMESPACE)
    parser.add_argument("--fleet-id", type=UUID, default=LOCAL_FLEET, help="what the account's key is made of")
    parser.add_argument("--settings", type=Path, required=True, help="file with the TradingAccount's spec")
    parser.add_argument("--state", type=Path, required=True, help="folder that outlives the worker: its ledger")
    parser.add_argument("--ledger", type=Path, help="folder with url, of a ledger's PostgreSQL database")
    parser.add_argument("--credentials", type=Path, help="folder with apiKey and apiSecret")
    parser.add_argument("--proxy", type=Path, help="folder with url, of the proxy to the venue")
    parser.add_argument("--telegram", type=Path, help="folder with botToken")
    parser.add_argument("--signals", required=True, help="URL of the signal service")
    parser.add_argument("--signals-token", type=Path, help="file with the token for it, read again at each request")
    parser.add_argument("--signals-ca", type=Path, help="PEM file of who vouches for it, where that is nobody public")
    _add_ways_out(parser)
    parser.add_argument("--secrets-hash", default="", help="names the present Secrets, for whoever is told with them")
    parser.add_argument(
        "--egress",
        type=egress,
        default=os.environ.get(EGRESS_VARIABLE) or ONE_EGRESS,
        help=f"name of the address from which requests to the venue leave, else {EGRESS_VARIABLE}: a ban is for it",
    )
    parser.add_argument("--steps", default="", help="URL of a replay in lock-step that this worker takes part in")
    parser.add_argument("--probe-port", type=int, default=0, help="of /healthz, /readyz and /metrics; 0 for none")
    parser.add_argument("--heartbeat", type=float, default=5.0, help="seconds between heartbeats")
    return parser.parse_args(arguments)
