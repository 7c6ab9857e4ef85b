"""What the table and the report ask of the running programs."""

from typing import Any

import httpx

from tradepods_core.errors import Temporary
from tradepods_core.wire.fleet import Fleet

TIMEOUT = 5.0  # seconds


class Client:
    """Questions to the signal service and to the simulators; raises Temporary where one doesn't answer."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)

    async def fleet(self, signals: str) -> Fleet:
        """Every account's digest."""
        return Fleet.model_validate_json((await self._get(f"{signals}/v1/fleet")).content)

    async def json(self, url: str) -> Any:
        """Any JSON answer."""
        return (await self._get(url)).json()

    async def text(self, url: str) -> str:
        """Any text answer."""
        return (await self._get(url)).text

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def _get(self, url: str) -> httpx.Response:
        try:
            answer = await self._http.get(url)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Temporary(f"{url} does not answer: {error}") from error
        return answer
