"""What a person typed, as a command."""

import pytest

from tradepods_worker.adapters.telegram.parsing import Command, command


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/status", "status", ""),
        ("  /status  ", "status", ""),
        ("/Close BTC", "close", "BTC"),
        ("/close\nBTC", "close", "BTC"),
        ("/close   all ", "close", "all"),
        ("/status@bob_bot", "status", ""),
        ("/status@BOB_bot x", "status", "x"),
        ("hello", "", ""),
        ("say /status", "", ""),
        ("/", "", ""),
        ("/status!", "", ""),
        ("//status", "", ""),
        ("/" + "x" * 33, "", ""),
        ("/stätus", "", ""),
    ],
)
def test_a_command_is_a_slash_and_a_word(text: str, name: str, argument: str) -> None:
    """At the beginning, in any case; what follows is its argument; all else is no command."""
    assert command(text, username="bob_bot") == Command(name=name, argument=argument)


@pytest.mark.parametrize("text", ["/status@eve_bot", "/close@eve_bot all"])
def test_another_bots_command_is_none_of_ours(text: str) -> None:
    """In a group several bots listen."""
    assert command(text, username="bob_bot") is None
    assert command(text, username="") is None
