"""Differences between two manifests: told by field, without where secrets are, and what of them can't apply now."""

from typing import Any

import pytest

from support.build import settings
from tradepods_core.settings.changes import at_start, differences, fixed

TELEGRAM: dict[str, Any] = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"entryPct": 7}, "entryPct 5 -> 7"),
        ({"long": {"stopLossPct": 2}}, "long.stopLossPct 3 -> 2"),
        ({"autoExit": False}, "autoExit true -> false"),
        ({"strategies": ["swing"]}, "strategies [] -> swing"),
        ({"credentialsSecretRef": {"name": "elsewhere"}}, "credentialsSecretRef changed"),
    ],
)
def test_each_changed_field_is_named_with_both_values(changes: dict[str, Any], told: str) -> None:
    """The audit says what changed; where a secret is kept is nobody's business."""
    assert differences(settings(), settings(**changes)) == (told,)


def test_who_may_talk_to_the_bot_is_not_told() -> None:
    """Chat ids are people."""
    before, after = settings(telegram=TELEGRAM), settings(telegram={**TELEGRAM, "chatIds": ["1", "4711"]})

    assert differences(before, after) == ("telegram.chatIds changed",)


def test_another_exchange_is_another_account() -> None:
    """id, environment and url are immutable; the message says what to write."""
    problems = fixed(settings(), settings(exchange={"environment": "demo"}))

    assert [str(p) for p in problems] == ["spec.exchange.environment is demo: can't be changed: write live"]


@pytest.mark.parametrize(
    ("changes", "waiting"),
    [
        ({"logLevel": "debug"}, ("logLevel",)),
        ({"telegram": TELEGRAM}, ("telegram",)),
        ({"credentialsSecretRef": {"name": "elsewhere"}}, ("credentialsSecretRef",)),
        ({"entryPct": 7, "leverage": 3}, ()),
    ],
)
def test_what_a_running_worker_can_not_take_on_waits_for_its_next_start(
    changes: dict[str, Any], waiting: tuple[str, ...]
) -> None:
    """What can't apply yet says so."""
    assert at_start(settings(), settings(**changes)) == waiting
