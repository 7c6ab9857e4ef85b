"""The signal service's command line."""

import argparse
import os
from pathlib import Path

from tradepods_core.wire.fleet import EGRESS_VARIABLE, ONE_EGRESS, egress_named

LAST_PORT = 65_535


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
    return parser.parse_args(arguments)
