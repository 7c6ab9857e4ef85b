"""YAML as a person means it."""

from pathlib import Path

import pytest

from tradepods_cli.documents import documents_of
from tradepods_core.errors import Invalid

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _read(folder: Path, text: str) -> list[object]:
    file = folder / "a.yaml"
    file.write_text(text)
    return documents_of(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1:30", "1:30"),
        ("010", 10.0),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("-5", -5),
        ("0.8", 0.8),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("yes", True),
        ("2026-11-21x", "2026-11-21x"),
    ],
)
def test_a_number_is_what_everybody_takes_for_one(tmp_path: Path, text: str, value: object) -> None:
    """YAML 1.1 would read 1:30 as 90 and 010 as 8."""
    assert _read(tmp_path, f"a: {text}\n") == [{"a": value}]


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "spec:\n  leverage: 5\n  leverage: 50\n"])
def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    """Which of them was meant, nobody knows."""
    with pytest.raises(Invalid, match=r"document: line 3: this key stands here already: keep one"):
        _read(tmp_path, text)


def test_anchors_and_merges_are_fine(tmp_path: Path) -> None:
    """A key of one's own wins over a merged one."""
    text = "base: &base {a: 1, b: 2}\nmine:\n  <<: *base\n  b: 3\n"

    assert _read(tmp_path, text) == [{"base": {"a": 1, "b": 2}, "mine": {"a": 1, "b": 3}}]


@pytest.mark.parametrize("text", [BOMB, "leverage: &x [*x]\n"])
def test_a_document_that_grows_without_end_is_refused(tmp_path: Path, text: str) -> None:
    """Nine aliases of nine aliases are gigabytes; one of itself has no end."""
    with pytest.raises(Invalid, match="more than 100,000 values, or an alias of itself"):
        _read(tmp_path, text)
