"""What people and tests do and see: type, press, block, declare chats, read the transcript, arm faults."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import read_model
from tradepods_simulator.telegram import people
from tradepods_simulator.telegram.chats import ChatEntry
from tradepods_simulator.telegram.context import FAULTS, TELEGRAM
from tradepods_simulator.telegram.faults import FaultEntry
from tradepods_simulator.telegram.files import Media
from tradepods_simulator.telegram.transcript import told

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
routes = web.RouteTableDef()


def _json(value: object) -> web.Response:
    return web.json_response(value, dumps=lambda found: json.dumps(found, ensure_ascii=False))


@web.middleware
async def say_what_is_wrong(request: web.Request, handler: Handler) -> web.StreamResponse:
    """400 with field, value and fix; 409 where a person can't do that as things are."""
    try:
        return await handler(request)
    except Invalid as error:
        readable = str(error).encode(errors="replace").decode()  # half of an emoji can't be sent back
        raise web.HTTPBadRequest(text=readable) from None
    except people.Impossible as error:
        raise web.HTTPConflict(text=str(error)) from None


async def _read(request: web.Request, model: type[Model]) -> Model:
    try:
        body: Any = await request.json()
    except (ValueError, RecursionError):
        raise Invalid([Problem(field="body", value="", fix="is no JSON: send a JSON object")]) from None
    if not isinstance(body, dict):
        raise Invalid([Problem(field="body", value="", fix="is no JSON object: write names and values in braces")])
    return read_model(model, body, root="body")


@routes.post("/admin/type")
async def type_text(request: web.Request) -> web.Response:
    """A person types."""
    return _json(people.type_text(request.app[TELEGRAM], await _read(request, people.Typing)))


@routes.post("/admin/press")
async def press(request: web.Request) -> web.Response:
    """A person presses a button."""
    return _json(people.press_button(request.app[TELEGRAM], await _read(request, people.Pressing)))


@routes.post("/admin/block")
async def block(request: web.Request) -> web.Response:
    """A person blocks a bot, a group throws it out."""
    return _json(people.block(request.app[TELEGRAM], await _read(request, people.Blocking), wanted=False))


@routes.post("/admin/unblock")
async def unblock(request: web.Request) -> web.Response:
    """The bot is taken back."""
    return _json(people.block(request.app[TELEGRAM], await _read(request, people.Blocking), wanted=True))


@routes.post("/admin/chats")
async def declare(request: web.Request) -> web.Response:
    """A chat is there from now on, or is changed."""
    chat = request.app[TELEGRAM].chats.declare(await _read(request, ChatEntry))
    return _json(chat.json())


@routes.get("/admin/transcript")
async def transcript(request: web.Request) -> web.Response:
    """What was said, with all that became of it; `?bot=` and `?chat=` narrow it."""
    found = request.app[TELEGRAM].transcript.of(request.query.get("bot"), request.query.get("chat"))
    return _json([told(said) for said in found])


@routes.get("/admin/updates")
async def updates(request: web.Request) -> web.Response:
    """What each bot has not confirmed yet; `?bot=` narrows it."""
    wanted = request.query.get("bot")
    bots = request.app[TELEGRAM].bots
    return _json({name: bot.updates.pending() for name, bot in bots.items() if wanted in (None, name)})


@routes.get("/admin/bots")
async def bots(request: web.Request) -> web.Response:
    """Each bot's user, the commands that it offers, where it is not wanted, and what it was about to do."""
    return _json(
        {
            name: {
                "user": bot.user(),
                "commands": bot.commands,
                "blockedIn": sorted(bot.unwanted),
                "actions": [list(action) for action in bot.actions],
            }
            for name, bot in request.app[TELEGRAM].bots.items()
        }
    )


@routes.get("/admin/files/{file}")
async def file(request: web.Request) -> web.Response:
    """What a bot uploaded. Only pictures are shown by a browser, all else is saved: it may hold anything."""
    files = request.app[TELEGRAM].files
    media = files.find(request.match_info["file"])
    if media is None:
        raise web.HTTPNotFound(text="no such file")
    return file_answer(media, files.content(media))


def file_answer(media: Media, content: bytes) -> web.Response:
    """A file, as what it is; no browser runs it."""
    headers = {"X-Content-Type-Options": "nosniff"}
    if not media.width:
        return web.Response(
            body=content,
            headers=headers | {"Content-Disposition": "attachment"},
            content_type="application/octet-stream",
        )
    return web.Response(body=content, headers=headers, content_type=media.content_type)


@routes.post("/admin/faults")
async def arm(request: web.Request) -> web.Response:
    """Arm a fault."""
    request.app[FAULTS].arm_entry(await _read(request, FaultEntry))
    return _json({})


@routes.get("/admin/faults")
async def faults(request: web.Request) -> web.Response:
    """How many calls are being held, and how many will still be caught."""
    found = request.app[FAULTS]
    return _json({"held": found.held(), "toCome": found.to_come()})


@routes.delete("/admin/faults")
async def release(request: web.Request) -> web.Response:
    """Disarm; what is held goes on, or with `?drop=true` is lost."""
    request.app[FAULTS].release(drop=request.query.get("drop") == "true")
    return _json({})
