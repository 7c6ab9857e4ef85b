"""The websockets that are open: faults break them off, or stop reading them, without the venue's own doing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True, eq=False)
class _Open:
    request: web.Request
    customer: str


class Sockets:
    """Each for as long as its handler runs."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._frozen: list[asyncio.ReadTransport] = []

    @contextmanager
    def opened(self, request: web.Request, *, customer: str) -> Iterator[None]:
        """Know a websocket while it is served."""
        one = _Open(request, customer)
        self._open.append(one)
        try:
            yield
        finally:
            self._open.remove(one)

    def close(self, *, path: str, customer: str) -> int:
        """Break those off whose path begins so; "" is everyone's. Returns how many there were."""
        found = self._transports(path, customer)
        for transport in found:
            transport.close()
        return len(found)

    def freeze(self, *, path: str, customer: str) -> int:
        """Hear nothing more from them, not even pings, until they are thawed. Returns how many there were."""
        found = self._transports(path, customer)
        for transport in found:
            transport.pause_reading()
        self._frozen += found
        return len(found)

    def thaw(self) -> None:
        """Hear all of them again."""
        for transport in self._frozen:
            if not transport.is_closing():
                transport.resume_reading()
        self._frozen.clear()

    def _transports(self, path: str, customer: str) -> list[asyncio.Transport]:
        fitting = [one for one in self._open if one.request.path.startswith(path) and customer in ("", one.customer)]
        return [one.request.transport for one in fitting if one.request.transport is not None]
