"""The Bot API's methods by their names, which are not case-sensitive."""

from collections.abc import Callable, Mapping

from tradepods_simulator.telegram import callbacks, editing, presence, sending
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.state import Call

GET_UPDATES = "getUpdates"  # the one that waits
BY_NAME: Mapping[str, Callable[[Call], object]] = {
    "getMe": presence.get_me,
    "logOut": presence.yes,
    "close": presence.yes,
    "getWebhookInfo": presence.get_webhook_info,
    "deleteWebhook": presence.delete_webhook,
    "getChat": presence.get_chat,
    "getChatMember": presence.get_chat_member,
    "setMyCommands": presence.set_my_commands,
    "getMyCommands": presence.get_my_commands,
    "deleteMyCommands": presence.delete_my_commands,
    "getFile": presence.get_file,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendMediaGroup": sending.send_media_group,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": callbacks.answer_callback_query,
}
NAMES: Mapping[str, str] = {name.lower(): name for name in (*BY_NAME, GET_UPDATES)}


async def get_updates(call: Call) -> list[dict[str, object]]:
    """What has happened; waits for it where a timeout is given."""
    kinds = call.params.structure("allowed_updates", "allowed_updates")
    if kinds is not None:
        if not isinstance(kinds, list):
            raise bad("can't parse allowed_updates: expected an Array of strings")
        call.bot.updates.allow([str(kind) for kind in kinds])
    return await call.bot.updates.poll(
        offset=call.params.integer("offset"),
        limit=call.params.integer("limit", 100),
        seconds=call.params.integer("timeout"),
    )
