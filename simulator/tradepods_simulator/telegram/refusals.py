"""How the Bot API says no: a status, and a description in its own words."""

from typing import Any

from aiohttp import web


class Refused(Exception):
    """A call is not carried out; `retry_after` in seconds where the bot is to wait."""

    def __init__(self, status: int, description: str, *, retry_after: int = 0) -> None:
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after


def bad(text: str) -> Refused:
    """The call itself is wrong."""
    return Refused(400, f"Bad Request: {text}")


def forbidden(text: str) -> Refused:
    """The bot is not wanted there."""
    return Refused(403, f"Forbidden: {text}")


def too_many(seconds: int) -> Refused:
    """The bot is to wait."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def answer(refused: Refused) -> web.Response:
    """A refusal as the Bot API writes it."""
    body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.retry_after:
        body["parameters"] = {"retry_after": refused.retry_after}
    return web.json_response(body, status=refused.status)
