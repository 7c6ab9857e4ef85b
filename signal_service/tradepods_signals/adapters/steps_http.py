"""Takes part in a replay's lock-step by the exchange simulator's admin endpoints."""

import httpx

from tradepods_core.errors import Permanent, Temporary

TIMEOUT = 10.0


class HttpSteps:
    """Acknowledges steps under a name."""

    def __init__(self, *, url: str, participant: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._participant = participant

    async def join(self) -> None:
        """Take part."""
        await self._post("/admin/participants")

    async def acknowledge(self, step: int) -> None:
        """This step is done."""
        await self._post(f"/admin/steps/{step}/ack")

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _post(self, path: str) -> None:
        try:
            answer = await self._client.post(path, json={"participant": self._participant})
        except httpx.HTTPError as error:
            raise Temporary(f"the replay at {self._client.base_url} does not answer: {error}") from error
        if answer.is_error:
            raise Permanent(f"the replay refused {path}: {answer.text}")
