"""The exchange's part of the command line."""

import argparse
import math
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tradepods_core.paper.quotes import Depth

HOURS = 24
SPEED = 15.0  # market seconds a wall second: one step of candles a second
MOST_SPREAD = Decimal("0.1")
MOST_DEPTH = 10**12
MODEL = Depth()


def count(text: str) -> int:
    """A number of at least 1; raises ArgumentTypeError."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no number of at least 1")
    return int(text)


def _pace(text: str) -> float:
    """Seconds, not below 0; raises ArgumentTypeError."""
    seconds = _number(text)
    if seconds is None or seconds < 0:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return float(seconds)


def _speed(text: str) -> float:
    """Market seconds a wall second; raises ArgumentTypeError."""
    found = float(_number(text) or 0)
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no speed: write a number above 0; 1 is as fast as the market was")
    return found


def _spread(text: str) -> Decimal:
    """A fraction of the price; raises ArgumentTypeError."""
    found = _number(text)
    if found is None or not 0 < found <= MOST_SPREAD:
        fix = f"write a fraction of the price above 0, at most {MOST_SPREAD}: 0.0002 is 0.02 %"
        raise argparse.ArgumentTypeError(f"{text} is no spread: {fix}")
    return found


def _depth(text: str) -> Decimal:
    """An amount of USDT; raises ArgumentTypeError."""
    found = _number(text)
    if found is None or not 0 < found <= MOST_DEPTH:
        raise argparse.ArgumentTypeError(f"{text} is no depth: write the USDT that the best level holds, above 0")
    return found


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def add_to(parser: argparse.ArgumentParser) -> None:
    """The exchange's arguments."""
    _add_market(parser)
    accounts = "JSON list of name, apiKey, apiSecret, balance; without it one account, demo-key and demo-secret"
    parser.add_argument("--accounts", type=Path, help=accounts)
    parser.add_argument("--participants", default="", help="lock-step: who acknowledges each step, separated by commas")
    clock = parser.add_mutually_exclusive_group()
    clock.add_argument(
        "--speed", type=_speed, help=f"market seconds a wall second where nobody takes part (default {SPEED:g})"
    )
    clock.add_argument("--pace", type=_pace, help=argparse.SUPPRESS)  # wall seconds a step
    parser.add_argument("--limits", action="store_true", help="count request weight and orders, and refuse too many")
    parser.add_argument(
        "--faults", type=Path, help='YAML or JSON list of faults, each with the market time: {at: "00:30:00", ...}'
    )


def _add_market(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        help="folder of recorded candles (SYMBOL-1m.parquet, with SYMBOL-funding.parquet beside them), or recorded "
        "stream messages: a file or a folder of *.gz; without it, a synthetic market",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the synthetic market (default 1)")
    parser.add_argument(
        "--hours", type=count, help=f"length of the replay in hours of market time (default {HOURS}); of candles only"
    )
    parser.add_argument(
        "--spread",
        type=_spread,
        help=f"order books: between best bid and ask, fraction of the price (default {MODEL.spread} with --depth); "
        "without --spread and --depth, all is filled at the mark price",
    )
    parser.add_argument(
        "--depth",
        type=_depth,
        help=f"order books: USDT that the best level of each side holds (default {MODEL.notional} with --spread)",
    )


def depth_of(options: argparse.Namespace) -> Depth | None:
    """The model of the order books, None for a market without end."""
    if options.spread is None and options.depth is None:
        return None
    spread = MODEL.spread if options.spread is None else options.spread
    return Depth(spread=spread, notional=MODEL.notional if options.depth is None else options.depth)


def pace_of(options: argparse.Namespace, *, pace_ms: int) -> float:
    """Wall seconds a step, where so much market time is between two."""
    if options.pace is not None:
        return float(options.pace)
    return pace_ms / 1_000 / float(options.speed or SPEED)
