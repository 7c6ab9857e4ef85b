"""The process of one account's worker: its log, its signals, and how it ends."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence

import structlog

from tradepods_core.errors import Invalid, Temporary, TradepodsError
from tradepods_core.settings.account import AccountSpec
from tradepods_worker import config, logs
from tradepods_worker.adapters import settings_file
from tradepods_worker.bootstrap import notice
from tradepods_worker.bootstrap.parts import secrets
from tradepods_worker.bootstrap.serve import run

CRASHED, INVALID, HOPELESS = 1, 2, 3  # exit codes: start it again; a person wrote something wrong; useless to try again


def main() -> int:
    """Run; 0 after SIGTERM. One line on standard error says why it ends otherwise."""
    os.umask(0o077)  # ledgers are their owner's alone
    notifies = sys.argv[1:2] == [config.NOTICE]
    options = config.parse_notice(sys.argv[2:]) if notifies else config.parse()
    try:
        settings = settings_file.load(options.settings)
        hidden = notice.secrets(options, settings) if notifies else secrets(options, settings)
        _configure_logs(options, settings, hidden)
        asyncio.run(notice.run(options, settings) if notifies else _run(options, settings))
    except Invalid as error:
        print(f"error: {options.settings}: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return INVALID
    except TradepodsError as error:
        return _said(error)
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - likewise
        return CRASHED
    except ExceptionGroup as group:
        known = list(_known(group))
        if not known:
            raise
        return _said(known[0])
    return 0


def _said(error: TradepodsError) -> int:
    print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
    return CRASHED if isinstance(error, Temporary) else HOPELESS


async def _run(options: argparse.Namespace, settings: AccountSpec) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(options, settings, stop=stop)


def _configure_logs(options: argparse.Namespace, settings: AccountSpec, hidden: Sequence[str]) -> None:
    """From here on no secret can reach standard error, whoever writes it."""

    def install(stream: logs.Redacted) -> None:
        sys.stderr = stream  # tracebacks of the interpreter go through it too

    name = f"{options.namespace}/{options.name}"
    logs.configure(level=settings.log_level or options.log_level, account=name, secrets=hidden, guard=install)
    structlog.get_logger().info("starting", mode="paper" if settings.dry_run else "live", state=settings.state)


def _known(group: BaseExceptionGroup[BaseException]) -> Iterator[TradepodsError]:
    for error in group.exceptions:
        if isinstance(error, TradepodsError):
            yield error
        elif isinstance(error, BaseExceptionGroup):
            yield from _known(error)
