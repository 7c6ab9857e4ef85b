"""What a start waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog

from tradepods_core.errors import Permanent, Temporary

Answer = TypeVar("Answer")
ASK_AGAIN = 2.0  # seconds between questions to what is away
log = structlog.get_logger()


async def answered(ask: Callable[[], Awaitable[Answer]], event: str) -> Answer:
    """What somebody says; asked again, and `event` said once, while there is no answer."""
    said = False
    while True:
        try:
            return await ask()
        except Temporary as error:
            if not said:
                log.warning(event, error=str(error), retry_in=ASK_AGAIN)
                said = True
            await asyncio.sleep(ASK_AGAIN)


def line_of(file: Path) -> str:
    """A secret's only line; raises Permanent that names the file, never what is in it."""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"can't read {file}: {type(error).__name__}") from None
