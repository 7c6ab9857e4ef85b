"""python-telegram-bot's poller on the simulator: commands, offsets, two pollers, what is wanted and what is not."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Update
from telegram.error import Conflict, TelegramError
from telegram.ext import ChatMemberHandler, CommandHandler, ContextTypes, MessageHandler, filters

from support.telegram_bench import ANN, FORUM, GROUP, App, Bench, bench, polling, until


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A simulator with two bots, a group and a forum."""
    async with bench() as made:
        yield made


async def _answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message is not None
    await update.effective_message.reply_text(f"heard {update.effective_message.text} with {context.args}")


def _answering(api: Bench, *commands: str) -> App:
    application = api.application()
    application.add_handler(CommandHandler(commands, _answer))
    return application


async def _texts(api: Bench) -> list[str]:
    return [said["text"] for said in await api.said() if "from" not in said]


async def _heard(api: Bench, text: str) -> None:
    deadline = time.monotonic() + 5
    while text not in await _texts(api):
        assert time.monotonic() < deadline, await _texts(api)


async def test_a_command_is_handled(api: Bench) -> None:
    """With its arguments; what was typed before the bot came up is handled too."""
    await api.type("/status early")
    async with polling(_answering(api, "status")):
        await _heard(api, "heard /status early with ['early']")
        await api.type("/status BTC 5")
        await _heard(api, "heard /status BTC 5 with ['BTC', '5']")

    assert (await api.get("updates"))["alice"] == []


async def test_who_types_is_told(api: Bench) -> None:
    """By number and name; in a private chat the number is the chat's."""
    await api.type("hello", user="Ann")
    await api.type("/hello", chat=GROUP, user="Cem")
    private, group = await api.bot().get_updates()

    assert private.effective_user is not None
    assert (private.effective_user.id, private.effective_user.first_name) == (ANN, "Ann")
    assert private.effective_chat is not None
    assert private.effective_chat.first_name == "Ann"
    assert group.effective_user is not None
    assert (group.effective_user.first_name, group.effective_user.is_bot) == ("Cem", False)
    assert group.effective_user.id not in (ANN, GROUP)


async def test_in_a_group_a_bot_hears_its_commands_and_replies(api: Bench) -> None:
    """Not what people say to each other, nor another bot's commands; the admin is told why."""
    mine = await api.bot().send_message(GROUP, "anything?")
    heard = [
        await api.type("/go", chat=GROUP, user="ann"),
        await api.type("/go@alice_bot now", chat=GROUP, user="ann"),
        await api.type("yes", chat=GROUP, user="ann", replyTo=mine.message_id),
    ]
    unheard = [
        await api.type("/go@bob_bot", chat=GROUP, user="ann"),
        await api.type("good morning", chat=GROUP, user="ann"),
    ]
    updates = await api.bot().get_updates()

    assert [update.update_id for update in updates] == [one["update"] for one in heard]
    assert [one["update"] for one in unheard] == [None, None]
    assert "@bob_bot" in unheard[0]["why"]
    assert "privacy mode" in unheard[1]["why"]
    entities = [update.effective_message.parse_entities() for update in updates if update.effective_message]
    assert [list(one.values()) for one in entities] == [["/go"], ["/go@alice_bot"], []]


async def test_a_command_in_a_topic_says_in_which(api: Bench) -> None:
    """So that the answer can go there."""
    await api.type("/go", chat=FORUM, user="ada", thread=11)
    (update,) = await api.bot().get_updates()

    assert update.effective_message is not None
    assert update.effective_message.message_thread_id == 11
    assert update.effective_user is not None
    assert (update.effective_user.id, update.effective_user.username) == (22, "ada")


async def test_a_long_poll_returns_as_soon_as_someone_types(api: Bench) -> None:
    """Far before its timeout."""
    waiting = asyncio.create_task(api.bot().get_updates(timeout=50))
    begun = time.monotonic()
    await asyncio.sleep(0)
    await api.type("hello")
    (update,) = await asyncio.wait_for(waiting, 5)

    assert update.message is not None
    assert update.message.text == "hello"
    assert time.monotonic() - begun < 5


async def test_offsets_confirm_and_limits_bound(api: Bench) -> None:
    """What is confirmed does not come back; a negative offset keeps the newest."""
    for text in "abcde":
        await api.type(text)
    bot = api.bot()

    assert [update.update_id for update in await bot.get_updates(limit=2)] == [1, 2]
    assert [update.update_id for update in await bot.get_updates(offset=3)] == [3, 4, 5]
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == [5]
    assert [update["update_id"] for update in (await api.get("updates?bot=alice"))["alice"]] == [5]


async def test_a_restarted_poller_does_not_handle_anything_twice(api: Bench) -> None:
    """Nor miss what was typed meanwhile."""
    async with polling(_answering(api, "status")):
        await api.type("/status 1")
        await _heard(api, "heard /status 1 with ['1']")
    await api.type("/status 2")
    async with polling(_answering(api, "status")):
        await _heard(api, "heard /status 2 with ['2']")

    assert await _texts(api) == ["heard /status 1 with ['1']", "heard /status 2 with ['2']"]


async def test_pending_updates_are_dropped_on_request(api: Bench) -> None:
    """As start_polling offers."""
    await api.type("/status old")
    assert (await api.bot().get_webhook_info()).pending_update_count == 1
    async with polling(_answering(api, "status"), drop_pending_updates=True):
        await api.type("/status new")
        await _heard(api, "heard /status new with ['new']")

    assert len(await _texts(api)) == 1


async def test_of_two_pollers_the_older_one_is_refused(api: Bench) -> None:
    """With Conflict, in Telegram's words; the newer one hears what is typed."""
    older = asyncio.create_task(api.bot().get_updates(timeout=50))
    newer: asyncio.Task[Any] | None = None
    deadline = time.monotonic() + 5
    while not older.done():
        assert time.monotonic() < deadline
        if newer is None or newer.done():
            newer = asyncio.create_task(api.bot().get_updates(timeout=1))
        await asyncio.sleep(0.005)
    with pytest.raises(
        Conflict, match="Conflict: terminated by other getUpdates request; make sure that only one bot instance"
    ):
        await older

    await api.type("hello")
    assert newer is not None
    assert len(await newer) == 1


async def test_an_application_hears_of_its_rival(api: Bench) -> None:
    """By its error callback, and goes on."""
    errors: list[TelegramError] = []
    application = _answering(api, "status")
    async with polling(application, error_callback=errors.append):
        deadline = time.monotonic() + 5
        while not errors:
            assert time.monotonic() < deadline
            await api.bot("alice").get_updates()
        await api.type("/status")
        await _heard(api, "heard /status with []")

    assert isinstance(errors[0], Conflict)


async def test_only_wanted_updates_come(api: Bench) -> None:
    """The admin is told where a message leads to none."""
    bot = api.bot()
    await bot.get_updates(allowed_updates=["callback_query"])
    typed = await api.type("hello")

    assert (typed["update"], typed["why"]) == (None, "the bot's allowed_updates leave messages out")
    assert await bot.get_updates() == ()


async def test_being_blocked_is_an_update(api: Bench) -> None:
    """And being taken back."""
    statuses: list[tuple[str, str]] = []

    async def note(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.my_chat_member is not None
        member = update.my_chat_member
        statuses.append((member.old_chat_member.status, member.new_chat_member.status))

    application = api.application()
    application.add_handler(ChatMemberHandler(note, ChatMemberHandler.MY_CHAT_MEMBER))
    async with polling(application):
        await api.post("block", bot="alice", chat=ANN)
        await api.post("unblock", bot="alice", chat=ANN)
        await until(lambda: len(statuses) == 2)

    assert statuses == [("member", "kicked"), ("kicked", "member")]


async def test_plain_texts_are_handled_in_private(api: Bench) -> None:
    """With the entities that Telegram finds."""
    seen: list[list[str]] = []

    async def note(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        seen.append(list(update.message.parse_entities().values()))

    application = api.application()
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, note))
    async with polling(application):
        await api.type("🏟 see https://a.example @ann")
        await until(lambda: bool(seen))

    assert seen == [["https://a.example", "@ann"]]
