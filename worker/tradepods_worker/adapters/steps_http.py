"""Takes part in a replay's lock-step by the exchange simulator's admin endpoints."""

import httpx

from tradepods_core.errors import Permanent, Temporary
from tradepods_worker.ports import Progress

TIMEOUT = 10.0  # seconds
FRAMES_MISSING = 409


class HttpSteps:
    """Acknowledges steps under a name."""

    def __init__(self, *, url: str, participant: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._participant = participant

    async def join(self) -> None:
        """Take part."""
        await self._post("/admin/participants", {})

    async def acknowledge(self, step: int, progress: Progress) -> int | None:
        """This step is done, as far as so many frames of the private stream tell."""
        frames: dict[str, object] = {"listenKey": progress.stream, "frames": progress.frames}
        answer = await self._post(f"/admin/steps/{step}/ack", frames)
        return int(answer.json()["frames"]) if answer.status_code == FRAMES_MISSING else None

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _post(self, path: str, extra: dict[str, object]) -> httpx.Response:
        try:
            answer = await self._client.post(path, json={"participant": self._participant, **extra})
        except httpx.HTTPError as error:
            raise Temporary(f"the replay at {self._client.base_url} does not answer: {error}") from error
        if answer.is_error and answer.status_code != FRAMES_MISSING:
            raise Permanent(f"the replay refused {path}: {answer.text}")
        return answer
