"""A Bot API for the methods that a worker calls: getMe and sendMessage."""

import json
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tradepods_core.shapes import Message
from tradepods_simulator.telegram.transcript import Transcript

LONGEST_TEXT = 4096
FIRST_DAY = 1_735_689_600  # messages carry a date; this API has no clock, it counts seconds from 2025-01-01


class BotEntry(Message):
    """One bot that the API knows."""

    name: str
    token: str


TRANSCRIPT = web.AppKey("transcript", Transcript)
BOTS: web.AppKey[dict[str, str]] = web.AppKey("bots", dict)
routes = web.RouteTableDef()


def make_app(bots: list[BotEntry], transcript: Transcript) -> web.Application:
    """The application."""
    app = web.Application()
    app[TRANSCRIPT] = transcript
    app[BOTS] = {bot.token: bot.name for bot in bots}
    app.add_routes(routes)
    return app


def _result(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(status: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": description}, status=status)


@routes.route("*", "/bot{token}/{method}")
async def call(request: web.Request) -> web.Response:
    """One Bot API call."""
    name = request.app[BOTS].get(request.match_info["token"])
    if name is None:
        return _error(401, "Unauthorized")
    method = request.match_info["method"].lower()
    if method == "getme":
        return _result(_me(name))
    if method == "sendmessage":
        return _send(request.app[TRANSCRIPT], name, await _params(request))
    return _error(404, "Not Found: method not found")


async def _params(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    return {**request.query, **await request.post()}


def _me(name: str) -> dict[str, Any]:
    number = sum(name.encode()) + 1_000_000
    return {"id": number, "is_bot": True, "first_name": name, "username": f"{name}_bot"}


def _send(transcript: Transcript, name: str, params: dict[str, Any]) -> web.Response:
    text, chat = str(params.get("text", "")), str(params.get("chat_id", ""))
    if not chat.removeprefix("-").isdecimal():
        return _error(400, "Bad Request: chat not found")
    if not text:
        return _error(400, "Bad Request: message text is empty")
    if len(text) > LONGEST_TEXT:
        return _error(400, "Bad Request: message is too long")
    said = transcript.add(bot=name, chat=chat, text=text)
    message = {
        "message_id": said.number,
        "from": _me(name),
        "chat": {"id": int(chat), "type": "private"},
        "date": FIRST_DAY + said.number,
        "text": text,
    }
    return _result(message)


@routes.get("/admin/transcript")
async def transcript(request: web.Request) -> web.Response:
    """What was said; `?bot=` narrows it to one."""
    found = [asdict(said) for said in request.app[TRANSCRIPT].of(request.query.get("bot"))]
    return web.json_response(found, dumps=lambda value: json.dumps(value, ensure_ascii=False))
