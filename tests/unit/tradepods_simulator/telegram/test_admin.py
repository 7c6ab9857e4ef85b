"""What the admin refuses: with field, value and fix, and nothing changed by it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from tradepods_core.errors import Invalid
from tradepods_simulator.telegram.app import BotEntry, ChatEntry, make_app
from tradepods_simulator.telegram.chats import Chats, number_of
from tradepods_simulator.telegram.transcript import Transcript

Client = TestClient[web.Request, web.Application]
TOKEN = "100001:alice-token"
GROUP: dict[str, Any] = {"chat": -5, "type": "supergroup", "title": "Traders", "topics": [{"id": 3, "name": "Alerts"}]}


@pytest.fixture
async def admin() -> AsyncIterator[Client]:
    """A client of an API with one bot and one group."""
    app = make_app([BotEntry(name="alice", token=TOKEN)], Transcript(), chats=[ChatEntry.model_validate(GROUP)])
    async with TestClient(TestServer(app)) as client:
        yield client


async def _post(admin: Client, path: str, **body: Any) -> tuple[int, str]:
    answer = await admin.post(f"/admin/{path}", json=body)
    return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("type", {"chat": 7, "text": "x"}, "body.bot: is required: a text"),
        ("type", {"bot": "alice", "text": "x"}, "body.chat: is required: a whole number"),
        ("type", {"bot": "alice", "chat": "x", "text": "x"}, 'body.chat is "x": a whole number'),
        ("type", {"bot": "alice", "chat": True, "text": "x"}, "body.chat is true: a whole number"),
        ("type", {"bot": "alice", "chat": 7, "text": ""}, 'body.text is "": a text, at least 1 characters'),
        ("type", {"bot": "alice", "chat": 7, "text": " "}, 'body.text is " ": write something that can be read'),
        (
            "type",
            {"bot": "alice", "chat": 7, "text": "x" * 4097},
            "body.text is a text of 4097 characters: at most 4096",
        ),
        ("type", {"bot": "eve", "chat": 7, "text": "x"}, 'body.bot is "eve": no such bot; there are alice'),
        ("type", {"bot": "alice", "chat": -9, "text": "x"}, "body.chat is -9: no such group: declare it by POST"),
        ("type", {"bot": "alice", "chat": -5, "text": "x"}, "body.user: is required in a group: write the name or"),
        (
            "type",
            {"bot": "alice", "chat": -5, "user": "a", "text": "x", "thread": 4},
            "body.thread is 4: no such topic",
        ),
        ("type", {"bot": "alice", "chat": 7, "text": "x", "thread": 3}, "there are none: declare it"),
        ("type", {"bot": "alice", "chat": 7, "text": "x", "replyTo": 9}, "body.replyTo is 9: no such message"),
        ("type", {"bot": "alice", "chat": 7, "text": "x", "topic": 3}, "body.topic is 3: unknown field: there are"),
        ("press", {"bot": "alice", "chat": 7, "data": "x"}, "body.message: is required: a whole number"),
        ("block", {"bot": "alice", "chat": -9}, "body.chat is -9: no such group"),
        ("chats", {"chat": 5}, "chat is 5: a supergroup's number is below 0, as -1001"),
        ("chats", {"chat": -5, "type": "private"}, "chat is -5: a private chat's number is above 0"),
        ("chats", {"chat": -5, "type": "channel"}, 'body.type is "channel": one of private, group, supergroup'),
        ("chats", {**GROUP, "type": "group"}, "topics: only a supergroup has topics: set type to supergroup"),
        ("chats", {**GROUP, "topics": [{"id": 0, "name": "x"}]}, "body.topics[0].id is 0: a whole number, above 0"),
    ],
)
async def test_bad_input_names_field_value_and_fix(admin: Client, path: str, body: dict[str, Any], said: str) -> None:
    """And nothing happens."""
    status, text = await _post(admin, path, **body)

    assert status == 400
    assert said in text
    assert await (await admin.get("/admin/transcript")).json() == []
    assert await (await admin.get("/admin/updates")).json() == {"alice": []}


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(admin: Client, body: bytes) -> None:
    """Wherever one is read."""
    for path in ("type", "press", "block", "unblock", "chats", "faults"):
        answer = await admin.post(f"/admin/{path}", data=body)

        assert answer.status == 400
        assert (await answer.text()).startswith("body: is no JSON")


async def test_a_declared_group_is_there(admin: Client) -> None:
    """At once; declared again, it is changed, and who was met in it stays."""
    assert (await _post(admin, "chats", chat=-6, title="New"))[0] == 200
    assert (await _post(admin, "type", bot="alice", chat=-6, user="ann", text="/go"))[0] == 200
    answer = await admin.post("/admin/chats", json={"chat": -6, "title": "Newer"})
    member = await admin.post(f"/bot{TOKEN}/getChatMember", json={"chat_id": -6, "user_id": number_of("ann")})

    assert await answer.json() == {"id": -6, "type": "supergroup", "title": "Newer"}
    assert (await member.json())["result"]["user"]["first_name"] == "ann"


async def test_blocking_twice_is_told_once(admin: Client) -> None:
    """Only a change is an update."""
    answers = [await _post(admin, path, bot="alice", chat=7) for path in ("block", "block", "unblock", "unblock")]

    assert [text for _, text in answers] == ['{"update": 1}', '{"update": null}', '{"update": 2}', '{"update": null}']


async def test_the_transcript_is_narrowed_by_chat(admin: Client) -> None:
    """As by bot."""
    await _post(admin, "type", bot="alice", chat=7, text="/one")
    await _post(admin, "type", bot="alice", chat=8, text="/two")
    found = await (await admin.get("/admin/transcript?chat=8")).json()

    assert [(said["text"], said["from"]["id"], said["entities"][0]["type"]) for said in found] == [
        ("/two", 8, "bot_command")
    ]


async def test_only_pictures_are_shown_by_a_browser(admin: Client) -> None:
    """A page that was uploaded is saved, not run."""
    form = FormData({"chat_id": "7"})
    form.add_field("document", b"<script>alert(1)</script>", filename="a.html", content_type="text/html")
    sent = await (await admin.post(f"/bot{TOKEN}/sendDocument", data=form)).json()
    answer = await admin.get(f"/admin/files/{sent['result']['document']['file_id']}")

    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await admin.get("/admin/files/nothing")).status == 404


def test_a_group_that_can_not_be_is_refused_at_the_start() -> None:
    """As by the admin."""
    with pytest.raises(Invalid, match="a group's number is below 0"):
        Chats([ChatEntry(chat=5, type="group")])
