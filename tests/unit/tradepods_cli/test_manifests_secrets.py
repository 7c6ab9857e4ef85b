"""Secrets among the manifests: read in either form, found by those who refer to them, and never shown."""

import base64
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.broken_secrets import HEAD, MARKER, MISPLACED, UNREADABLE
from support.documents import BOT, LIVE, account, problems, secret, written
from tradepods_cli.manifests import load
from tradepods_core.errors import Invalid

KEYS = {"apiKey": "key-1", "apiSecret": "secret-1"}


def _encoded(values: Mapping[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


@pytest.mark.parametrize("field", ["stringData", "data"])
def test_a_secret_is_read_in_either_form(tmp_path: Path, field: str) -> None:
    """`stringData` as it is, `data` decoded."""
    values = KEYS if field == "stringData" else _encoded(KEYS)
    fleet = load(written(tmp_path, a=account(**LIVE), b=secret("keys", values, field=field)))

    assert fleet.accounts[0].credentials == KEYS


def test_of_a_key_in_both_forms_the_plain_text_counts(tmp_path: Path) -> None:
    """As Kubernetes has it."""
    both = secret("keys", _encoded({**KEYS, "apiKey": "old"}), field="data") | {"stringData": {"apiKey": "new"}}
    fleet = load(written(tmp_path, a=account(**LIVE), b=both))

    assert fleet.accounts[0].credentials == {**KEYS, "apiKey": "new"}


@pytest.mark.parametrize("value", ["12", "0123", "1.5", "true", "2021-01-01", "null", "", "[a]", "{a: b}"])
def test_what_is_no_text_is_refused(tmp_path: Path, value: str) -> None:
    """A number may have lost its leading zeros by the time it is read; quotes are what keeps it."""
    written(tmp_path, a=f"{HEAD}stringData:\n  apiKey: {value}\n")

    assert problems(tmp_path) == ["a.yaml: stringData.apiKey: write a text: put it in quotes"]


@pytest.mark.parametrize("value", ["0123", "1e5", "true", "null"])
def test_a_text_in_quotes_is_taken_as_it_is(tmp_path: Path, value: str) -> None:
    """Whatever YAML would make of it without them."""
    keys = f'{HEAD}stringData:\n  apiKey: "{value}"\n  apiSecret: x\n'
    fleet = load(written(tmp_path, a=account(**LIVE), b=keys))

    assert fleet.accounts[0].credentials == {"apiKey": value, "apiSecret": "x"}


NO_TEXT = base64.b64encode(b"\xff" + MARKER.encode()).decode()


@pytest.mark.parametrize("value", [MARKER, f"{MARKER}==", f"ключ-{MARKER}", NO_TEXT])
def test_data_that_is_no_base64_text_is_refused_without_being_shown(tmp_path: Path, value: str) -> None:
    """The key is named, and what to write instead."""
    bad = secret("keys", {"apiKey": value}, field="data")
    (found,) = problems(written(tmp_path, a=bad))

    assert found == "a.yaml: data.apiKey: is not the base64 of a text: write it in stringData"


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        (None, "apiKey, apiSecret"),
        ({}, "apiKey, apiSecret"),
        ({"apiKey": MARKER}, "apiSecret"),
        ({"apiKey": "", "apiSecret": MARKER}, "apiKey"),
        ({"apikey": MARKER, "apiSecret": MARKER}, "apiKey"),
    ],
)
def test_a_live_account_needs_its_keys(tmp_path: Path, values: dict[str, str] | None, missing: str) -> None:
    """What is missing is named, what is there is not shown."""
    written(tmp_path, a=account(**LIVE))
    if values is not None:
        written(tmp_path, b=secret("keys", values))

    assert problems(tmp_path) == [
        (
            f"a.yaml: spec.credentialsSecretRef.name is keys: no Secret of this name with {missing} "
            "in namespace default: add it"
        )
    ]


def test_a_dry_run_may_be_without_keys(tmp_path: Path) -> None:
    """It gets those that are there."""
    paper = account(credentialsSecretRef={"name": "keys"})
    assert load(written(tmp_path, a=paper)).accounts[0].credentials == {}

    written(tmp_path, b=secret("keys", {"apiKey": "only"}))
    assert load(tmp_path).accounts[0].credentials == {"apiKey": "only"}


def test_a_bot_needs_its_token_in_a_dry_run_too(tmp_path: Path) -> None:
    """Its messages go out all the same."""
    assert problems(written(tmp_path, a=account(telegram=BOT))) == [
        "a.yaml: spec.telegram.secretRef.name is bot: no Secret of this name with botToken in namespace default: add it"
    ]


def test_a_secret_of_another_namespace_is_not_used(tmp_path: Path) -> None:
    """Tenants keep their keys apart."""
    written(tmp_path, a=account(namespace="one", **LIVE), b=secret("keys", KEYS, namespace="two"))

    assert problems(tmp_path) == [
        (
            "a.yaml: spec.credentialsSecretRef.name is keys: no Secret of this name with apiKey, apiSecret "
            "in namespace one: add it"
        )
    ]


def test_the_same_secret_twice_is_refused_without_showing_either(tmp_path: Path) -> None:
    """Which of the two was meant nobody knows."""
    written(tmp_path, a=secret("keys", {"apiKey": MARKER}), b=secret("keys", {"apiKey": f"{MARKER}-2"}))

    assert problems(tmp_path) == ["b.yaml: metadata.name is keys: Secret stands in a.yaml already: keep one"]


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"name": "Keys"}},
        {"metadata": {}},
        {"metadata": None},
        {"apiVersion": 1},
        {"stringData": {"apiKey": MARKER, "apiSecret": [MARKER]}, "data": [MARKER]},
        {"data": {"apiKey": MARKER}},
    ],
)
def test_no_message_shows_what_is_in_a_secret(tmp_path: Path, change: dict[str, Any]) -> None:
    """However wrong the rest of it is, and whatever refers to it."""
    bad = secret("keys", {"apiKey": MARKER, "apiSecret": MARKER}) | change
    found = problems(written(tmp_path, a=bad, b=account(**LIVE)))

    assert found
    assert MARKER not in "\n".join(found)


SNIPPETS = {**UNREADABLE, **MISPLACED}


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS)
def test_nothing_is_said_of_what_stands_in_a_broken_secret(tmp_path: Path, text: str) -> None:
    """Neither in a message nor in the traceback of the error that carries it; each message is one line."""
    with pytest.raises(Invalid) as caught:
        load(written(tmp_path, a=text, b=account(**LIVE)))
    found = [str(problem) for problem in caught.value.problems]

    assert MARKER not in "\n".join(found)
    assert MARKER not in "".join(traceback.format_exception(caught.value))
    assert not any("\n" in problem for problem in found)


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_secret_that_is_no_yaml_is_told_with_its_file(tmp_path: Path, text: str) -> None:
    """And with its line where the parser knows it."""
    assert problems(written(tmp_path, a=text))[0].startswith(
        "a.yaml: document: is not readable YAML: check its syntax",
    )


@pytest.mark.parametrize("key", ["../../evil", "/etc/evil", "a/b", "", ".", "..", "a\tb", "ключ", "a b", 3, None])
def test_a_key_that_is_no_name_of_a_file_is_refused(tmp_path: Path, key: Any) -> None:
    """Each key becomes a file: one that is a path would be written there."""
    (found,) = problems(written(tmp_path, a=secret("keys", {key: "x"})))

    assert found.startswith("a.yaml: stringData")
    assert "a key has letters, digits, '-', '_' and '.' only, such as apiKey" in found


def test_a_secret_that_holds_only_spaces_is_missing(tmp_path: Path) -> None:
    """The worker would refuse it after everything has started."""
    blank = secret("keys", {"apiKey": "  ", "apiSecret": "s"})
    (found,) = problems(written(tmp_path, a=account(**LIVE), b=blank))

    assert "no Secret of this name with apiKey" in found


IN_DATABASE: dict[str, Any] = {"ledger": {"type": "postgresql", "secretRef": {"name": "db"}}}
PROXIED: dict[str, Any] = {"exchange": {"proxySecretRef": {"name": "way"}}}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (None, "no Secret of this name with url in namespace default: add it"),
        ({"URL": MARKER}, "no Secret of this name with url in namespace default: add it"),
        ({"url": MARKER}, "its url names no proxy: write http://, https:// or socks5://"),
        ({"url": f"ftp://me:{MARKER}@host:21"}, "its url names no proxy: write http://, https:// or socks5://"),
    ],
)
def test_a_live_accounts_proxy_is_checked_without_being_shown(
    tmp_path: Path, values: dict[str, str] | None, said: str
) -> None:
    """Before anything starts: a worker that reached the exchange by another way might be refused by it."""
    written(tmp_path, a=account(**LIVE, **PROXIED), b=secret("keys", KEYS))
    if values is not None:
        written(tmp_path, c=secret("way", values))
    (found,) = problems(tmp_path)

    assert found.startswith(f"a.yaml: spec.exchange.proxySecretRef.name is way: {said}")
    assert MARKER not in found


def test_a_proxy_is_handed_to_its_account(tmp_path: Path) -> None:
    """As it is written."""
    way = {"url": f"socks5://me:{MARKER}@10.0.0.7:1080"}
    written(tmp_path, a=account(**LIVE, **PROXIED), b=secret("keys", KEYS), c=secret("way", way))

    assert load(tmp_path).accounts[0].proxy == way


def test_a_dry_run_without_keys_may_be_without_its_proxy(tmp_path: Path) -> None:
    """It asks no exchange anything; with keys it may become live."""
    assert load(written(tmp_path, a=account(**PROXIED))).accounts[0].proxy == {}

    keyed = account(credentialsSecretRef={"name": "keys"}, **PROXIED)
    (found,) = problems(written(tmp_path, a=keyed, b=secret("keys", KEYS)))
    assert "no Secret of this name with url" in found


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (None, "no Secret of this name with url in namespace default: add it"),
        ({"url": f"mysql://me:{MARKER}@host/fleet"}, "its url names no database: write postgresql://user:password@"),
    ],
)
def test_a_ledgers_database_is_checked_without_being_shown(
    tmp_path: Path, values: dict[str, str] | None, said: str
) -> None:
    """Before anything starts; of a dry run too."""
    written(tmp_path, a=account(**IN_DATABASE))
    if values is not None:
        written(tmp_path, b=secret("db", values))
    (found,) = problems(tmp_path)

    assert found.startswith(f"a.yaml: spec.ledger.secretRef.name is db: {said}")
    assert MARKER not in found


def test_a_ledgers_database_is_handed_to_its_account(tmp_path: Path) -> None:
    """As it is written."""
    url = {"url": f"postgresql://me:{MARKER}@host/fleet"}
    written(tmp_path, a=account(**IN_DATABASE), b=secret("db", url))

    assert load(tmp_path).accounts[0].ledger == url
