"""The simulator's command line."""

import argparse
from pathlib import Path

from tradepods_simulator.exchange import options as exchange_options

LAST_PORT = 65_535
DEMO_TOKEN = "100000:demo-bot-of-the-telegram-simulator00"  # noqa: S105 - known to all: it opens nothing else


def port(text: str) -> int:
    """A port, or 0; raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: write a number from 0 to {LAST_PORT}")
    return int(text)


def parse(arguments: list[str] | None = None, *, prog: str) -> argparse.Namespace:
    """Read the command line; argparse itself exits with 2 and a message where it can't."""
    parser = argparse.ArgumentParser(
        prog=prog, description="An exchange and a Telegram Bot API on this machine, over real sockets."
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    exchange = kinds.add_parser("exchange", help="a Binance USD-M futures exchange that replays a market")
    exchange_options.add_to(exchange)
    telegram = kinds.add_parser("telegram", help="a Telegram Bot API that keeps a transcript")
    bots = f"JSON list of name, token; without it one bot, {DEMO_TOKEN}"
    telegram.add_argument("--bots", type=Path, help=bots)
    telegram.add_argument("--transcript", type=Path, help="file to which messages are appended")
    telegram.add_argument("--chats", type=Path, help="JSON list of groups: chat, type, title, topics, members")
    telegram.add_argument("--limits", action="store_true", help="count messages, and refuse too many")
    for kind in (exchange, telegram):
        kind.add_argument("--host", default="127.0.0.1")
        kind.add_argument("--port", type=port, default=0, help="0 takes a free one")
        kind.add_argument("--port-file", type=Path, help="where the port is written once the server listens")
    return parser.parse_args(arguments)
