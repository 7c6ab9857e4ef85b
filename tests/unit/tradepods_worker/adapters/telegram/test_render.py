"""Texts: what a person reads."""

from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, NOON, arrived, settings, signal
from tradepods_core.book.events import CommandGiven, MarksMoved, TroublesSeen
from tradepods_core.book.intents import Leg
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.fitting import length
from tradepods_worker.adapters.telegram.format import money, price, signed
from tradepods_worker.adapters.telegram.phrasing import LANGUAGES, Language, phrases
from tradepods_worker.adapters.telegram.render import render
from tradepods_worker.ports.ledger import BookName, Undelivered

D = Decimal


def _text(notice: Notice, *, book: BookName = "live", attempts: int = 0) -> str:
    return render(Undelivered(number=3, notice=notice, attempts=attempts, book=book), account="bob")


def _round_trip() -> Account:
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.fill(entry, fee=D("0.24625"))
    stop = account.live("stop")
    account.fill(stop, price="97", realized=D("-14.775"), fee=D("0.2388"))
    return account


def test_an_entry_says_what_was_bought_and_how_it_is_protected() -> None:
    """Side, size, margin, stop, target, strategy."""
    (notice,) = [notice for notice in _round_trip().notices if notice.kind == "entered"]

    assert _text(notice) == (
        "[bob] entered long BTC/USDT:USDT\n"
        "4.925 at 100\n"
        "492.50 USDT, margin 49.25 at 10x\n"
        "stop 97 (-3 %)\n"
        "take-profit 103 (+3 %)\n"
        "strategy default.swing@abc"
    )


def test_an_exit_says_what_it_brought() -> None:
    """Why, from where to where, net of fees, against the margin."""
    (notice,) = [notice for notice in _round_trip().notices if notice.kind == "exited"]

    assert _text(notice) == (
        "[bob] closed long BTC/USDT:USDT: stop-loss\n"
        "4.925 from 100 to 97\n"
        "-15.26 USDT after 0.49 fees (-30.98 % of margin)\n"
        "held 0s"
    )


def test_a_dry_run_says_that_it_is_one() -> None:
    """Nobody mistakes paper for money."""
    notice = Notice(kind="trusted", at=NOON, values={"symbol": "X"})

    assert _text(notice, book="paper").startswith("[bob] (dry run) ")


def test_every_kind_of_notice_has_its_text() -> None:
    """One that does not is still readable."""
    kinds = {
        "started",
        "entered",
        "exited",
        "closing",
        "refused",
        "doubted",
        "trusted",
        "reduced_outside",
        "adopted",
        "stop_moved",
        "added",
        "step_skipped",
        "liquidation_near",
        "paused",
        "resumed",
        "answered",
        "ledger_down",
        "ledger_up",
        "settings_changed",
        "settings_refused",
        "override_ended",
        "terms_changed",
        "level_reached",
        "disarmed",
        "armed",
        "trouble",
        "relieved",
        "close_only",
        "close_only_over",
        "rule_acted",
        "rule_skipped",
    }

    assert {kind for kind in kinds if f"{kind}.text" not in phrases("en").templates} == set()
    assert _text(Notice(kind="news", at=NOON, values={"a": "1"})) == "[bob] news: a 1"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "values",
    [
        {"held": "\n".join(f"short {'X' * 12}{n}/USDT:USDT quantity=1.5 average=100" for n in range(300))},
        {"placed": "\n".join(f"long {'X' * 12}{n}/USDT:USDT purpose=stop" for n in range(300))},
        {"positions": "9" * 9_000},
    ],
)
def test_no_message_is_longer_than_a_message_may_be(language: Language, values: dict[str, str]) -> None:
    """What does not fit is counted, and a repeat says so all the same."""
    told = {"wallet": "1", "positions": "300", "orders": "0", "fills": "0", "doubts": "0", **values}
    notice = Notice(kind="started", at=NOON, values=told)
    text = render(Undelivered(number=3, notice=notice, attempts=1, book="paper"), account="b" * 60, language=language)

    assert length(text) <= 4_096
    assert text.splitlines()[-1].startswith("(#3, ")


def test_a_start_says_what_it_found_and_did() -> None:
    """Positions, what was placed or cancelled, what had happened meanwhile."""
    values = {
        "wallet": "1000",
        "positions": "1",
        "orders": "2",
        "fills": "2",
        "doubts": "1",
        "held": f"short {BTC} quantity=4.925 average=100.00",
        "placed": f"short {BTC} purpose=take_profit",
        "cancelled": "long ETH/USDT:USDT purpose=stop",
    }

    assert _text(Notice(kind="started", at=NOON, values=values)) == (
        "[bob] started: wallet 1,000.00 USDT\n"
        "1 open positions, 2 resting orders\n"
        "short BTC/USDT:USDT: 4.925 at 100\n"
        "placed now: take-profit of short BTC/USDT:USDT\n"
        "cancelled now: stop of long ETH/USDT:USDT\n"
        "2 fills happened meanwhile and are booked\n"
        "1 symbols don't agree with the exchange: no entries there"
    )


def test_a_summary_says_what_the_day_brought() -> None:
    """Amounts with their sign, what is open by the mark, the most frequent refusals."""
    values = {
        "day": "2025-06-02",
        "realized": "12.5",
        "fees": "-1",
        "funding": "-0.25",
        "net": "11.25",
        "entries": "3",
        "adds": "1",
        "exits": "2",
        "wins": "1",
        "began": "1000",
        "ended": "1011.25",
        "open": f"long {BTC} unrealized=-3.5",
        "reasons": "MaxPositions 4, Paused 2",
    }

    assert _text(Notice(kind="summary", at=NOON, values=values), book="paper") == (
        "[bob] (dry run) the day 2025-06-02, UTC\n"
        "realised +12.50, fees -1.00, funding -0.25: net +11.25 USDT\n"
        "3 entries, 1 adds, 2 exits, 1 of them won\n"
        "equity 1,000.00 -> 1,011.25 USDT\n"
        "open: long BTC/USDT:USDT, unrealised -3.50 USDT\n"
        "signals refused: MaxPositions 4, Paused 2"
    )


def test_a_near_liquidation_is_told_with_both_prices() -> None:
    """And with what can be done about it."""
    values = {"liquidation": "96.50", "stop": "97"}
    text = _text(Notice(kind="liquidation_near", at=NOON, leg=Leg(BTC, "long"), values=values))

    assert text.startswith("[bob] long BTC/USDT:USDT MAY BE LIQUIDATED")
    assert "liquidate it at 96.5; its stop is at 97" in text
    assert "/close" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [("0", "0s"), ("59", "59s"), ("60", "1m"), ("3725", "1h 2m"), ("90061", "1d 1h"), ("86400", "1d")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: str, text: str) -> None:
    """3,725 seconds are 1h 2m."""
    assert phrases("en").format_field(seconds, "duration") == text


def test_numbers_are_told_as_people_read_them() -> None:
    """Amounts with two decimals, prices without noise, gains with their sign."""
    assert money("1234567.891") == "1,234,567.89"
    assert signed("12.345") == "+12.35"
    assert signed("-0.004") == "0.00"
    assert price("0.00012345678912") == "0.00012345679"
    assert price("104563.50") == "104563.5"


@pytest.mark.parametrize(
    "values", [{}, {"quantity": "many"}, {"wallet": "1", "positions": "0", "orders": "0", "fills": "0"}]
)
@pytest.mark.parametrize("kind", ["entered", "exited", "refused", "started", "of_tomorrow"])
def test_a_notice_that_this_release_does_not_know_well_is_told_all_the_same(kind: str, values: dict[str, str]) -> None:
    """It was written by another release, and a person waits for it."""
    text = _text(Notice(kind=kind, at=NOON, values=values))

    assert text.startswith("[bob] ")
    assert kind.split("_", maxsplit=1)[0] in text


@pytest.mark.parametrize(
    ("kind", "why", "told"),
    [
        ("paused", "the day has lost 3.10 %, the limit is 3 %", "오늘 손실 3.10 %, 한도 3 %"),
        ("doubted", "ForeignPosition: order web_1 is not ours", "우리 것이 아닌 주문: web_1"),
        ("step_skipped", "the balance is too small for it", "잔고가 부족합니다"),
        (
            "settings_refused",
            "spec.dryRun is false: this worker was started",
            "spec.dryRun 값 false 사용 불가: this worker",
        ),
    ],
)
def test_why_something_stopped_is_told_in_korean(kind: str, why: str, told: str) -> None:
    """What core says in English is not left in it; what no text knows stays as it was said."""
    values = {"why": why, "until": "", "symbol": BTC, "step": "1"}
    notice = Notice(kind=kind, at=NOON, values=values, leg=Leg(BTC, "long"))
    undelivered = Undelivered(number=3, notice=notice, attempts=0, book="live")

    assert told in render(undelivered, account="bob", language="ko")


ENGLISH = (
    "[bob] /resume by Ann: the pause has ended\n"
    "But nothing is opened yet:\n"
    "the account is Paused: write state: Running in its manifest, or take its annotation away\n"
    "trading is halted (maintenance): `tradepods fleet resume` ends it\n"
    "the private stream is down: trading goes on by itself once that is over"
)
KOREAN = (
    "[bob] /resume, 요청자 Ann: 일시 정지를 해제했습니다\n"
    "그러나 아직 새로 진입하지 않습니다:\n"
    "계정 상태: 일시 정지. 매니페스트에 state: Running을 쓰거나 어노테이션을 지우십시오\n"
    "전체 거래 중단(maintenance). `tradepods fleet resume` 으로 해제합니다\n"
    "계정 스트림이 끊겼습니다. 이 상태가 끝나면 자동으로 재개됩니다"
)


@pytest.mark.parametrize(("language", "told"), [("en", ENGLISH), ("ko", KOREAN)])
def test_what_still_keeps_the_account_from_opening_is_told(language: Language, told: str) -> None:
    """Each with how it ends, in the person's language."""
    account = Account(account_settings=settings(state="Paused"))
    account.connected = False
    account.handle(TroublesSeen(troubles={"Halted": "maintenance"}))
    account.handle(CommandGiven(id="telegram/1", name="pause", by="Ann"))
    notice, resumed = account.handle(CommandGiven(id="telegram/2", name="resume", by="Ann")).notices
    text = render(Undelivered(number=3, notice=notice, attempts=0, book="live"), account="bob", language=language)

    assert text == told
    assert told.splitlines()[1:] == _text(resumed).splitlines()[1:] or language == "ko"


@pytest.mark.parametrize(
    ("flattens", "language", "told"),
    [
        (False, "en", "Nothing is opened; what is open stays protected."),
        (True, "en", "Nothing is opened; what is open is being closed at market."),
        (True, "ko", "새로 진입하지 않으며, 보유 포지션을 시장가로 청산하고 있습니다."),
    ],
)
def test_a_pause_that_closes_what_is_open_says_so(flattens: bool, language: Language, told: str) -> None:
    """With flattenOnBreach nothing stays protected: it goes."""
    limits = {"maxDailyLossPct": 2, "flattenOnBreach": flattens}
    account = Account(account_settings=settings(entryPct=100, leverage=1, protections=limits))
    account.handle(MarksMoved(at=NOON, marks=account.marks))
    account.opened()
    account.marks = {BTC: D("97.5")}
    account.handle(MarksMoved(at=NOON, marks=account.marks))
    (notice,) = [notice for notice in account.notices if notice.kind == "paused"]
    text = render(Undelivered(number=3, notice=notice, attempts=0, book="live"), account="bob", language=language)

    assert text.splitlines()[1:] == [told]
