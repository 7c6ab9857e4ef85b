"""Puts the Bot API together: the door that knows tokens, the methods behind it, and what people do."""

import traceback
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from tradepods_simulator.telegram import admin, page
from tradepods_simulator.telegram.bots import Bot, BotEntry, make_bots
from tradepods_simulator.telegram.chats import ChatEntry, Chats
from tradepods_simulator.telegram.context import BOTS, FAULTS, TELEGRAM
from tradepods_simulator.telegram.entities import LONGEST_TEXT
from tradepods_simulator.telegram.faults import BotFaults, make_middleware
from tradepods_simulator.telegram.files import Files
from tradepods_simulator.telegram.limits import Limits
from tradepods_simulator.telegram.methods import BY_NAME, GET_UPDATES, NAMES, get_updates
from tradepods_simulator.telegram.params import read_params
from tradepods_simulator.telegram.refusals import Refused, answer
from tradepods_simulator.telegram.state import Call, Telegram
from tradepods_simulator.telegram.transcript import Transcript

__all__ = ["LONGEST_TEXT", "BotEntry", "ChatEntry", "make_app"]

FIRST_DAY = 1_735_689_600  # 2025-01-01: where no clock is passed in, it stands still there
MOST_BYTES = 50 * 1024 * 1024  # of an upload
UNAUTHORIZED = Refused(401, "Unauthorized")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
routes = web.RouteTableDef()
log = structlog.get_logger()


def _first_day() -> float:
    return FIRST_DAY


def make_app(
    bots: Sequence[BotEntry],
    transcript: Transcript,
    *,
    chats: Sequence[ChatEntry] = (),
    limits: Limits | None = None,
    now: Callable[[], float] = _first_day,
    after: int = 0,
) -> web.Application:
    """The application; `now` is unix seconds, updates are numbered from `after` on.

    Raises Permanent for bots and Invalid for chats that can't be.
    """
    by_token = make_bots(bots, after=after)
    faults = BotFaults({token: bot.name for token, bot in by_token.items()})
    app = web.Application(
        middlewares=[_answer_errors, make_middleware(faults), admin.say_what_is_wrong],  # type: ignore[list-item]
        client_max_size=MOST_BYTES,
    )
    app[BOTS], app[FAULTS] = by_token, faults
    app[TELEGRAM] = Telegram(
        bots={bot.name: bot for bot in by_token.values()},
        chats=Chats(chats),
        files=Files(),
        transcript=transcript,
        limits=limits,
        now=now,
    )
    for part in (routes, admin.routes, page.routes):
        app.add_routes(part)
    return app


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What goes wrong, in the Bot API's shape. The log names method and places: a traceback would show the token."""
    try:
        return await handler(request)
    except Refused as refused:
        return answer(refused)
    except web.HTTPException as error:
        if not request.path.startswith(("/bot", "/file/")):
            raise
        return answer(Refused(error.status, error.reason))
    except Exception as error:  # noqa: BLE001 - an API in trouble answers
        places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        method = request.match_info.get("method", request.method)
        log.error("call_failed", method=method, error=type(error).__name__, places=places[-3:])  # noqa: TRY400 - see above
        return answer(Refused(500, "Internal Server Error"))


def _known(request: web.Request) -> Bot:
    bot = request.app[BOTS].get(request.match_info["token"])
    if bot is None:
        raise UNAUTHORIZED
    return bot


@routes.route("*", "/bot{token}/{method}")
async def call(request: web.Request) -> web.Response:
    """One Bot API call."""
    bot = _known(request)
    name = NAMES.get(request.match_info["method"].lower())
    if name is None:
        raise Refused(404, "Not Found: method not found")
    made = Call(telegram=request.app[TELEGRAM], bot=bot, params=await read_params(request))
    result = await get_updates(made) if name == GET_UPDATES else BY_NAME[name](made)
    return web.json_response({"ok": True, "result": result})


@routes.get("/file/bot{token}/{path:.+}")
async def fetch(request: web.Request) -> web.Response:
    """A file that was uploaded, by the path that getFile told."""
    bot, files = _known(request), request.app[TELEGRAM].files
    media = files.at(bot.name, request.match_info["path"])
    if media is None:
        raise Refused(404, "Not Found")
    return admin.file_answer(media, files.content(media))
