"""How the fleet stands, asked of the signal service over HTTP."""

import ssl
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.fleet import Fleet
from tradepods_core.wire.published import StrategyInForce, StrategyProblem
from tradepods_operator.ports import Key, StrategiesHeard

ANSWER_WITHIN, CONNECT_WITHIN = 10.0, 3.0  # seconds
Shape = TypeVar("Shape")
FLEET = TypeAdapter(Fleet)
IN_FORCE, PROBLEMS = TypeAdapter(list[StrategyInForce]), TypeAdapter(list[StrategyProblem])


class TokenFile(httpx.Auth):
    """Shows a token that stands in a file; the kubelet replaces it there before it expires."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Read it for this request; raises httpx.RequestError that names the file only."""
        try:
            token = self._file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise httpx.RequestError(f"can't read the token {self._file}: {type(error).__name__}") from None
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


class HttpFleet:
    """The service's digests and strategies; raises Permanent where `ca` holds no certificates.

    Args:
        token: the file with the one of a reader, None where none is asked for.
        ca: PEM file of who vouches for the service, None for those that everybody trusts.

    """

    def __init__(self, *, url: str, token: Path | None, ca: Path | None = None) -> None:
        timeout = httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN)
        auth = None if token is None else TokenFile(token)
        self._url = url
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False, auth=auth, verify=_trusted(ca))

    async def since(self, version: int) -> Fleet:
        """The digests that changed after this version."""
        return await self._asked("/v1/fleet", FLEET, after=version)

    async def strategies(self) -> StrategiesHeard:
        """Problems first: what is mended between the two answers is in force by the second one."""
        problems = await self._asked("/v1/strategies/problems", PROBLEMS)
        in_force = await self._asked("/v1/strategies", IN_FORCE)
        revisions = {Key(one.namespace, one.name): one.revision for one in in_force}
        return StrategiesHeard(revisions=revisions, problems=tuple(problems))

    async def _asked(self, path: str, shape: TypeAdapter[Shape], **query: int) -> Shape:
        try:
            answer = await self._client.get(path, params=query)
            answer.raise_for_status()
            return shape.validate_json(answer.content)
        except httpx.HTTPStatusError as error:
            raise Temporary(f"the signal service {self._url} answers {error.response.status_code}") from None
        except httpx.HTTPError as error:
            raise Temporary(f"the signal service {self._url} does not answer: {type(error).__name__}") from None
        except ValidationError:
            raise Temporary(f"the signal service {self._url} gives an answer that can't be read") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _trusted(ca: Path | None) -> ssl.SSLContext | bool:
    try:
        return True if ca is None else ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise Permanent(f"can't use the certificates in {ca}: {type(error).__name__}") from None
