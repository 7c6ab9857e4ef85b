"""The keys that a cluster signs tokens with: a JWKS in a file, or at a URL. Read ahead, never during a request."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import jwt
import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_signals.ports import Sleep

EVERY = 300.0  # seconds between two readings
SOONEST = 10.0  # seconds, where a token names a key that is not known
TIMEOUT = 10.0  # seconds
LARGEST = 2**20  # bytes
log = structlog.get_logger()
Source = Callable[[], Awaitable[bytes]]


def from_file(file: Path) -> Source:
    """A mounted file."""

    async def read() -> bytes:
        try:
            return await asyncio.to_thread(file.read_bytes)
        except OSError as error:
            raise Temporary(f"can't read the JWKS {file}: {error.strerror}") from None

    return read


def from_url(url: str, *, ca: Path | None, token: Path | None) -> Source:
    """A URL; `token` is a file with what this service itself shows there, read at each request."""
    try:
        trusted = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise Permanent(f"can't use the certificates in {ca}: {type(error).__name__}") from None

    async def read() -> bytes:
        shown = "" if token is None else (await asyncio.to_thread(token.read_text)).strip()
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        async with httpx.AsyncClient(verify=trusted, timeout=TIMEOUT, trust_env=False) as client:
            answer = await client.get(url, headers=headers)
            answer.raise_for_status()
            return answer.content

    async def asked() -> bytes:
        try:
            return await read()
        except (httpx.HTTPError, OSError) as error:
            raise Temporary(f"the JWKS at {url} can't be read: {type(error).__name__}") from None

    return asked


class KeySet:
    """The keys that were read last. `run` reads them again from time to time, soon where one is not known."""

    def __init__(self, source: Source, *, sleep: Sleep) -> None:
        self._source, self._sleep = source, sleep
        self._keys: dict[str, jwt.PyJWK] = {}
        self._missed = asyncio.Event()

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this id."""
        found = self._keys.get(key_id)
        if found is None:
            self._missed.set()
        return found

    async def load(self) -> None:
        """Read them now; raises Temporary, and those that are known stay."""
        body = await self._source()
        if len(body) > LARGEST:
            raise Temporary(f"the JWKS is larger than {LARGEST} bytes")
        try:
            keys = jwt.PyJWKSet.from_json(body.decode()).keys
        except (jwt.InvalidTokenError, jwt.exceptions.PyJWKSetError, ValueError, TypeError, AttributeError) as error:
            raise Temporary(f"the JWKS is not one: {type(error).__name__}") from None
        self._keys = {key.key_id: key for key in keys if key.key_id}

    async def run(self) -> None:
        """Without end."""
        while True:
            self._missed.clear()
            try:
                await self.load()
            except Temporary as error:
                log.warning("jwks_not_read", error=str(error))
            await self._sleep(SOONEST)
            try:
                async with asyncio.timeout(EVERY):
                    await self._missed.wait()
            except TimeoutError:
                continue
