"""ETags: who has an answer already is told so, without its body."""

from typing import Any

from fastapi.responses import Response

JSON = "application/json"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "what the ETag names is still so"}}
TAGGED = {"ETag": {"description": "names this content", "schema": {"type": "string"}}}


def tagged(body: bytes, *, tag: str, known: str | None) -> Response:
    """The answer, or 304 where `known`, an If-None-Match header, has its tag."""
    quoted = f'"{tag}"'
    headers = {"ETag": quoted, "Cache-Control": "no-cache"}
    if known is not None and (known.strip() == "*" or quoted in _tags(known)):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)


def _tags(known: str) -> list[str]:
    """Weakly compared, as RFC 9110 has it for this header."""
    return [part.strip().removeprefix("W/") for part in known.split(",")]
