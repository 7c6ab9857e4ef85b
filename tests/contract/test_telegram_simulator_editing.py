"""What python-telegram-bot changes, removes and looks up on the simulator."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ChatMemberAdministrator,
    ChatMemberOwner,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
)
from telegram.error import BadRequest

from support.telegram_bench import ANN, FORUM, GROUP, Bench, bench, png

MARKUP = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A simulator with two bots, a group and a forum."""
    async with bench() as made:
        yield made


@pytest.fixture
def bot(api: Bench) -> Bot:
    """Alice's bot."""
    return api.bot()


async def _edited(message: Message | bool) -> Message:
    assert isinstance(message, Message)
    assert message.edit_date is not None
    return message


async def test_a_text_is_edited_and_its_buttons_go(api: Bench, bot: Bot) -> None:
    """Unless they are given again; what it said before is remembered."""
    first = await bot.send_message(ANN, "one", reply_markup=MARKUP)
    kept = await _edited(await first.edit_text("two", reply_markup=MARKUP))
    bare = await _edited(await first.edit_text("two"))

    assert (kept.text, kept.reply_markup) == ("two", MARKUP)
    assert bare.reply_markup is None
    said = (await api.said())[0]
    assert (said["text"], said["earlier"], "buttons" in said) == ("two", ["one"], False)


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot) -> None:
    """Text, entities and buttons alike; each of them makes a difference."""
    message = await bot.send_message(ANN, "<b>one</b>", parse_mode="HTML", reply_markup=MARKUP)
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content and reply markup are"):
        await message.edit_text("<strong>one</strong>", parse_mode="HTML", reply_markup=MARKUP)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await message.edit_reply_markup(MARKUP)

    assert await message.edit_text("one", reply_markup=MARKUP)
    assert await message.edit_reply_markup(None)


async def test_a_caption_is_edited_on_media_only(bot: Bot) -> None:
    """And a text on texts only."""
    photo, text = await bot.send_photo(ANN, png(), caption="one"), await bot.send_message(ANN, "text")

    assert (await _edited(await photo.edit_caption("two"))).caption == "two"
    assert (await _edited(await photo.edit_caption(None))).caption is None
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await photo.edit_text("x")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await text.edit_caption("x")


async def test_a_picture_is_exchanged(bot: Bot) -> None:
    """For an upload, or for a file; the same one again is no change."""
    message = await bot.send_photo(ANN, png(), caption="chart")
    edited = await _edited(await message.edit_media(InputMediaPhoto(png(20, 10), caption="new")))
    document = await _edited(await message.edit_media(InputMediaDocument(b"text", filename="a.txt")))

    assert (edited.photo[-1].width, edited.caption) == (20, "new")
    assert document.document is not None
    assert document.photo == ()
    with pytest.raises(BadRequest, match="Message is not modified"):
        await message.edit_media(InputMediaDocument(document.document.file_id))


async def test_what_is_not_there_can_not_be_changed(bot: Bot) -> None:
    """Nor what is deleted, nor what a person said."""
    message = await bot.send_message(ANN, "x")
    assert await message.delete()
    for edit in (message.edit_text("y"), message.edit_reply_markup(MARKUP), bot.edit_message_text("y", ANN, 999)):
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await edit
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await message.delete()


async def test_a_persons_message_is_not_the_bots(api: Bench, bot: Bot) -> None:
    """It can't be edited; it can be deleted in a private chat alone."""
    private, group = await api.type("hello"), await api.type("/hello", chat=GROUP, user="ann")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", ANN, private["message"])
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(GROUP, group["message"])

    assert await bot.delete_message(ANN, private["message"])


async def test_after_two_days_nothing_is_deleted(api: Bench, bot: Bot) -> None:
    """48 hours of the clock that was passed in."""
    message = await bot.send_message(ANN, "x")
    api.clock.now += 48 * 3600 + 1
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await message.delete()


async def test_a_deletion_is_seen(api: Bench, bot: Bot) -> None:
    """The transcript keeps what was said."""
    await (await bot.send_message(ANN, "x")).delete()

    assert [(said["text"], said["deleted"]) for said in await api.said()] == [("x", True)]


async def test_commands_are_kept_by_scope_and_language(api: Bench, bot: Bot) -> None:
    """As they were set, until they are deleted."""
    start, stop = BotCommand("start", "Begin"), BotCommand("stop", "End")
    await bot.set_my_commands([start, stop])
    await bot.set_my_commands([stop], scope=BotCommandScopeChat(ANN), language_code="de")

    assert await bot.get_my_commands() == (start, stop)
    assert await bot.get_my_commands(scope=BotCommandScopeChat(ANN), language_code="de") == (stop,)
    assert await bot.get_my_commands(language_code="de") == ()
    assert await api.bot("bob").get_my_commands() == ()
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()


@pytest.mark.parametrize(
    ("command", "said"),
    [(("Start", "x"), "BOT_COMMAND_INVALID"), (("start", ""), "BOT_COMMAND_DESCRIPTION_INVALID")],
)
async def test_commands_that_telegram_refuses_are_refused(bot: Bot, command: tuple[str, str], said: str) -> None:
    """Names are small letters, digits and underscores; each needs a description."""
    with pytest.raises(BadRequest) as caught:
        await bot.set_my_commands([command])

    assert said in str(caught.value).upper()


async def test_chats_are_looked_up(bot: Bot) -> None:
    """Private ones, groups, and forums."""
    assert [(await bot.get_chat(chat)).type for chat in (ANN, GROUP, FORUM)] == ["private", "group", "supergroup"]
    forum = await bot.get_chat("@traders")

    assert (forum.id, forum.title, forum.is_forum) == (FORUM, "Traders", True)
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.get_chat(-1)


async def test_members_are_looked_up(api: Bench, bot: Bot) -> None:
    """The bot itself, those who were declared, those who typed; nobody else."""
    owner, admin = await bot.get_chat_member(FORUM, 21), await bot.get_chat_member(FORUM, 22)
    typed = await api.type("/x", chat=GROUP, user=31)

    assert isinstance(owner, ChatMemberOwner)
    assert isinstance(admin, ChatMemberAdministrator)
    assert (admin.user.username, admin.can_delete_messages) == ("ada", True)
    assert (await bot.get_chat_member(GROUP, 31)).status == "member", typed
    assert (await bot.get_chat_member(GROUP, 100001)).user.username == "alice_bot"
    assert (await bot.get_chat_member(ANN, ANN)).user.id == ANN
    with pytest.raises(BadRequest, match=r"(?i)participant_id_invalid"):
        await bot.get_chat_member(GROUP, 99)


async def test_a_file_that_is_not_there_is_not_found(bot: Bot) -> None:
    """Neither by an unknown id, nor by an unknown path."""
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("nothing")


async def test_leaving_is_always_fine(bot: Bot) -> None:
    """Nothing depends on logOut and close."""
    assert await bot.log_out()
    assert await bot.close()
