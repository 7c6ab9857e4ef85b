"""Logs are JSON lines on standard error, with the account in each; a secret that strays into one is blacked out."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TextIO
from urllib.parse import quote

import structlog

BLACKED_OUT = "•••"
SHORTEST_LINE = 8  # characters: a shorter line of a key gives nothing away, and may be anything
NOISY = ("httpx", "httpcore", "telegram", "ccxt", "asyncio")


class Redacted:
    """A text stream that never lets these secrets through: the last guard, whatever a library writes.

    A line that its disk has no room for is lost: it is not worth the worker.
    """

    def __init__(self, stream: TextIO, secrets: Iterable[str]) -> None:
        self._stream = stream
        self._secrets = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)

    def write(self, text: str) -> int:
        """Write, without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, BLACKED_OUT)
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush."""
        with suppress(OSError):
            self._stream.flush()


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written: as it is, in JSON, in an address, and, of one with several lines, each of them."""
    for part in (secret, *(line for line in secret.splitlines() if len(line) >= SHORTEST_LINE)):
        in_json = json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]
        yield from filter(None, (part, *in_json, quote(part, safe="")))


def configure(*, level: str, account: str, secrets: Iterable[str], guard: Callable[[Redacted], None]) -> None:
    """Send our own log, that of libraries, and tracebacks to one redacted stream; `guard` installs it as stderr."""
    stream = Redacted(sys.stderr, secrets)
    guard(stream)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=stream),  # type: ignore[arg-type]  # it writes and flushes
    )
    logging.basicConfig(
        level=logging.WARNING,
        handlers=[logging.StreamHandler(stream)],
        format="%(levelname)s %(name)s %(message)s",
        force=True,
    )
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(account=account)
