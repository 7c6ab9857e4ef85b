"""The simulator's command line."""

import argparse
from pathlib import Path

LAST_PORT = 65_535


def port(text: str) -> int:
    """A port, or 0; raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: write a number from 0 to {LAST_PORT}")
    return int(text)


def _count(text: str) -> int:
    """A number of at least 1; raises ArgumentTypeError."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no number of at least 1")
    return int(text)


def _pace(text: str) -> float:
    """Seconds, not below 0; raises ArgumentTypeError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return seconds


def parse(arguments: list[str] | None = None, *, prog: str) -> argparse.Namespace:
    """Read the command line; argparse itself exits with 2 and a message where it can't."""
    parser = argparse.ArgumentParser(
        prog=prog, description="An exchange and a Telegram Bot API on this machine, over real sockets."
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    exchange = kinds.add_parser("exchange", help="a Binance USD-M futures exchange that replays candles")
    exchange.add_argument("--data", type=Path, help="folder of recorded candles; without it, a synthetic market")
    exchange.add_argument("--seed", type=int, default=1, help="seed of the synthetic market")
    exchange.add_argument("--hours", type=_count, default=24, help="length of the replay")
    exchange.add_argument("--accounts", type=Path, required=True, help="JSON list of name, apiKey, apiSecret, balance")
    exchange.add_argument("--participants", default="", help="who acknowledges each step, separated by commas")
    exchange.add_argument("--pace", type=_pace, default=1.0, help="seconds a step where nobody takes part")
    exchange.add_argument("--limits", action="store_true", help="count request weight and orders, and refuse too many")
    telegram = kinds.add_parser("telegram", help="a Telegram Bot API that keeps a transcript")
    telegram.add_argument("--bots", type=Path, required=True, help="JSON list of name, token")
    telegram.add_argument("--transcript", type=Path, help="file to which messages are appended")
    for kind in (exchange, telegram):
        kind.add_argument("--host", default="127.0.0.1")
        kind.add_argument("--port", type=port, default=0, help="0 takes a free one")
        kind.add_argument("--port-file", type=Path, help="where the port is written once the server listens")
    return parser.parse_args(arguments)
