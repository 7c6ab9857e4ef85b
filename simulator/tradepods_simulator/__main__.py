"""`python -m tradepods_simulator exchange|telegram`: one simulator as a process of its own."""

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from tradepods_core.errors import Permanent, TradepodsError
from tradepods_simulator.config import DEMO_TOKEN, parse
from tradepods_simulator.exchange import app as exchange
from tradepods_simulator.exchange import chaos, fault_script
from tradepods_simulator.exchange.limits import Limits
from tradepods_simulator.exchange.options import pace_of
from tradepods_simulator.exchange.source import market_of
from tradepods_simulator.serve import serve
from tradepods_simulator.telegram import app as telegram
from tradepods_simulator.telegram.limits import Limits as TelegramLimits
from tradepods_simulator.telegram.transcript import Transcript

Entry = TypeVar("Entry")
DEMO = exchange.AccountEntry(name="demo", api_key="demo-key", api_secret="demo-secret")  # noqa: S106 - known to all
HOPELESS = 3  # exit code: trying again would fail again


def main(arguments: list[str] | None = None, *, prog: str = "python -m tradepods_simulator") -> int:
    """Run one simulator; 0 after SIGTERM. One line on standard error says why it ends otherwise."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    options = parse(arguments, prog=prog)
    try:
        asyncio.run(_exchange(options) if options.kind == "exchange" else _telegram(options))
    except TradepodsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the one line for the person who started it
        return HOPELESS
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - likewise
        return HOPELESS
    return 0


async def _exchange(options: argparse.Namespace) -> None:
    market = market_of(options)
    entries = [DEMO]
    if options.accounts is not None:
        entries = _read(options.accounts, TypeAdapter(list[exchange.AccountEntry]))
    venue = exchange.make_exchange(market, entries, wall_ms=_wall_ms)
    participants = {name for name in options.participants.split(",") if name}
    clock = (lambda: market.now_ms) if participants else _wall_ms
    limits = Limits(now_ms=clock) if options.limits else None
    pace = pace_of(options, pace_ms=market.pace_ms)
    app = exchange.make_app(venue, participants=participants, pace=pace, limits=limits)
    if options.faults is not None:
        app[chaos.CHAOS].plan(fault_script.load(options.faults, start_ms=market.start_ms, end_ms=market.end_ms))
    await serve(app, host=options.host, port=options.port, port_file=options.port_file)


async def _telegram(options: argparse.Namespace) -> None:
    bots = [telegram.BotEntry(name="demo", token=DEMO_TOKEN)]
    if options.bots is not None:
        bots = _read(options.bots, TypeAdapter(list[telegram.BotEntry]))
    chats = [] if options.chats is None else _read(options.chats, TypeAdapter(list[telegram.ChatEntry]))
    limits = TelegramLimits(now=_wall_seconds) if options.limits else None
    transcript = Transcript(options.transcript)
    after = int(_wall_seconds())  # a worker remembers numbers: those of an earlier run never come again
    app = telegram.make_app(bots, transcript, chats=chats, limits=limits, now=_wall_seconds, after=after)
    await serve(app, host=options.host, port=options.port, port_file=options.port_file)


def _read(file: Path, adapter: TypeAdapter[list[Entry]]) -> list[Entry]:
    """The entries of a JSON file. What is in it is secret, so errors name places and never values."""
    try:
        return adapter.validate_json(file.read_bytes())
    except OSError as error:
        raise Permanent(f"can't read {file}: {error.strerror}") from error
    except ValidationError as error:
        places = ", ".join(".".join(map(str, detail["loc"])) or "the file" for detail in error.errors())
        raise Permanent(f"{file} is not as expected at: {places}") from None


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _wall_seconds() -> float:
    return _wall_ms() / 1_000


if __name__ == "__main__":
    sys.exit(main())
