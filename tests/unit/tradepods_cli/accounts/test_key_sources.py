"""Keys that are not typed: from a file, standard input, or the environment."""

import io
from pathlib import Path

import pytest

from tradepods_cli.accounts.key_sources import check_shape, given
from tradepods_core.errors import Invalid

MARKER = "hunter2-hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "apiKey: k\napiSecret: ' s '\n",
        '{"apiKey": "k", "apiSecret": "s\\n"}',
        "apiKey: k\napiSecret: s\nbotToken: ''\n",
    ],
)
def test_a_file_holds_them_as_yaml_or_json(tmp_path: Path, text: str) -> None:
    """Without the white space around them; an empty one is none. `-` is standard input."""
    file = tmp_path / "keys"
    file.write_text(text)

    assert given(str(file), {}) == {"apiKey": "k", "apiSecret": "s"}
    assert given("-", {}, stdin=io.StringIO(text)) == {"apiKey": "k", "apiSecret": "s"}


def test_the_environment_counts_where_there_is_no_file(tmp_path: Path) -> None:
    """A file is more explicit: then nothing is mixed into it."""
    environment = {"TRADEPODS_API_KEY": " k ", "TRADEPODS_API_SECRET": "s", "TRADEPODS_BOT_TOKEN": ""}
    file = tmp_path / "keys"
    file.write_text("botToken: 1:x")

    assert given("", environment) == {"apiKey": "k", "apiSecret": "s"}
    assert given(str(file), environment) == {"botToken": "1:x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MARKER, "--keys-from: write a YAML or JSON mapping"),
        (f"apiKey: k\n{MARKER}: x", "--keys-from: holds another field"),
        ("apiKey: 123", "--keys-from: apiKey: write a text: put it in quotes"),
        (f"apiKey: [{MARKER}", "document: is not readable YAML"),
        ("a: 1\n---\nb: 2", "--keys-from: write a YAML or JSON mapping"),
        (f"apiKey: {MARKER}\napiKey: x", "this key stands here already"),
    ],
)
def test_what_is_wrong_is_said_without_what_is_there(text: str, said: str) -> None:
    """It may be a key in the wrong place."""
    with pytest.raises(Invalid) as caught:
        given("-", {}, stdin=io.StringIO(text))

    assert said in str(caught.value)
    assert MARKER not in str(caught.value)


@pytest.mark.parametrize("value", ["two words", "new\nline", "tab\t", "café", "-----BEGIN"])
def test_a_key_with_strange_letters_never_reaches_a_request(value: str) -> None:
    """What a library would say of it may quote it."""
    with pytest.raises(Invalid, match=r"^apiKey: has letters that no key has") as caught:
        check_shape("apiKey", f"{MARKER} {value}")

    assert MARKER not in str(caught.value)


def test_a_signing_key_may_have_several_lines() -> None:
    """The exchange takes RSA and Ed25519 too."""
    pem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"

    assert check_shape("apiSecret", pem) == pem
    with pytest.raises(Invalid):
        check_shape("apiKey", pem)
