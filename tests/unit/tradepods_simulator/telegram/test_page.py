"""The page: what a person sees, that it is only text, and that nothing else than its own script runs."""

import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from support.telegram_bench import png
from tradepods_simulator.telegram.app import BotEntry, ChatEntry, make_app
from tradepods_simulator.telegram.page import marked
from tradepods_simulator.telegram.page_parts import SCRIPT, STYLE
from tradepods_simulator.telegram.transcript import Said, Transcript

Client = TestClient[web.Request, web.Application]
TOKEN = "100001:alice-token"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Parsed(HTMLParser):
    """A page as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
async def api() -> AsyncIterator[Client]:
    """A client of an API with one bot and one forum."""
    forum = {"chat": -5, "title": EVIL, "topics": [{"id": 3, "name": EVIL}]}
    app = make_app([BotEntry(name="alice", token=TOKEN)], Transcript(), chats=[ChatEntry.model_validate(forum)])
    async with TestClient(TestServer(app)) as client:
        yield client


async def _page(api: Client, address: str = "/") -> Parsed:
    return Parsed(await (await api.get(address)).text())


async def _call(api: Client, method: str, **params: Any) -> Any:
    answer = await (await api.post(f"/bot{TOKEN}/{method}", json=params)).json()
    assert answer["ok"], answer
    return answer["result"]


async def test_whatever_is_said_is_only_text(api: Client) -> None:
    """From bots, from people, on buttons, in names, answers and earlier texts."""
    rows = {"inline_keyboard": [[{"text": EVIL, "callback_data": EVIL[:60]}, {"text": "u", "url": "javascript:x()"}]]}
    await _call(api, "sendMessage", chat_id=-5, text=EVIL, message_thread_id=3, reply_markup=rows)
    press = {"bot": "alice", "chat": -5, "message": 1, "button": EVIL, "user": EVIL}
    query = (await (await api.post("/admin/press", json=press)).json())["query"]
    await _call(api, "answerCallbackQuery", callback_query_id=query, text=EVIL, show_alert=True)
    await _call(api, "editMessageText", chat_id=-5, message_id=1, text="now harmless", reply_markup=rows)
    await api.post("/admin/type", json={"bot": "alice", "chat": -5, "user": EVIL, "text": f"/go {EVIL}", "thread": 3})
    page = await _page(api)

    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags if tag == "img"] == []
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert not any("javascript:" in str(attributes.get("href")) for _, attributes in page.tags)
    assert page.text.count("<script>alert(1)</script>") >= 6


async def test_nothing_but_the_pages_own_script_may_run(api: Client) -> None:
    """Its policy names the one script and the one style by their digests; nothing comes from elsewhere."""
    answer = await api.get("/admin/page")
    policy, text = answer.headers["Content-Security-Policy"], await answer.text()

    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert f"<script>{SCRIPT}</script>" in text
    assert f"<style>{STYLE}</style>" in text
    assert "://" not in text


async def test_buttons_hold_what_the_admin_needs_to_press_them(api: Client) -> None:
    """As the page's script sends it."""
    rows = {"inline_keyboard": [[{"text": "Yes & no", "callback_data": 'a"b'}], [{"text": "Go", "url": "https://a.b"}]]}
    await _call(api, "sendMessage", chat_id=7, text="sure?", reply_markup=rows)
    page = await _page(api)
    (button,) = [attributes for _, attributes in page.tags if "data-press" in attributes]
    body = json.loads(str(button["data-press"]))

    assert body == {"bot": "alice", "chat": 7, "message": 1, "data": 'a"b', "button": "Yes & no"}
    assert (await api.post("/admin/press", json=body)).status == 200
    assert "https://a.b" in [attributes.get("href") for _, attributes in page.tags]
    assert "no answer yet" in (await _page(api)).text


async def test_what_became_of_a_message_is_seen(api: Client) -> None:
    """Edits, deletions, topics, and whom the bot no longer reaches."""
    await _call(api, "sendMessage", chat_id=7, text="one")
    await _call(api, "editMessageText", chat_id=7, message_id=1, text="two")
    await _call(api, "deleteMessage", chat_id=7, message_id=1)
    await api.post("/admin/block", json={"bot": "alice", "chat": 7})
    page = await _page(api)

    for text in ("two", "edited, before: one", "deleted", "the bot is blocked here"):
        assert text in page.text


async def test_pictures_are_shown_and_files_are_links(api: Client) -> None:
    """From the admin's own address."""
    for method, name, content in (("sendPhoto", "photo", png(9, 8)), ("sendDocument", "document", b"a,b")):
        form = FormData({"chat_id": "7"})
        form.add_field(name, content, filename="table.csv")
        assert (await api.post(f"/bot{TOKEN}/{method}", data=form)).status == 200
    page = await _page(api)
    (picture,) = [attributes for tag, attributes in page.tags if tag == "img"]
    answer = await api.get(str(picture["src"]))

    assert (answer.content_type, await answer.read()) == ("image/png", png(9, 8))
    assert any(str(attributes.get("href")).startswith("/admin/files/") for _, attributes in page.tags)
    assert "table.csv" in page.text


async def test_a_page_is_narrowed(api: Client) -> None:
    """To a bot, or to a chat; groups are there before anything is said in them."""
    await _call(api, "sendMessage", chat_id=7, text="hello")

    assert [a["id"] for t, a in (await _page(api)).tags if t == "section"] == ["alice/-5", "alice/7"]
    assert [a["id"] for t, a in (await _page(api, "/?chat=7")).tags if t == "section"] == ["alice/7"]
    assert [a["id"] for t, a in (await _page(api, "/?bot=eve")).tags if t == "section"] == []


def test_entities_are_marked_where_they_are() -> None:
    """Also where they overlap, and after an emoji."""
    entities = ({"type": "bold", "offset": 2, "length": 3}, {"type": "italic", "offset": 4, "length": 3})
    said = Said(number=1, bot="alice", chat="7", text="🏟a<bcd", entities=entities)

    assert marked(said) == (
        '🏟<span class="bold">a&lt;</span><span class="bold italic">b</span><span class="italic">cd</span>'
    )
