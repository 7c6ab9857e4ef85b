"""Buttons: a person presses, python-telegram-bot hears of it and answers; what can't be pressed is refused clearly."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, ContextTypes

from support.telegram_bench import ANN, GROUP, Bench, bench, polling, until

MARKUP = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Close", callback_data="close:1"), InlineKeyboardButton("Keep", callback_data="keep:1")],
        [InlineKeyboardButton("Site", url="https://a.example")],
    ]
)
TOO_OLD = "Query is too old and response timeout expired or query id is invalid"


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A simulator with two bots, a group and a forum."""
    async with bench() as made:
        yield made


async def _asked(api: Bench, chat: int = ANN) -> int:
    return (await api.bot().send_message(chat, "Close it?", reply_markup=MARKUP)).message_id


async def test_a_pressed_button_is_handled(api: Bench) -> None:
    """The bot hears who pressed what on which message, answers, and edits it."""
    seen: list[Any] = []

    async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        await query.answer("closing", show_alert=True)
        await query.edit_message_text("closed")
        seen.append(query)

    application = api.application()
    application.add_handler(CallbackQueryHandler(answer))
    message = await _asked(api)
    async with polling(application):
        await api.press(message, data="close:1", user="Ann")
        await until(lambda: bool(seen))

    assert (seen[0].data, seen[0].from_user.id, seen[0].message.message_id) == ("close:1", ANN, message)
    assert seen[0].message.reply_markup == MARKUP
    said = (await api.said())[0]
    (press,) = said["presses"]
    assert (said["text"], said["earlier"]) == ("closed", ["Close it?"])
    assert (press["button"], press["name"], press["text"], press["popup"]) == ("Close", "Ann", "closing", True)


async def test_a_button_is_pressed_by_its_text_too(api: Bench) -> None:
    """As a person sees it."""
    message = await _asked(api, GROUP)
    await api.press(message, chat=GROUP, button="Keep", user="ann")
    (update,) = await api.bot().get_updates()

    assert update.callback_query is not None
    assert update.callback_query.data == "keep:1"


async def test_a_query_is_answered_once_and_soon(api: Bench) -> None:
    """An unknown, an answered and an old one alike are refused."""
    bot, message = api.bot(), await _asked(api)
    first, second = [(await api.press(message, data="keep:1"))["query"] for _ in range(2)]
    assert await bot.answer_callback_query(first)
    for query in ("nonsense", first):
        with pytest.raises(BadRequest, match=TOO_OLD):
            await bot.answer_callback_query(query)
    api.clock.now += 16
    with pytest.raises(BadRequest, match=TOO_OLD):
        await bot.answer_callback_query(second)

    presses = (await api.said())[0]["presses"]
    assert [press["answered"] for press in presses] == [True, False]


async def test_another_bots_query_is_none_of_its_business(api: Bench) -> None:
    """It is unknown to it."""
    query = (await api.press(await _asked(api), data="keep:1"))["query"]
    with pytest.raises(BadRequest, match=TOO_OLD):
        await api.bot("bob").answer_callback_query(query)


async def test_an_answer_is_short(api: Bench) -> None:
    """200 code units."""
    query = (await api.press(await _asked(api), data="keep:1"))["query"]
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await api.bot().answer_callback_query(query, text="x" * 201)

    assert await api.bot().answer_callback_query(query, text="x" * 200)


@pytest.mark.parametrize(
    ("press", "status", "said"),
    [
        ({"message": 99, "data": "close:1"}, 409, "message 99 is not in alice's chat 7"),
        ({"data": "other"}, 409, 'has no button "other"; there are: Close (close:1), Keep (keep:1), Site (no data)'),
        ({"data": "close:1", "button": "Keep"}, 409, 'has no button "Keep"'),
        ({"button": "Site"}, 409, "button Site of message 1 tells the bot nothing: it has no data"),
        ({}, 400, "body.data: is required: write the button's data, or its text as button"),
        ({"data": "close:1", "user": 8}, 400, "body.user is 8: in a private chat it is the chat's own number, 7"),
        ({"data": "close:1", "bot": "eve"}, 400, 'body.bot is "eve": no such bot; there are alice, bob'),
        ({"data": "close:1", "chat": -5}, 400, "body.chat is -5: no such group: declare it by POST /admin/chats"),
    ],
)
async def test_what_can_not_be_pressed_is_refused(api: Bench, press: dict[str, Any], status: int, said: str) -> None:
    """In a sentence that says why; the bot hears nothing of it."""
    message = await _asked(api)
    found = await api.refused("press", **{"bot": "alice", "chat": ANN, "message": message, **press})

    assert found[0] == status
    assert said in found[1]
    assert (await api.get("updates"))["alice"] == []


async def test_a_button_that_is_gone_can_not_be_pressed(api: Bench) -> None:
    """After an edit without buttons, or a deletion."""
    bot = api.bot()
    edited, deleted = await _asked(api), await _asked(api)
    await bot.edit_message_reply_markup(ANN, edited)
    await bot.delete_message(ANN, deleted)
    answers = [await api.refused("press", bot="alice", chat=ANN, message=m, data="close:1") for m in (edited, deleted)]

    assert [status for status, _ in answers] == [409, 409]
    assert "there are: none" in answers[0][1]
    assert "or is deleted" in answers[1][1]
