"""Every refusal is an RFC 9457 problem document."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tradepods_core.wire.problem import MEDIA_TYPE, ProblemDocument


def answer(*, status: int, title: str, detail: str) -> Response:
    """A problem document."""
    document = ProblemDocument(title=title, status=status, detail=detail)
    return Response(document.model_dump_json(by_alias=True), status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer refusals of routes and of the framework in one shape."""

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> Response:
        return answer(status=error.status_code, title="refused", detail=str(error.detail))

    @app.exception_handler(Exception)
    async def broken(_request: Request, error: Exception) -> Response:
        return answer(status=500, title="an error of ours", detail=f"{type(error).__name__}: see the service's log")

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        places = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
        return answer(status=422, title="invalid request", detail=places)
