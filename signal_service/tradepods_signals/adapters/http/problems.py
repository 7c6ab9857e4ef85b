"""Every refusal is an RFC 9457 problem document."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from tradepods_core.errors import Temporary
from tradepods_core.wire.problem import MEDIA_TYPE, ProblemDocument
from tradepods_signals.ports.doors import Conflict, NotFound

ASK_AGAIN = "2"  # seconds after which a service that could not answer may
LONGEST_DETAIL = 2_000  # characters
TITLES = {
    400: "not readable",
    401: "who are you?",
    403: "not yours to ask",
    404: "no such thing",
    405: "no such method",
    408: "too slow",
    409: "something else first",
    413: "too large",
    422: "invalid request",
    429: "too many requests",
    431: "too large a head",
    500: "an error of ours",
    503: "not ready",
}
log = structlog.get_logger()


def answer(*, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem document."""
    title = TITLES.get(status) or HTTPStatus(status).phrase.lower()
    document = ProblemDocument(title=title, status=status, detail=detail[:LONGEST_DETAIL])
    body = document.model_dump_json(by_alias=True)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def invalid(errors: "list[ErrorDetails] | Any") -> Response:
    """What is wrong with a request, each with its place; never what stood there."""
    places = "; ".join(f"{'.'.join(map(str, found['loc'])) or 'body'}: {found['msg']}" for found in errors[:10])
    return answer(status=422, detail=places)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes these refusals."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def install(app: FastAPI) -> None:
    """Answer refusals of routes, of the engine and of the framework in one shape."""

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> Response:
        return answer(status=error.status_code, detail=str(error.detail), headers=error.headers)

    @app.exception_handler(NotFound)
    async def unknown(_request: Request, error: NotFound) -> Response:
        return answer(status=404, detail=str(error))

    @app.exception_handler(Conflict)
    async def conflict(_request: Request, error: Conflict) -> Response:
        return answer(status=409, detail=str(error))

    @app.exception_handler(Temporary)
    async def later(_request: Request, error: Temporary) -> Response:
        return answer(status=503, detail=str(error), headers={"Retry-After": ASK_AGAIN})

    @app.exception_handler(RequestValidationError)
    async def wrong(_request: Request, error: RequestValidationError) -> Response:
        return invalid(error.errors())

    @app.exception_handler(ValidationError)
    async def unreadable(_request: Request, error: ValidationError) -> Response:
        return invalid(error.errors(include_url=False, include_context=False, include_input=False))

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("request_broken", path=request.url.path, error=type(error).__name__)
        return answer(status=500, detail=f"{type(error).__name__}: see the service's log")
