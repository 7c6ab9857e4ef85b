"""Strategies from files: all of a folder, or every problem in it with file and path."""

from pathlib import Path

import pytest

from support.manifests import manifest
from support.signals_history import strategy
from tradepods_core.errors import Invalid, Permanent
from tradepods_core.manifest import API_VERSION
from tradepods_signals.adapters.strategy_files import LARGEST, load, read_folder


def _problems(folder: Path) -> list[str]:
    with pytest.raises(Invalid) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_all_strategies_of_a_folder_are_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    """Several documents in one file too; an empty document between them counts for nothing."""
    (tmp_path / "b.yaml").write_text(manifest("first") + "---\n---\n" + manifest("second"))
    (tmp_path / "a.yml").write_text(manifest("zero"))

    assert [found.name for found in load(tmp_path)] == ["zero", "first", "second"]


def test_a_strategy_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The same spec, in the default namespace where none is named."""
    (tmp_path / "a.yaml").write_text(manifest())

    assert load(tmp_path) == [strategy()]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """A README beside the strategies is no strategy, nor is a folder whose name looks like a file."""
    (tmp_path / "README.md").write_text("not: [yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "a.yaml").write_text(manifest())

    assert load(tmp_path) == [strategy()]


@pytest.mark.parametrize(
    ("version", "kind"), [("v1", "Secret"), (API_VERSION, "TradingAccount"), ("v1", "TradingStrategy"), ("v7", "x")]
)
def test_what_is_no_strategy_of_our_version_is_refused(tmp_path: Path, version: str, kind: str) -> None:
    """With its version and kind, and what belongs there; JSON is YAML."""
    (tmp_path / "a.json").write_text(f'{{"apiVersion": "{version}", "kind": "{kind}", "metadata": {{"name": "x"}}}}')

    assert _problems(tmp_path) == [
        f"a.json: kind is {version} {kind}: only {API_VERSION} TradingStrategy belongs here",
    ]


@pytest.mark.parametrize("files", [("a.yaml", "b.yaml"), ("a.yaml", "a.yaml")])
def test_the_same_strategy_twice_is_refused(tmp_path: Path, files: tuple[str, str]) -> None:
    """In two files or in one: its signals would have the same ids."""
    for name in files:
        with (tmp_path / name).open("a") as file:
            file.write("---\n" + manifest())

    assert _problems(tmp_path) == [f"{files[1]}: metadata.name is swing: stands here twice: keep one"]


def test_a_name_may_be_used_again_in_another_namespace(tmp_path: Path) -> None:
    """They are different strategies."""
    (tmp_path / "a.yaml").write_text(manifest() + "---\n" + manifest(metadata={"name": "swing", "namespace": "b"}))

    assert [found.key for found in load(tmp_path)] == ["default.swing", "b.swing"]


def test_an_empty_folder_holds_no_strategy(tmp_path: Path) -> None:
    """What that means is for the one who asks."""
    assert load(tmp_path) == []


@pytest.mark.parametrize("name", ["nowhere", "file.yaml"])
def test_what_is_no_folder_ends_the_start(tmp_path: Path, name: str) -> None:
    """With a line that names it."""
    (tmp_path / "file.yaml").write_text("a: 1")

    with pytest.raises(Permanent, match=f"{name} is not a folder"):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "a.yaml: document: is not readable YAML: check its syntax in line 1"),
        ("a: 1\nb: 2\nc: d: e", "a.yaml: document: is not readable YAML: check its syntax in line 3"),
        ("name: 2021-99-99", "a.yaml: document: is not readable YAML: check its syntax"),
        ("a: \x00", "a.yaml: document: is not readable YAML: check its syntax"),
        ("[" * 3_000, "a.yaml: document: is not readable YAML: check its syntax"),
        ("- 1", "a.yaml: document is list: write a mapping with kind"),
        (manifest(spec={}), "a.yaml: spec.timeframe: is required"),
        (manifest(metadata={"name": "Big"}), 'a.yaml: metadata.name is "Big": a text'),
        (
            manifest().replace(": rsi", ": rsj"),
            "a.yaml: spec.entries[0].when.all[0].var is rsj: unknown variable: did you",
        ),
    ],
)
def test_a_problem_names_file_and_path(tmp_path: Path, text: str, said: str) -> None:
    """And what would do instead, in one line a problem."""
    (tmp_path / "a.yaml").write_text(text)
    found = _problems(tmp_path)

    assert found[0].startswith(said)
    assert not any("\n" in problem for problem in found)


def test_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    """As any other file that can't be read as YAML."""
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")

    assert _problems(tmp_path)[0].startswith("a.yaml: document: is not readable YAML")


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    """Nobody has to mend one to hear of the next."""
    (tmp_path / "a.yaml").write_text(manifest(kind="Other"))
    (tmp_path / "b.yaml").write_text(manifest())
    (tmp_path / "c.yaml").write_text(manifest(spec={"timeframe": "7m", "entries": 3}))

    assert [problem.partition(" is ")[0] for problem in _problems(tmp_path)] == [
        "a.yaml: kind",
        "c.yaml: spec.timeframe",
        "c.yaml: spec.entries",
    ]


def test_a_broken_document_costs_itself_only(tmp_path: Path) -> None:
    """Not the others of its file; a file that is no YAML costs all of them."""
    broken = manifest("broken").replace(": rsi", ": rsj")
    (tmp_path / "a.yaml").write_text("---\n".join([manifest("first"), broken, manifest("second")]))
    (tmp_path / "b.yaml").write_text(manifest("third") + "---\na: [1")
    found = read_folder(tmp_path)

    assert [strategy.name for strategy in found.strategies] == ["first", "second"]
    assert [problem.field for problem in found.problems] == [
        "a.yaml: spec.entries[0].when.all[0].var",
        "b.yaml: document",
    ]


def test_a_file_beyond_measure_is_not_read(tmp_path: Path) -> None:
    """It is no strategy, and the service's memory is everybody's."""
    (tmp_path / "a.yaml").write_text("# " + "x" * LARGEST)

    assert _problems(tmp_path) == ["a.yaml: document: is larger than 1 MiB: split it"]
