"""Questions to a running signal service, and its event stream."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
import httpx_sse
from pydantic import BaseModel, TypeAdapter, ValidationError

from tradepods_cli.local.access import found
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.problem import ProblemDocument
from tradepods_signals.ports.callers import Role
from tradepods_worker.adapters.authority import trusted

TIMEOUT = 10.0  # seconds
SILENT_FOR = 60.0  # seconds without any event after which the stream counts as dead
Model = TypeVar("Model", bound=BaseModel)
Shape = TypeVar("Shape")


class ServiceClient:
    """Asks with a token: from a file, else that of a service which the same person runs at this URL.

    `ca` is a file of who vouches for its certificate, where that is nobody public. Every question raises
    Temporary where the service doesn't answer, Permanent where it refuses, in one line.
    """

    def __init__(self, url: str, *, token_file: Path | None, ca: Path | None = None, role: Role = "reader") -> None:
        self._url = url.rstrip("/")
        file = token_file or found(self._url, role)
        headers = {} if file is None else {"Authorization": f"Bearer {_token(file)}"}
        self._http = httpx.Client(
            base_url=self._url, timeout=TIMEOUT, trust_env=False, headers=headers, verify=trusted(ca)
        )

    def __enter__(self) -> Self:
        """Ask within a block."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, shape: type[Shape]) -> Shape:
        """An answer, in this shape."""
        return self._read(self._ask("GET", path), shape)

    def post(self, path: str, *, why: str, shape: type[Shape]) -> Shape:
        """Likewise, of what changes something."""
        return self._read(self._ask("POST", path, body={"why": why}), shape)

    def events(self, *, after: str | None = None) -> Iterator[httpx_sse.ServerSentEvent]:
        """What is published, until the service ends the stream."""
        headers = {} if after is None else {"Last-Event-ID": after}
        timeout = httpx.Timeout(SILENT_FOR, connect=TIMEOUT)
        try:
            with httpx_sse.connect_sse(self._http, "GET", "/v1/stream", headers=headers, timeout=timeout) as source:
                if source.response.is_error:
                    source.response.read()
                    raise self._refusal(source.response)
                yield from source.iter_sse()
        except (httpx.HTTPError, httpx_sse.SSEError) as error:
            raise self._away(error) from None

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error) from None
        if answer.is_error:
            raise self._refusal(answer)
        return answer

    def _away(self, error: Exception) -> Temporary:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Temporary(f"the certificate of {self._url} is vouched for by nobody who is trusted (--ca)")
        return Temporary(f"the signal service {self._url} does not answer: {type(error).__name__}")

    def _refusal(self, answer: httpx.Response) -> Permanent:
        try:
            detail = ProblemDocument.model_validate_json(answer.content).detail
        except ValidationError:
            detail = "and says nothing that can be read"
        hint = " (--token-file)" if answer.status_code in (401, 403) else ""
        return Permanent(f"the signal service {self._url} answers {answer.status_code}: {detail}{hint}")

    def _read(self, answer: httpx.Response, shape: type[Shape]) -> Shape:
        try:
            return TypeAdapter(shape).validate_json(answer.content)
        except ValidationError:
            raise Permanent(f"{self._url} answers what is none of ours: is it a signal service?") from None


def _token(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except UnicodeDecodeError:
        raise Permanent(f"{file} holds no token") from None
