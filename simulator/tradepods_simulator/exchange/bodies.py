"""A request's body as text, whatever a client has sent: bytes that are no text are shown, never an error."""

from aiohttp import web


async def text_of(request: web.Request) -> str:
    """The body, read by nobody's charset but UTF-8; "" where there is none."""
    return (await request.read()).decode("utf-8", "replace")
