"""What people do, without sockets: who they are, what a bot hears of them."""

from typing import Any

import pytest

from tradepods_simulator.telegram import people
from tradepods_simulator.telegram.app import BotEntry, ChatEntry, make_app
from tradepods_simulator.telegram.chats import FIRST_NAMED, number_of
from tradepods_simulator.telegram.context import TELEGRAM
from tradepods_simulator.telegram.state import Telegram
from tradepods_simulator.telegram.transcript import Transcript

MEMBERS = [{"id": 21, "name": "Cem", "username": "cem_y", "status": "creator"}]


def _telegram(*, reads_groups: bool = False) -> Telegram:
    bot = BotEntry(name="my-desk", token="100001:t", reads_groups=reads_groups)
    chat = ChatEntry.model_validate({"chat": -5, "type": "group", "members": MEMBERS})
    return make_app([bot], Transcript(), chats=[chat])[TELEGRAM]


def _typed(telegram: Telegram, text: str = "/go", **more: Any) -> dict[str, Any]:
    people.type_text(telegram, people.Typing(bot="my-desk", text=text, **{"chat": -5, **more}))
    found: dict[str, Any] = telegram.bots["my-desk"].updates.pending()[-1]["message"]
    return found


@pytest.mark.parametrize(
    ("user", "number", "name"),
    [
        (21, 21, "Cem"),
        ("Cem", 21, "Cem"),
        ("cem_y", 21, "Cem"),
        (22, 22, "Person 22"),
        ("ann", number_of("ann"), "ann"),
    ],
)
def test_in_a_group_a_person_is_named_or_numbered(user: int | str, number: int, name: str) -> None:
    """Who was declared is found by both; others get what is missing, always the same."""
    sender = _typed(_telegram(), user=user)["from"]

    assert (sender["id"], sender["first_name"]) == (number, name)


def test_people_who_are_only_named_do_not_share_a_number_with_bots() -> None:
    """Theirs are far above."""
    assert number_of("ann") != number_of("bob")
    assert min(number_of("ann"), number_of("bob")) >= FIRST_NAMED


def test_a_name_in_a_private_chat_stays() -> None:
    """Once it is known, messages carry it."""
    telegram = _telegram()
    _typed(telegram, chat=7, user="Ann")

    assert _typed(telegram, chat=7)["from"]["first_name"] == "Ann"


def test_a_username_has_no_hyphen() -> None:
    """An account's name may; a command's address must be a word."""
    telegram = _telegram()

    assert telegram.bots["my-desk"].username == "my_desk_bot"
    assert _typed(telegram, "/go@my_desk_bot", user="ann")["entities"] == [
        {"type": "bot_command", "offset": 0, "length": 15}
    ]


def test_a_bot_that_reads_groups_hears_all() -> None:
    """As with privacy mode disabled."""
    telegram = _telegram(reads_groups=True)

    assert _typed(telegram, "good morning", user="ann")["text"] == "good morning"
    assert telegram.bots["my-desk"].me()["can_read_all_group_messages"] is True
