"""Manifests: a folder becomes a fleet, or every problem in it with file, path, value and fix."""

from pathlib import Path
from typing import Any

import pytest

from support.documents import BOT, LIVE, account, manifest, problems, secret, strategy, written
from tradepods_cli.manifests import load
from tradepods_core.errors import Permanent

KEYS = {"apiKey": "key-1", "apiSecret": "secret-1"}


def test_a_folder_becomes_a_fleet(tmp_path: Path) -> None:
    """Accounts with their settings and secrets, strategies with their spec, in the order of the files."""
    written(tmp_path, a=account(**LIVE, telegram=BOT), b=strategy(), c=account("alice"))
    written(tmp_path, z=[secret("keys", KEYS), secret("bot", {"botToken": "1:token"})])
    fleet = load(tmp_path)
    bob, alice = fleet.accounts

    assert (bob.key, alice.key) == ("default/bob", "default/alice")
    assert (bob.credentials, bob.telegram) == (KEYS, {"botToken": "1:token"})
    assert (bob.spec.dry_run, alice.spec.dry_run) == (False, True)
    assert bob.document == account(**LIVE, telegram=BOT)["spec"]
    assert [one.key for one in fleet.strategies] == ["default.swing"]


def test_an_empty_folder_is_an_empty_fleet(tmp_path: Path) -> None:
    """What that means is for the one who asks."""
    fleet = load(tmp_path)

    assert (fleet.accounts, fleet.strategies) == ((), ())


def test_one_file_may_be_the_whole_fleet(tmp_path: Path) -> None:
    """Given by its own path; empty documents in it count for nothing."""
    file = tmp_path / "all.txt"
    file.write_text("---\n---\n" + str(account()) + "\n---\n", "utf-8")

    assert [one.name for one in load(file).accounts] == ["bob"]


def test_other_files_and_inner_folders_are_left_alone(tmp_path: Path) -> None:
    """A README, a note, a folder whose name looks like a file."""
    (tmp_path / "README.md").write_text("not: [yaml")
    (tmp_path / "inner").mkdir()
    (tmp_path / "folder.yaml").mkdir()
    written(tmp_path / "inner", a=manifest("Nonsense", "x", {}))

    assert load(written(tmp_path, a=account())).accounts[0].name == "bob"


def test_json_is_read_too(tmp_path: Path) -> None:
    """And .yml."""
    (tmp_path / "a.json").write_text(
        str(account("alice")).replace("'", '"').replace("True", "true").replace("False", "false")
    )
    written(tmp_path, b=account()).joinpath("b.yaml").rename(tmp_path / "b.yml")

    assert [one.name for one in load(tmp_path).accounts] == ["alice", "bob"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nothing else is read in its place."""
    with pytest.raises(Permanent, match="nowhere: no such file or folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [1", "a.yaml: document: is not readable YAML: check its syntax in line 1"),
        ("a: 1\nb: c: d", "a.yaml: document: is not readable YAML: check its syntax in line 2"),
        ("x: 1\ny: 2\n\tz: 3", "a.yaml: document: is not readable YAML: check its syntax in line 3"),
        ("name: 2021-99-99", "a.yaml: document: is not readable YAML: check its syntax"),
        ("name: " + "1" * 5_000, "a.yaml: document: is not readable YAML: check its syntax"),
        ("[" * 3_000, "a.yaml: document: is not readable YAML: check its syntax"),
        ("- 1\n- 2", "a.yaml: document: write a mapping with kind"),
        ("just words", "a.yaml: document: write a mapping with kind"),
        ("a: 1", "a.yaml: kind: write apiVersion, kind, metadata and spec"),
        ({"kind": "TradingAccount"}, "a.yaml: kind is TradingAccount: write apiVersion, kind, metadata and spec"),
        (manifest("Pod", "x", {}), "a.yaml: kind is Pod: expected TradingAccount, TradingStrategy or Secret"),
        (account() | {"apiVersion": "v1"}, "a.yaml: apiVersion is v1: write tradepods.dev/v1alpha1"),
        (strategy() | {"apiVersion": "v1"}, "a.yaml: apiVersion is v1: write tradepods.dev/v1alpha1"),
        (account() | {"metadata": {}}, "a.yaml: metadata.name: is required: a text, at most 40 characters, matching"),
        (account("Bob"), 'a.yaml: metadata.name is "Bob": a text, at most 40 characters, matching'),
        (account(namespace="a/b"), 'a.yaml: metadata.namespace is "a/b": a text, at most 40 characters, matching'),
        (account() | {"spec": ["x"]}, "a.yaml: spec is "),
        (account() | {"spec": None}, "a.yaml: spec.exchange: is required"),
        (account(leverage=126), "a.yaml: spec.leverage is 126: a whole number, at least 1, at most 125"),
        (account(entryPercent=5), "a.yaml: spec.entryPercent is 5: unknown field: did you mean entryPct?"),
        (account(entryPct="5"), 'a.yaml: spec.entryPct is "5": a number, without quotes'),
        (account(dryRun=False), "a.yaml: spec.acknowledgeLiveTrading is false: dryRun: false trades real money"),
        (strategy(timeframe="7m"), 'a.yaml: spec.timeframe is "7m": '),
        (strategy(entries=[]), "a.yaml: spec.entries is []: write at least one entry"),
        (secret("x", {"a": "b"}) | {"stringData": ["b"]}, "a.yaml: stringData: write a mapping of keys to texts"),
        (secret("x", {}) | {"data": "b"}, "a.yaml: stringData: write a mapping of keys to texts"),
    ],
)
def test_bad_input_is_named_with_file_path_value_and_fix(tmp_path: Path, content: Any, said: str) -> None:
    """In one line a problem."""
    found = problems(written(tmp_path, a=content))

    assert found[0].startswith(said)
    assert not any("\n" in problem for problem in found)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """As any other file that can't be read as YAML."""
    (tmp_path / "a.yaml").write_bytes(b"kind: \xff\xfe")

    assert problems(tmp_path)[0].startswith("a.yaml: document: is not readable YAML")


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    """Also several of one document, and those of a file that can't be read beside those of files that can."""
    written(tmp_path, a="a: [1", b=account(leverage=0, entryPct=0), c=strategy(timeframe="7m"))

    assert [problem.split(" is ")[0] for problem in problems(tmp_path)] == [
        "a.yaml: document:",
        "b.yaml: spec.entryPct",
        "b.yaml: spec.leverage",
        "c.yaml: spec.timeframe",
    ]


def test_the_same_resource_twice_is_refused(tmp_path: Path) -> None:
    """In two files or in one; both places are named."""
    written(tmp_path, a=account(), b=[account(leverage=5), strategy(), strategy()])

    assert problems(tmp_path) == [
        "b.yaml: metadata.name is bob: TradingAccount stands in a.yaml already: keep one",
        "b.yaml: metadata.name is swing: TradingStrategy stands in b.yaml already: keep one",
    ]


def test_a_name_may_be_used_again_by_another_kind_or_in_another_namespace(tmp_path: Path) -> None:
    """They are different resources."""
    documents = [account("x"), account("x", namespace="other"), strategy("x"), secret("x", KEYS)]
    fleet = load(written(tmp_path, a=documents))

    assert [one.key for one in fleet.accounts] == ["default/x", "other/x"]
