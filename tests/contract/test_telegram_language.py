"""A Korean account's bot over real sockets: messages, answers, buttons, menus; a language that changes is the next one.

What core says of values, as why an entry was refused, stays English inside a Korean sentence.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.account import Account
from support.build import BTC, NOON
from support.chatting import VIEWER, Talk, chatty, listening
from support.telegram_bench import ANN, TOKENS, bench
from tradepods_core.book.intents import Leg
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.bot import TelegramMessenger
from tradepods_worker.adapters.telegram.commands import TelegramLine
from tradepods_worker.adapters.telegram.phrasing import LANGUAGES, Language
from tradepods_worker.adapters.telegram.render import render
from tradepods_worker.ports import Sent
from tradepods_worker.ports.ledger import Undelivered

BOT: dict[str, Any] = {
    "secretRef": {"name": "bot"},
    "chatIds": [str(ANN)],
    "viewerChatIds": [str(VIEWER)],
    "language": "ko",
}
LIVE: dict[str, Any] = {
    "dryRun": False,
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys"},
    "entryPct": 5,
}


class Spoken:
    """The account's language of the moment."""

    language: Language = "en"


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """A Korean account with a long position, trading live."""
    async with bench() as api:
        made = Talk(api, account=Account(account_settings=chatty(telegram=BOT, **LIVE)))
        made.account.opened()
        yield made


async def test_a_message_is_in_the_language_of_the_moment(talk: Talk) -> None:
    """Also one that has waited since before the change."""
    spoken = Spoken()
    messenger = TelegramMessenger(
        token=TOKENS["alice"],
        chats=lambda: [str(ANN)],
        url=talk.api.url,
        render=lambda one: render(one, account="bob", language=spoken.language),
    )
    closing = Notice(kind="closing", at=NOON, leg=Leg(BTC, "short"), values={"cause": "the position is still open"})
    for number, language in enumerate(LANGUAGES, start=1):
        spoken.language = language
        sent = await messenger.send(Undelivered(number=number, notice=closing, attempts=number - 1, book="live"))
        assert sent == Sent()
    await messenger.close()

    assert [said["text"] for said in await talk.answers()] == [
        f"[bob] closing short {BTC} at market: the position is still open",
        f"[bob] {BTC} 숏 시장가로 청산합니다: 포지션이 아직 열려 있습니다\n(#2, 중복일 수 있음)",
    ]


async def test_the_menu_is_offered_anew_when_the_language_changes(talk: Talk) -> None:
    """The account's language for every app, and each app's own where it is one of ours."""
    spoken = Spoken()
    line = TelegramLine(token=TOKENS["alice"], url=talk.api.url, poll=0, language=lambda: spoken.language)
    await line.introduce()
    first = (await talk.api.get("bots"))["alice"]["commands"]
    spoken.language = "ko"
    await line.hear(after=None)
    second = (await talk.api.get("bots"))["alice"]["commands"]
    await line.close()

    assert first["type=default"] == first["type=default en"] == second["type=default en"]
    assert second["type=default"] == second["type=default ko"] == first["type=default ko"]
    assert second["type=default"][0] == {"command": "status", "description": "계정 상태"}


async def test_a_menu_that_is_refused_keeps_nobody_from_being_heard(talk: Talk) -> None:
    """It is tried again with the next question for updates."""
    spoken = Spoken()
    line = TelegramLine(token=TOKENS["alice"], url=talk.api.url, poll=0, language=lambda: spoken.language)
    await line.introduce()
    spoken.language = "ko"
    await talk.api.post("faults", method="setMyCommands", does="answer", status=400)
    await talk.api.type("/status")
    heard = await line.hear(after=None)
    await line.hear(after=heard[-1].number)
    offered = (await talk.api.get("bots"))["alice"]["commands"]
    await line.close()

    assert len(heard) == 1
    assert offered["type=default"] == offered["type=default ko"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/help", "/close · 시장가 청산: /close BTC 또는 /close all"),
        ("/status", "[bob] 실행 중, 실거래\n자산 1,000.00 USDT\n포지션 1개, 최대 7개"),
        ("/positions", f"{BTC} 롱, 0초\n4.925, 평균가 100, 마크 가격 100\n미실현 손익 0.00 USDT"),
        ("/balance", "사용 증거금 약 49.25"),
        ("/pnl", "진입 1회, 추가 진입 0회"),
        ("/trades", "아직 청산한 포지션이 없습니다"),
        ("/why BTC", f"{BTC}: "),
        ("/why XYZ", "모르는 종목입니다. 보유 또는 감시 중인 종목: BTC, ETH"),
        ("/why", "종목을 함께 쓰십시오: /why BTC"),
        ("/settings", "symbols.allow: 전체\nsymbols.deny: 없음"),
        ("/close", "청산할 종목을 쓰십시오"),
        ("/close ETH", "ETH/USDT:USDT: 청산할 포지션이 없습니다."),
        ("/nonsense", "모르는 명령입니다"),
        ("/entrypct 101", "변경하지 않았습니다. entryPct 값 101 사용 불가: 0 초과 100 이하의 숫자. 현재 5"),
        ("/entrypct 5", "이미 그렇게 설정되어 있습니다."),
    ],
)
async def test_an_answer_is_korean(talk: Talk, typed: str, said: str) -> None:
    """Whatever is asked."""
    async with listening(talk):
        await talk.ask(typed, said)

    assert talk.given == []


async def test_who_may_only_look_is_told_so_in_korean(talk: Talk) -> None:
    """And nothing is done."""
    async with listening(talk):
        await talk.ask("/pause", "이 채팅은 조회만 할 수 있습니다.", chat=VIEWER)

    assert talk.given == []


async def test_a_question_its_button_and_its_press_are_korean(talk: Talk) -> None:
    """With the consequence in numbers; a second press is told that it did nothing."""
    async with listening(talk):
        asked = await talk.ask("/entrypct 10", "entryPct 5 -> 10? 60초 안에 누르십시오.")
        button = asked["buttons"][0][0]
        await talk.api.press(asked["message"], data=button["callback_data"], user="Ann")
        settled = await talk.heard("확인: Ann (Telegram 7)")

    assert "진입 한 번에 약 95.08 USDT, 레버리지 10배로 950.75 USDT입니다." in asked["text"]
    assert button["text"] == "진입 10 %: 증거금 약 95.08 USDT"
    assert settled["presses"][0]["answered"]
    assert talk.look().settings.entry_pct == 10
