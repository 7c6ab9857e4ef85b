"""Answers: what a person reads when they ask."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account
from support.build import BTC, ETH, NOON, arrived, market, settings, signal
from support.chatting import chatty, view_of
from tradepods_core.book.book import apply
from tradepods_core.book.facts import DayBegan, Fact, PositionClosed, SignalDecided, SymbolDoubted, TradingPaused
from tradepods_worker.adapters.telegram.answers import TEXTS, answer
from tradepods_worker.adapters.telegram.asking import caption
from tradepods_worker.adapters.telegram.fitting import LONGEST, fitted, length, listed
from tradepods_worker.adapters.telegram.menu import ACTING, COMMANDS
from tradepods_worker.adapters.telegram.phrasing import LANGUAGES, Language, phrases
from tradepods_worker.tasks.commands import ACTS, LOOKS

D = Decimal
BOT: dict[str, Any] = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
LIVE: dict[str, Any] = {
    "dryRun": False,
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys-of-bob"},
    "telegram": {"secretRef": {"name": "bot-of-bob"}, "chatIds": ["4711"], "viewerChatIds": ["4712", "4713"]},
}


def _account(**changes: Any) -> Account:
    """An account with a long position whose price has risen from 100 to 102."""
    account = Account(account_settings=settings(**changes))
    account.opened(fee=D("0.25"))
    account.marks[BTC] = D(102)
    return account


def test_the_status_says_how_the_account_stands() -> None:
    """Mode, equity, the day's result, positions of the most, connection, last cycle."""
    account = _account(**LIVE)
    account.book = apply(account.book, [DayBegan(day="2025-06-02", equity=D(1000), at=NOON)])

    assert answer("status", view_of(account, last_cycle="5m@x")) == (
        "[bob] Running, trades live\n"
        "equity 1,009.60 USDT\n"
        "today +9.60 USDT, as its loss limit counts\n"
        "positions 1 of 7\n"
        "connected to the exchange\n"
        "last cycle 5m@x\n"
        "every position has its stop"
    )


def test_the_status_names_what_is_wrong() -> None:
    """A pause and its reason, a lost connection, a missing stop, doubts, the last error, what waits."""
    account = Account()
    account.handle(arrived(signal()))
    account.fill(account.live("enter"))
    facts: list[Fact] = [
        TradingPaused(why="too much lost", until=NOON + timedelta(hours=12), at=NOON),
        SymbolDoubted(symbol=ETH, why="ForeignPosition: 1", seen_at=NOON),
        DayBegan(day="2025-06-01", equity=D(1), at=NOON),
    ]
    account.book, account.connected = apply(account.book, facts), False
    text = answer("status", view_of(account, last_error="no answer", waiting=3))

    assert "PAUSED until 2025-06-03 00:00 UTC: too much lost" in text
    assert "NOT connected" in text
    assert f"WITHOUT A STOP: long {BTC}" in text
    assert f"in doubt {ETH}: ForeignPosition: 1" in text
    assert "last trouble: no answer" in text
    assert "3 messages wait" in text
    assert "today" not in text


def test_positions_say_what_protects_them() -> None:
    """Quantity, average, mark, unrealised in quote and percent, levels, the ladder's step, how long."""
    account = _account(dca={"enabled": True, "triggerPct": 2, "stepPcts": [30, 30]})

    assert answer("positions", view_of(account, at=NOON + timedelta(hours=3))) == (
        "[bob] (dry run) 1 open positions\n"
        "\n"
        "long BTC/USDT:USDT, 3h\n"
        "4.925 at 100, mark 102\n"
        "unrealised +9.85 USDT (+2.00 % of its value)\n"
        "stop 97, take-profit 103\n"
        "ladder step 0 of 2"
    )


def test_a_position_without_its_stop_says_so() -> None:
    """And one whose market is not known shows no levels."""
    account = Account()
    account.handle(arrived(signal()))
    account.fill(account.live("enter"))

    assert "stop 97 (NOT RESTING YET)" in answer("positions", view_of(account))
    assert "can't be shown" in answer("positions", view_of(account, markets={}))


def test_a_short_position_gains_when_the_price_falls() -> None:
    """Its sign is turned everywhere."""
    account = Account()
    account.opened(symbol=ETH, side="short")
    account.marks[ETH] = D(98)

    assert "unrealised +9.85 USDT (+2.00 %" in answer("positions", view_of(account))
    assert answer("balance", view_of(account)).splitlines()[2] == "unrealised +9.85"


def test_the_balance_adds_up() -> None:
    """Wallet and unrealised are the equity; margin by the venue's leverage, else by the setting's."""
    account = _account()

    assert answer("balance", view_of(account)).splitlines()[1:] == [
        "wallet 999.75",
        "unrealised +9.85",
        "equity 1,009.60",
        "margin in use about 50.24",
        "free about 959.37",
    ]
    assert "about 100.47" in answer("balance", view_of(account, leverage={BTC: 5}))


def test_the_profit_is_told_by_its_parts() -> None:
    """Fees are what was paid; net is realised less fees, with funding."""
    account = _account()
    account.fill(account.live("take_profit"), price="103", realized=D("14.775"), fee=D("0.25"))

    assert answer("pnl", view_of(account)).splitlines()[1:] == [
        "realised +14.78",
        "fees -0.50",
        "funding 0.00",
        "net +14.28",
        "unrealised 0.00",
        "1 entries, 0 adds",
        "1 exits: 1 take-profits, 0 stops",
    ]


def test_closed_positions_are_told_with_their_result() -> None:
    """When, what, why, from where to where, how long, net of fees."""
    account = _account()
    account.now = NOON + timedelta(minutes=90)
    account.fill(account.live("take_profit"), price="103", realized=D("14.775"), fee=D("0.25"), at=account.now)
    closed = [fact for fact in account.facts if isinstance(fact, PositionClosed)]

    assert answer("trades", view_of(account, closed=closed)).splitlines()[1:] == [
        "",
        "2025-06-02 13:30 UTC long BTC/USDT:USDT: take-profit",
        "4.925 from 100 to 103 in 1h 30m: +14.28 USDT net",
    ]


@pytest.mark.parametrize(
    ("moved", "language", "said"),
    [
        ("trailing", "en", "trailing stop"),
        ("break_even", "en", "break-even stop"),
        ("move_stop", "en", "stop moved by a management rule"),
        ("", "en", "stop-loss"),
        ("trailing", "ko", "트레일링 스톱"),
        ("break_even", "ko", "본전 스톱"),
    ],
)
def test_a_stop_that_was_moved_is_no_stop_loss(moved: str, language: str, said: str) -> None:
    """Called by what has moved it; one that an earlier release has recorded is a stop-loss still."""
    account = Account(account_settings=chatty(telegram={"language": language, **BOT}))
    account.opened()
    account.fill(account.live("stop"), price="101")
    closed = [replace(fact, moved=moved) for fact in account.facts if isinstance(fact, PositionClosed)]

    assert answer("trades", view_of(account, closed=closed)).splitlines()[2].endswith(f": {said}")


def test_why_tells_the_last_decision() -> None:
    """The cycle it was decided in, who asked for what, and why not."""
    account = _account()
    account.handle(arrived(signal(strategy="late")))
    entered, refused = [fact for fact in account.facts if isinstance(fact, SignalDecided)]

    assert answer("why", view_of(account, symbol=BTC, decided=entered)).splitlines() == [
        "[bob] (dry run) BTC/USDT:USDT: default.swing said long in cycle 5m@2025-06-02T12:00:00Z: an entry was sent",
        "open: long BTC/USDT:USDT, opened 2025-06-02 12:00 UTC",
        "no management rule acts on it: default.swing is not in force. Its stop and take-profit go on.",
    ]
    assert "default.late said long in cycle 5m@2025-06-02T12:00:00Z: refused, AlreadyInPosition" in answer(
        "why", view_of(account, symbol=BTC, decided=refused)
    )


def test_settings_show_all_that_is_in_force_and_no_secret() -> None:
    """Not where secrets are kept, nor who else may talk to the bot."""
    text = answer("settings", view_of(_account(**LIVE)))

    assert "\nentryPct: 5\n" in text
    assert "\nlong.takeProfitPct: 3\n" in text
    assert "\ndca.enabled: off\n" in text
    assert "\nsymbols.allow: every one\nsymbols.deny: none\n" in text
    assert "\nlogLevel: that of all workers\n" in text
    assert "\ntelegram.viewerChatIds: 2 chats\n" in text
    assert "\ncredentialsSecretRef: set\n" in text
    assert not any(hidden in text for hidden in ("of-bob", "4711", "4712"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [1, 40, 200])
def test_no_answer_is_longer_than_a_message_may_be(number: int, language: Language) -> None:
    """Whatever is held, watched or allowed; what does not fit is counted."""
    names = [f"{'X' * 10}{n}/USDT:USDT" for n in range(number)]
    account = Account(
        wallet=D(10**6),
        markets=[market(name) for name in names],
        marks=dict.fromkeys(names, D(100)),
        account_settings=settings(
            maxPositions=200,
            entryPct=0.01,
            symbols={"allow": names, "deny": [f"Y{n}/USDT:USDT" for n in range(500)]},
            telegram={"secretRef": {"name": "bot"}, "chatIds": ["1"], "language": language},
        ),
    )
    for n, name in enumerate(names):
        account.opened(symbol=name, strategy=f"s{n}")
    for kind in TEXTS:
        assert length(answer(kind, view_of(account))) <= 4096
    shown = answer("positions", view_of(account))

    assert len(account.book.positions) == number
    cut = {"en": "more that don't fit here", "ko": "길이 제한으로 생략했습니다"}[language]
    assert (cut in shown) is (number > 1)
    assert length(caption("close", view_of(account))) <= 100


def test_what_does_not_fit_is_counted() -> None:
    """Blocks are whole, by what Telegram counts: an emoji is two."""
    english = phrases("en")

    assert fitted(["a", "b"], english) == "a\nb"
    assert fitted(["a", "😀" * LONGEST, "c"], english) == "a\n... and 2 more that don't fit here"
    assert length(fitted(["😀" * LONGEST], english)) <= LONGEST
    assert length("a😀") == 3
    assert listed(["a", "b", "c"], english, most=2) == "a, b and 1 more"


@pytest.mark.parametrize("text", ["btc", "BTC", "BTCUSDT", "BTC/USDT", "BTC/USDT:USDT"])
def test_a_symbol_may_be_written_as_people_do(text: str) -> None:
    """All of them are one."""
    assert view_of(Account()).named(text) == BTC


@pytest.mark.parametrize("text", ["", "BT", "USDT", "BTC ETH", "₿TC", "all"])
def test_an_unknown_symbol_is_none(text: str) -> None:
    """Never the next best."""
    assert view_of(Account()).named(text) is None


def test_what_is_held_can_be_named_though_it_is_no_longer_watched() -> None:
    """It may be what has to be closed."""
    account = Account()
    account.opened()

    assert view_of(account, markets={}).named("BTC") == BTC


def test_every_command_of_the_menu_is_handled() -> None:
    """What the app lists is what the task knows; who may only look is told which of them act."""
    assert set(COMMANDS) | {"start"} == {*LOOKS, *ACTS, "why", "trades"}
    assert ACTING == ACTS
    assert set(LOOKS) <= set(TEXTS)


def test_a_question_about_stops_counts_both_books() -> None:
    """A setting is of the account: what is guarded in the other book loses its stops too."""
    account, other = Account(), Account()
    other.opened()
    wanted = account.settings.model_copy(update={"auto_exit": False})
    view = view_of(account, other=other.book, wanted=wanted)

    assert caption("set", view) == "Cancel the stops of 1 positions"
    assert "1 positions of 492.50 USDT" in answer("set", view)
