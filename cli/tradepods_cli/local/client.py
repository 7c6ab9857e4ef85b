"""What the table and the report ask of the running programs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from tradepods_core.errors import Temporary
from tradepods_core.wire.fleet import Fleet
from tradepods_worker.adapters.authority import trusted

TIMEOUT = 5.0  # seconds


class Client:
    """Questions to the signal service and to the simulators; raises Temporary where one doesn't answer.

    `token` is the file with the one for the signal service; it is shown to nobody else. `ca` is a file of who vouches
    for that service's certificate, where that is nobody public.
    """

    def __init__(self, *, token: Path | None = None, ca: Path | None = None) -> None:
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=trusted(ca))
        self._token = token

    async def fleet(self, signals: str) -> Fleet:
        """Every account's digest."""
        url = f"{signals}/v1/fleet"
        try:
            return Fleet.model_validate_json((await self._get(url, headers=self._shown())).content)
        except ValidationError as error:
            raise Temporary(f"{url} answers what is no fleet") from error

    async def not_ready(self, signals: str) -> str:
        """Why the signal service isn't ready; "" when it is."""
        try:
            answer = await self._http.get(f"{signals}/readyz")
        except httpx.HTTPError as error:
            raise Temporary(f"the signal service does not answer: {type(error).__name__}") from error
        return "" if answer.is_success else str(answer.json().get("detail", answer.status_code))

    async def json(self, url: str) -> Any:
        """Any JSON answer."""
        return (await self._get(url)).json()

    async def text(self, url: str) -> str:
        """Any text answer."""
        return (await self._get(url)).text

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    def _shown(self) -> dict[str, str]:
        """Read each time: it is renewed before it expires."""
        if self._token is None:
            return {}
        try:
            return {"Authorization": f"Bearer {self._token.read_text('ascii').strip()}"}
        except (OSError, UnicodeDecodeError) as error:
            raise Temporary(f"can't read the token {self._token}: {type(error).__name__}") from None

    async def _get(self, url: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            answer = await self._http.get(url, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Temporary(f"{url} does not answer: {error}") from error
        return answer
