"""A page of the conversations: a person reads, types and presses as in a messenger. Whatever was said is only text."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from itertools import pairwise

from aiohttp import web

from tradepods_simulator.telegram.bots import Bot
from tradepods_simulator.telegram.chats import Chat
from tradepods_simulator.telegram.context import TELEGRAM
from tradepods_simulator.telegram.page_parts import SCRIPT, STYLE
from tradepods_simulator.telegram.state import Telegram
from tradepods_simulator.telegram.text_units import indices
from tradepods_simulator.telegram.transcript import Press, Said

routes = web.RouteTableDef()
LEADS_OUT = ("https://", "http://")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


POLICY = (
    f"default-src 'none'; script-src {_hash(SCRIPT)}; style-src {_hash(STYLE)}; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@routes.get("/")
@routes.get("/admin/page")
async def page(request: web.Request) -> web.Response:
    """All conversations; `?bot=` and `?chat=` narrow them."""
    text = render(request.app[TELEGRAM], bot=request.query.get("bot"), chat=request.query.get("chat"))
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", headers=headers)


def render(telegram: Telegram, *, bot: str | None, chat: str | None) -> str:
    """The page."""
    shown = [
        _conversation(telegram, one, place)
        for one in telegram.bots.values()
        for place in _places(telegram, one)
        if bot in (None, one.name) and chat in (None, str(place.id))
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Telegram simulator</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><h1>Telegram simulator</h1>\n{_start(telegram)}\n<main>\n{''.join(shown)}</main>\n"
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _places(telegram: Telegram, bot: Bot) -> Iterator[Chat]:
    """A bot's chats: where something was said, and the groups."""
    said = {int(one.chat) for one in telegram.transcript.of(bot.name) if one.chat.removeprefix("-").isdecimal()}
    return (chat for chat in telegram.chats.all() if chat.id in said or chat.kind != "private")


def _start(telegram: Telegram) -> str:
    bots = "".join(f"<option>{escape(name)}</option>" for name in telegram.bots)
    return (
        f'<form id="start"><select name="bot" aria-label="bot">{bots}</select>'
        '<input name="chat" inputmode="numeric" required placeholder="person\'s number" aria-label="person\'s number">'
        '<input name="text" required value="/start" aria-label="message"><button>Write to a bot</button>'
        '<span class="said-wrong" role="alert"></span></form>'
    )


def _conversation(telegram: Telegram, bot: Bot, chat: Chat) -> str:
    known = chat.people.get(chat.id)
    title = chat.title or (known.name if known else "private chat")
    out = " · the bot is blocked here" if chat.id in bot.unwanted else ""
    bubbles = "".join(_bubble(said, chat) for said in telegram.transcript.of(bot.name, str(chat.id)))
    return (
        f'<section id="{escape(bot.name)}/{chat.id}"><h2>{escape(bot.name)} &amp; {escape(title)} '
        f"<small>{chat.kind} {chat.id}{out}</small></h2>\n"
        f'<div class="bubbles">{bubbles}</div>\n{_form(bot, chat)}</section>\n'
    )


def _form(bot: Bot, chat: Chat) -> str:
    topics = "".join(f'<option value="{number}">{escape(name)}</option>' for number, name in chat.topics.items())
    thread = f'<select name="thread" aria-label="topic"><option value="0">General</option>{topics}</select>'
    user = '<input name="user" required placeholder="who" aria-label="who" value="ann">'
    return (
        f'<form><input type="hidden" name="bot" value="{escape(bot.name)}">'
        f'<input type="hidden" name="chat" value="{chat.id}">'
        f"{'' if chat.kind == 'private' else user}{thread if topics else ''}"
        '<input name="text" required autocomplete="off" placeholder="Message" aria-label="message">'
        '<button>Send</button><span class="said-wrong" role="alert"></span></form>'
    )


def _bubble(said: Said, chat: Chat) -> str:
    whose = "person" if said.person else "bot"
    gone = " deleted" if said.deleted else ""
    rows = "" if said.deleted else "".join(_row(said, row) for row in said.rows)
    presses = "".join(_press(press) for press in said.presses)
    return (
        f'<div class="bubble {whose}{gone}" data-message="{said.message}"><small>{_head(said, chat)}</small>'
        f'{_media(said)}<div class="text">{marked(said)}</div>{rows}{presses}</div>\n'
    )


def _head(said: Said, chat: Chat) -> str:
    at = datetime.fromtimestamp(said.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    parts = [
        said.person.name if said.person else said.bot,
        f"#{said.message}",
        at,
        chat.topics.get(said.thread, f"topic {said.thread}") if said.thread else "",
        f"answers #{said.reply}" if said.reply else "",
        f"album {said.album}" if said.album else "",
        f"edited, before: {' | '.join(said.earlier)}" if said.earlier else ("edited" if said.edited else ""),
        "deleted" if said.deleted else "",
    ]
    return escape(" · ".join(part for part in parts if part))


def _media(said: Said) -> str:
    if said.media is None:
        return ""
    address = f"/admin/files/{escape(said.media.id)}"
    if said.media.kind == "photo":
        return f'<img src="{address}" alt="photo of {said.media.width}x{said.media.height}">'
    return f'<a href="{address}">{escape(said.media.name)}</a> <small>{said.media.size} bytes</small>'


def _row(said: Said, row: tuple[dict[str, object], ...]) -> str:
    return f'<div class="row">{"".join(_button(said, button) for button in row)}</div>'


def _button(said: Said, button: dict[str, object]) -> str:
    text, url = escape(str(button["text"])), str(button.get("url", ""))
    if "callback_data" in button:
        press = {"bot": said.bot, "chat": int(said.chat), "message": said.message, "data": button["callback_data"]}
        return f'<button data-press="{escape(json.dumps(press | {"button": button["text"]}))}">{text}</button>'
    if url.startswith(LEADS_OUT):
        return f'<a href="{escape(url)}" rel="noreferrer noopener">{text}</a>'
    return f"<span>{text}</span>"


def _press(press: Press) -> str:
    said = f"{press.person.name} pressed {press.button}: "
    if not press.answered:
        return f'<div class="press">{escape(said)}no answer yet</div>'
    how = "popup" if press.popup else "note"
    told = f"{how} “{press.text}”" if press.text else "answered without words"
    return f'<div class="press {how}">{escape(said + told)}</div>'


def marked(said: Said) -> str:
    """The text with its entities, each piece in a span of their names."""
    places = indices(said.text)
    spans = [
        (places.get(e["offset"], 0), places.get(e["offset"] + e["length"], 0), str(e["type"])) for e in said.entities
    ]
    cuts = sorted({0, len(said.text), *(cut for begin, end, _ in spans for cut in (begin, end))})
    pieces = []
    for begin, end in pairwise(cuts):
        names = " ".join(dict.fromkeys(name for first, last, name in spans if first <= begin and end <= last))
        piece = escape(said.text[begin:end])
        pieces.append(f'<span class="{escape(names)}">{piece}</span>' if names else piece)
    return "".join(pieces)
