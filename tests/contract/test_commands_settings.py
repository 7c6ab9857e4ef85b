"""Settings changed from the chat: what is allowed, what is asked first, what is shown, and what ends it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.account import Account
from support.chatting import VIEWER, Talk, chatty, listening
from support.telegram_bench import ANN, bench
from tradepods_core.book.steering import OverrideSet

FIVE = "\N{FULLWIDTH DIGIT FIVE}"
LIVE: dict[str, Any] = {
    "dryRun": False,
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys"},
    "entryPct": 5,
}
BOT: dict[str, Any] = {"secretRef": {"name": "bot"}, "chatIds": [str(ANN)]}


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """An account with a bot, which nobody listens to yet."""
    async with bench() as api:
        yield Talk(api)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/entrypct abc", 'entryPct is "abc": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("/entrypct -5", 'entryPct is "-5": a number, above 0, at most 100, such as 2.5'),
        ("/entrypct 101", "entryPct is 101: a number, above 0, at most 100; now it is 5"),
        ("/entrypct 0", "entryPct is 0: a number, above 0, at most 100; now it is 5"),
        (f"/entrypct {FIVE}", f'entryPct is "{FIVE}": a number, above 0, at most 100, such as 2.5'),
        ("/entrypct", 'entryPct is "": a number, above 0, at most 100, such as 2.5; now it is 5'),
        ("/entrypct 5 %", 'entryPct is "5 %": a number, above 0, at most 100, such as 2.5'),
        ("/dryrun", 'dryRun is "": write on or off; now it is on'),
        ("/dryrun off", "write acknowledgeLiveTrading: true"),
        ("/dryrun perhaps", 'dryRun is "perhaps": write on or off; now it is on'),
        ("/autoexit 1", 'autoExit is "1": write on or off; now it is on'),
        ("/reset", "/reset: no setting was changed by command"),
        ("/entrypct 5", "it is so already"),
    ],
)
async def test_what_is_not_allowed_changes_nothing(talk: Talk, typed: str, said: str) -> None:
    """What is allowed, the present value, and nothing changed."""
    async with listening(talk):
        await talk.ask(typed, said)

    assert talk.given == []
    assert talk.look().settings == talk.account.settings


async def test_a_command_that_the_manifest_does_not_offer_is_refused(talk: Talk) -> None:
    """`overrides` is obeyed."""
    talk.account = Account(account_settings=chatty(telegram={**BOT, "overrides": ["entryPct"]}))
    async with listening(talk):
        await talk.ask("/autoexit off", "telegram.overrides lets commands change entryPct: edit the manifest")

    assert talk.given == []


async def test_a_smaller_entry_is_taken_at_once_and_shown(talk: Talk) -> None:
    """Less risk needs no button; the record says who it was, and /settings that it is not the manifest's."""
    async with listening(talk) as commands:
        await talk.api.type("/entrypct 2.5", user="Ann")
        await talk.ask("/settings", "entryPct 2.5 instead of 5, by Ann (Telegram 7)")
        await commands.speaker.silent()

    (fact,) = [fact for fact in talk.account.facts if isinstance(fact, OverrideSet)]
    assert (fact.field, fact.value, fact.over, fact.by) == ("entryPct", "2.5", "5", "Ann (Telegram 7)")


async def test_reset_gives_the_manifest_back(talk: Talk) -> None:
    """An override ends by /reset."""
    async with listening(talk):
        await talk.api.type("/entrypct 2.5")
        await talk.ask("/settings", "changed by command")
        await talk.api.type("/reset")
        said = await talk.ask("/settings", "settings in force")

    assert "changed by command" not in said["text"]


async def test_the_manifests_own_value_ends_the_override(talk: Talk) -> None:
    """Nothing stands beside the manifest that says the same."""
    async with listening(talk):
        await talk.api.type("/entrypct 2.5")
        await talk.api.type("/entrypct 5")
        await talk.ask("/settings", "settings in force")

    assert talk.account.overrides == ()


@pytest.mark.parametrize(
    ("changes", "typed", "question", "button"),
    [
        (
            LIVE,
            "/entrypct 10",
            "An entry takes about 100.00 USDT, 1,000.00 at 10x",
            "Enter with 10 %: about 100.00 USDT",
        ),
        (LIVE, "/autoexit off", "lose their stops and take-profits", "Cancel the stops of 0 positions"),
        (
            {**LIVE, "dryRun": True},
            "/dryrun off",
            "From now on entries are made with REAL MONEY",
            "Trade REAL MONEY: 5 % an entry at 10x",
        ),
    ],
)
async def test_what_risks_money_is_asked_with_its_consequence_in_numbers(
    talk: Talk, changes: dict[str, Any], typed: str, question: str, button: str
) -> None:
    """Nothing changes until the button is pressed; then it does, and the button is gone."""
    talk.account = Account(account_settings=chatty(**changes))
    async with listening(talk) as commands:
        said = await talk.ask(typed, question)
        before = talk.look().settings
        assert talk.given == []
        (found,) = said["buttons"][0]
        await talk.api.press(said["message"], data=found["callback_data"])
        await talk.ask("/settings", "changed by command")
        await commands.speaker.silent()

    assert found["text"].startswith(button)
    assert (talk.names(), (await talk.answers())[0].get("buttons")) == (["set"], None)
    assert talk.look().settings != before


async def test_a_stale_button_changes_nothing(talk: Talk) -> None:
    """Asked for by other settings than are in force: the numbers on it are not true any more."""
    talk.account = Account(account_settings=chatty(**LIVE))
    async with listening(talk) as commands:
        said = await talk.ask("/entrypct 10", "An entry takes about")
        await talk.api.type("/entrypct 4")
        await talk.ask("/settings", "entryPct 4 instead of 5")
        await talk.api.press(said["message"], data=said["buttons"][0][0]["callback_data"])
        await talk.ask("/status", "equity")
        await commands.speaker.silent()

    assert talk.look().settings.entry_pct == 4
    assert talk.names() == ["set"]


@pytest.mark.parametrize("typed", ["/dryrun off", "/entrypct 2", "/autoexit off", "/reset"])
async def test_a_viewer_changes_nothing(talk: Talk, typed: str) -> None:
    """Viewers may only look."""
    async with listening(talk):
        await talk.ask(typed, "may look, not act", chat=VIEWER)

    assert talk.given == []
