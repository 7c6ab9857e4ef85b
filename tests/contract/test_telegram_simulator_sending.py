"""What python-telegram-bot sends to the simulator: texts, pictures, files, albums, buttons, topics, and refusals."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, EndPointNotFound, InvalidToken

from support.telegram_bench import ANN, FORUM, GROUP, Bench, bench, png


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A simulator with two bots, a group and a forum."""
    async with bench() as made:
        yield made


@pytest.fixture
def bot(api: Bench) -> Bot:
    """Alice's bot."""
    return api.bot()


async def test_a_bot_knows_itself(api: Bench, bot: Bot) -> None:
    """By the number in its token; an unknown token is refused."""
    me = await bot.get_me()

    assert (me.id, me.username, me.is_bot) == (100001, "alice_bot", True)
    with pytest.raises(InvalidToken):
        await api.bot(token="1:unknown").get_me()


async def test_a_method_that_is_not_there_is_not_found(bot: Bot) -> None:
    """As the library tells it."""
    await bot.initialize()
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendTeleportation")


@pytest.mark.parametrize(
    ("mode", "markup"),
    [
        (ParseMode.HTML, "<b>🏟 bold</b> /go"),
        (ParseMode.MARKDOWN, "*🏟 bold* /go"),
        (ParseMode.MARKDOWN_V2, "*🏟 bold* /go"),
    ],
)
async def test_a_text_arrives_with_its_entities(api: Bench, bot: Bot, mode: ParseMode, markup: str) -> None:
    """And a date of the clock that was passed in."""
    message = await bot.send_message(ANN, markup, parse_mode=mode)

    assert (message.text, message.chat.type) == ("🏟 bold /go", "private")
    assert [(e.type, message.parse_entity(e)) for e in message.entities] == [("bold", "🏟 bold"), ("bot_command", "/go")]
    assert message.date.timestamp() == api.clock.now
    assert [said["text"] for said in await api.said()] == ["🏟 bold /go"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"chat_id": -99, "text": "x"}, "Chat not found"),
        ({"chat_id": "@nobody", "text": "x"}, "Chat not found"),
        ({"chat_id": ANN, "text": ""}, "Message text is empty"),
        ({"chat_id": ANN, "text": "x" * 4097}, "Message is too long"),
        ({"chat_id": ANN, "text": "<b>x", "parse_mode": "HTML"}, "Can't parse entities"),
        ({"chat_id": ANN, "text": "1.5", "parse_mode": "MarkdownV2"}, "character '.' is reserved"),
        ({"chat_id": FORUM, "text": "x", "message_thread_id": 12}, "Message thread not found"),
        ({"chat_id": GROUP, "text": "x", "message_thread_id": 11}, "Message thread not found"),
        ({"chat_id": ANN, "text": "x", "reply_parameters": ReplyParameters(5)}, "Message to be replied not found"),
    ],
)
async def test_what_telegram_refuses_is_refused(api: Bench, bot: Bot, arguments: dict[str, Any], said: str) -> None:
    """In its words, which the library only capitalises; nothing is kept of it."""
    with pytest.raises(BadRequest, match=said.replace("(", r"\(")) as caught:
        await bot.send_message(**arguments)

    assert said in str(caught.value)
    assert await api.said() == []


async def test_a_chat_is_found_by_its_name_too(bot: Bot) -> None:
    """Where a supergroup has one."""
    assert (await bot.send_message("@Traders", "x")).chat.id == FORUM


async def test_a_message_goes_into_a_topic(api: Bench, bot: Bot) -> None:
    """And says so."""
    message = await bot.send_message(FORUM, "x", message_thread_id=11)

    assert (message.message_thread_id, message.is_topic_message, message.chat.is_forum) == (11, True, True)
    assert [said["thread"] for said in await api.said()] == [11]


async def test_a_reply_holds_what_it_answers(bot: Bot) -> None:
    """One step deep; to what is not there, where that is allowed, it is no reply."""
    first = await bot.send_message(ANN, "one")
    second = await bot.send_message(ANN, "two", reply_to_message_id=first.message_id)
    third = await bot.send_message(ANN, "three", reply_to_message_id=second.message_id)
    lost = await bot.send_message(ANN, "x", reply_parameters=ReplyParameters(99, allow_sending_without_reply=True))

    assert second.reply_to_message is not None
    assert second.reply_to_message.text == "one"
    assert third.reply_to_message is not None
    assert third.reply_to_message.reply_to_message is None
    assert lost.reply_to_message is None


async def test_buttons_come_back_as_they_were_sent(api: Bench, bot: Bot) -> None:
    """And are in the transcript; a keyboard of another kind is taken too."""
    rows = [
        [InlineKeyboardButton("Yes", callback_data="y" * 64), InlineKeyboardButton("Site", url="https://a.example")]
    ]
    message = await bot.send_message(ANN, "sure?", reply_markup=InlineKeyboardMarkup(rows))
    await bot.send_message(ANN, "gone", reply_markup=ReplyKeyboardRemove())

    assert message.reply_markup == InlineKeyboardMarkup(rows)
    assert (await api.said())[0]["buttons"] == [
        [{"text": "Yes", "callback_data": "y" * 64}, {"text": "Site", "url": "https://a.example"}]
    ]


@pytest.mark.parametrize("data", ["y" * 65, "é" * 33])
async def test_a_buttons_data_has_at_most_64_bytes(bot: Bot, data: str) -> None:
    """Bytes, not letters."""
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data=data)]])
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(ANN, "sure?", reply_markup=markup)


async def test_a_picture_can_be_fetched_and_sent_again(api: Bench, bot: Bot) -> None:
    """Byte for byte, by its file_id; another bot's file_id is none."""
    content = png(40, 30)
    message = await bot.send_photo(ANN, content, caption="*chart*", parse_mode=ParseMode.MARKDOWN_V2)
    photo = message.photo[-1]
    file = await bot.get_file(photo.file_id)
    again = await bot.send_photo(GROUP, photo.file_id)

    assert (photo.width, photo.height, photo.file_size) == (40, 30, len(content))
    assert (message.caption, message.caption_entities[0].type) == ("chart", "bold")
    assert await file.download_as_bytearray() == content
    assert again.photo[-1].file_unique_id == photo.file_unique_id
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await api.bot("bob").send_photo(ANN, photo.file_id)


async def test_a_document_keeps_its_name_and_bytes(bot: Bot) -> None:
    """Whatever is in it."""
    content = bytes(range(256))
    message = await bot.send_document(ANN, InputFile(content, filename="ledger.bin"), caption="all")

    assert message.document is not None
    assert (message.document.file_name, message.document.file_size, message.caption) == ("ledger.bin", 256, "all")
    assert await (await message.document.get_file()).download_as_bytearray() == content


async def test_an_album_is_several_messages_of_one_group(api: Bench, bot: Bot) -> None:
    """Uploaded, or sent again; the caption is on the one that has it."""
    known = (await bot.send_photo(ANN, png())).photo[-1].file_id
    media = [InputMediaPhoto(png(8, 8), caption="first"), InputMediaPhoto(known), InputMediaPhoto(png(9, 9))]
    messages = await bot.send_media_group(ANN, media)

    assert len({message.media_group_id for message in messages}) == 1
    assert [message.caption for message in messages] == ["first", None, None]
    assert [(m.photo[-1].width, m.photo[-1].height) for m in messages] == [(8, 8), (4, 3), (9, 9)]
    assert len([said for said in await api.said() if said.get("album")]) == 3


async def test_an_album_of_documents_is_one_too(bot: Bot) -> None:
    """But photos don't go with them."""
    files = [InputMediaDocument(b"a", filename="a.txt"), InputMediaDocument(b"b", filename="b.txt")]
    messages = await bot.send_media_group(ANN, files)

    assert [message.document.file_name for message in messages if message.document] == ["a.txt", "b.txt"]
    with pytest.raises(BadRequest, match="Can't use the media of the specified type in the album"):
        await bot.send_media_group(ANN, [*files, InputMediaPhoto(png())])
    with pytest.raises(BadRequest, match="Too many messages to send as an album"):
        await bot.send_media_group(ANN, [InputMediaPhoto(png())] * 11)


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        (b"no picture", "(?i)image_process_failed"),
        (png(9000, 1001)[:60], "(?i)photo_invalid_dimensions"),
        (png() + b"x" * 10 * 1024 * 1024, "is too big for a photo"),
        ("https://a.example/x.png", "Failed to get http url content"),
        ("nothing", "Wrong file identifier/http url specified"),
    ],
)
async def test_what_is_no_photo_is_refused(bot: Bot, photo: bytes | str, said: str) -> None:
    """As Telegram does."""
    with pytest.raises(BadRequest, match=said):
        await bot.send_photo(ANN, photo)


async def test_a_caption_has_at_most_1024_units(bot: Bot) -> None:
    """Fewer than a message has."""
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(ANN, png(), caption="x" * 1025)


async def test_an_action_is_seen(api: Bench, bot: Bot) -> None:
    """As `typing`; an unknown one is refused."""
    assert await bot.send_chat_action(ANN, ChatAction.TYPING)

    assert (await api.get("bots"))["alice"]["actions"] == [[str(ANN), "typing"]]
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(ANN, "dancing")
