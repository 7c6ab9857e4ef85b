"""The Bot API over a real socket: tokens, messages, refusals, and what an examiner reads."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tradepods_core.errors import Permanent
from tradepods_simulator.telegram.app import LONGEST_TEXT, BotEntry, ChatEntry, make_app
from tradepods_simulator.telegram.transcript import Transcript

Client = TestClient[web.Request, web.Application]
ALICE, BOB = "100001:alice-token", "100002:bob-token"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Client]:
    """A client of an API that knows two bots and a group."""
    bots = [BotEntry(name="alice", token=ALICE), BotEntry(name="bob", token=BOB)]
    app = make_app(bots, Transcript(tmp_path / "telegram.jsonl"), chats=[ChatEntry(chat=-1001)])
    async with TestClient(TestServer(app)) as client:
        yield client


async def _send(api: Client, token: str = ALICE, **params: Any) -> tuple[int, dict[str, Any]]:
    answer = await api.post(f"/bot{token}/sendMessage", json={"chat_id": 1001, "text": "hello", **params})
    return answer.status, await answer.json()


async def _said(api: Client, query: str = "") -> list[dict[str, Any]]:
    answer = await api.get(f"/admin/transcript{query}")
    found: list[dict[str, Any]] = await answer.json()
    return found


async def test_a_bot_hears_who_it_is(api: Client) -> None:
    """Always the same number, another for each bot."""
    first, again, other = [await (await api.get(f"/bot{token}/getMe")).json() for token in (ALICE, ALICE, BOB)]

    assert first["ok"] is True
    assert (first["result"]["username"], first["result"]["is_bot"]) == ("alice_bot", True)
    assert first == again
    assert first["result"]["id"] != other["result"]["id"]


async def test_a_message_is_answered_as_telegram_does(api: Client) -> None:
    """With its number, its chat, its sender and a date."""
    status, body = await _send(api)
    message = body["result"]

    assert (status, body["ok"]) == (200, True)
    assert (message["message_id"], message["text"]) == (1, "hello")
    assert message["chat"] == {"id": 1001, "type": "private"}
    assert message["from"]["first_name"] == "alice"
    assert isinstance(message["date"], int)


async def test_messages_are_numbered_in_their_order(api: Client) -> None:
    """Later ones with later dates."""
    found = [(await _send(api))[1]["result"] for _ in range(3)]

    assert [message["message_id"] for message in found] == [1, 2, 3]
    assert sorted(message["date"] for message in found) == [message["date"] for message in found]


@pytest.mark.parametrize("how", ["json", "data", "params"])
async def test_parameters_may_come_in_any_of_telegrams_ways(api: Client, how: str) -> None:
    """As JSON, as a form, in the query; method names are not case-sensitive."""
    sent: dict[str, Any] = {how: {"chat_id": "-1001", "text": "hello"}}
    answer = await api.post(f"/bot{ALICE}/sendmessage", **sent)

    assert answer.status == 200
    assert [(said["chat"], said["text"]) for said in await _said(api)] == [("-1001", "hello")]


@pytest.mark.parametrize("method", ["getMe", "sendMessage", "anything"])
async def test_an_unknown_token_is_refused(api: Client, method: str) -> None:
    """Whatever it asks for; nothing is kept of it."""
    answer = await api.post(f"/bot1:wrong/{method}", json={"chat_id": 1, "text": "hello"})

    assert (answer.status, await answer.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert await _said(api) == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"chat_id": ""}, "chat not found"),
        ({"chat_id": "@somebody"}, "chat not found"),
        ({"chat_id": "-"}, "chat not found"),
        ({"chat_id": "--5"}, "chat not found"),
        ({"chat_id": "5-"}, "chat not found"),
        ({"chat_id": "1.5"}, "chat not found"),
        ({"chat_id": -1002}, "chat not found"),
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "text must be non-empty"),
        ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "message is too long"),
        ({"text": "x", "parse_mode": "Word"}, "unsupported parse_mode"),
    ],
)
async def test_a_message_that_telegram_would_refuse_is_refused(api: Client, params: dict[str, Any], said: str) -> None:
    """With its description; nothing is kept of it."""
    status, body = await _send(api, **params)

    assert (status, body["ok"], body["description"]) == (400, False, f"Bad Request: {said}")
    assert await _said(api) == []


@pytest.mark.parametrize("body", [b"", b"{", b'"text"', b"[1]", b"null", b"\xff", b'{"chat_id": 1'])
async def test_a_body_that_is_no_json_object_says_nothing(api: Client, body: bytes) -> None:
    """It is refused as a message without a chat is, and nothing is kept of it."""
    answer = await api.post(f"/bot{ALICE}/sendMessage", data=body, headers={"content-type": "application/json"})

    assert answer.status == 400
    assert (await answer.json())["description"] == "Bad Request: chat not found"
    assert await _said(api) == []


async def test_the_longest_message_passes(api: Client) -> None:
    """4,096 characters."""
    assert (await _send(api, text="x" * LONGEST_TEXT))[0] == 200


async def test_a_method_that_is_not_there_is_not_found(api: Client) -> None:
    """As for any method that Telegram doesn't have."""
    answer = await api.post(f"/bot{ALICE}/sendSticker", json={})

    assert answer.status == 404
    assert (await answer.json())["description"] == "Not Found: method not found"


async def test_the_transcript_tells_what_was_said(api: Client, tmp_path: Path) -> None:
    """Of all, or of one bot; and it stands in the file too. No token is in either."""
    await _send(api, text="매수")
    await _send(api, BOB, text="two")

    assert [said["text"] for said in await _said(api)] == ["매수", "two"]
    assert await _said(api, "?bot=bob") == [
        {"number": 2, "bot": "bob", "chat": "1001", "text": "two", "message": 1, "date": 1_735_689_600}
    ]
    written = (tmp_path / "telegram.jsonl").read_text("utf-8")
    assert "매수" in written
    assert "token" not in written


async def test_an_address_that_is_none_is_answered_as_telegram_does(api: Client) -> None:
    """In its shape, for whatever begins as a bot's address."""
    for path in (f"/bot{ALICE}/", f"/bot{ALICE}/a/b", f"/file/bot{ALICE}/", f"/file/bot{ALICE}/photos/none.png"):
        answer = await api.get(path)

        assert (answer.status, await answer.json()) == (
            404,
            {"ok": False, "error_code": 404, "description": "Not Found"},
        )


async def test_a_body_that_is_too_large_is_refused_as_telegram_does(api: Client) -> None:
    """Over 50 MB."""
    answer = await api.post(f"/bot{ALICE}/sendMessage", data=io.BytesIO(b"x" * (51 * 1024 * 1024)))

    assert answer.status == 413
    assert (await answer.json())["description"] == "Request Entity Too Large"


async def test_a_form_that_is_broken_is_refused(api: Client) -> None:
    """It can't be taken for one without parameters."""
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await api.post(f"/bot{ALICE}/sendMessage", data=b"nothing of the kind", headers=headers)

    assert answer.status == 400
    assert (await answer.json())["ok"] is False


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (BotEntry(name="alice", token=BOB), "two bots are called alice"),
        (BotEntry(name="bob", token=ALICE), "alice and bob have the same token"),
    ],
)
def test_bots_that_can_not_be_told_apart_are_refused(second: BotEntry, said: str) -> None:
    """When the API is put together; the token itself is not told."""
    with pytest.raises(Permanent) as caught:
        make_app([BotEntry(name="alice", token=ALICE), second], Transcript())

    assert said in str(caught.value)
    assert "token" not in str(caught.value).replace("the same token", "")


async def test_what_goes_wrong_inside_is_told_without_the_token(
    api: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 as Telegram says it; the log names the method, and not the address."""

    def broken(*_arguments: object, **_more: object) -> None:
        raise ArithmeticError("broken")

    monkeypatch.setattr(Transcript, "add", broken)
    status, body = await _send(api)
    shown = "".join(capsys.readouterr())

    assert (status, body["description"]) == (500, "Internal Server Error")
    assert "call_failed" in shown
    assert "sendMessage" in shown
    assert "alice-token" not in shown


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"chat_id": "9" * 5_000, "text": "x"}),
        ("sendMessage", {"chat_id": 10**400, "text": "x"}),
        ("sendMessage", {"chat_id": 5, "text": "x", "reply_markup": "[" * 100_000}),
        ("sendMediaGroup", {"chat_id": 5, "media": [{"type": ["photo"]}, {"type": "photo"}]}),
    ],
)
async def test_nonsense_is_refused_and_breaks_nothing(api: Client, method: str, params: dict[str, object]) -> None:
    """400, not 500: numbers without end, brackets without end, a list where a word belongs."""
    answer = await api.post(f"/bot{ALICE}/{method}", json=params)

    assert answer.status == 400


async def test_a_body_of_brackets_without_end_is_none(api: Client) -> None:
    """Of a bot and of an admin alike."""
    headers = {"content-type": "application/json"}
    answers = [
        await api.post(path, data="[" * 100_000, headers=headers)
        for path in (f"/bot{ALICE}/sendMessage", "/admin/type")
    ]

    assert [answer.status for answer in answers] == [400, 400]
