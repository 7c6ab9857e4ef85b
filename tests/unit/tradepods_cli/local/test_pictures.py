"""The pictures: one an account and one of all, legible whatever the day was like."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from tradepods_cli.local.history import Opening, Point, Trade
from tradepods_cli.local.pictures import LABEL_SPACE, Portrait, draw, spread

D = Decimal
MIDNIGHT = datetime(2025, 6, 2, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"


def _portrait(name: str, worth: Sequence[int], *, dry_run: bool = False) -> Portrait:
    points = [Point(MIDNIGHT + timedelta(hours=hour), D(value)) for hour, value in enumerate(worth)]
    opening = Opening("long", MIDNIGHT - timedelta(minutes=1))
    trade = Trade(
        symbol="BTC/USDT:USDT",
        side="long",
        opened_at=opening.at,
        closed_at=MIDNIGHT + timedelta(minutes=90),
        kind="trailingStops",
        net=D(1),
    )
    return Portrait(name=name, says="5 % at 5x", dry_run=dry_run, points=points, openings=(opening,), trades=(trade,))


def _size(file: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    head = file.read_bytes()[:24]
    assert head.startswith(PNG)
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_each_account_has_a_picture_and_all_have_one(tmp_path: Path) -> None:
    """PNGs that fit a README's width."""
    draw(tmp_path, [_portrait("alice", [100, 110, 90], dry_run=True), _portrait("bob", [100, 100, 101])])

    assert sorted(file.name for file in tmp_path.iterdir()) == ["equity-alice.png", "equity-bob.png", "equity.png"]
    assert {_size(file) for file in tmp_path.iterdir()} == {(1100, 506)}


def test_the_same_day_gives_the_same_picture(tmp_path: Path) -> None:
    """Byte for byte."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        draw(tmp_path / name, [_portrait("bob", [100, 110, 90])])

    assert (tmp_path / "one" / "equity-bob.png").read_bytes() == (tmp_path / "two" / "equity-bob.png").read_bytes()


@pytest.mark.parametrize("worth", [[100, 100], [0, 0, 0], [10_000, 1]])
def test_an_uneventful_or_ruinous_day_is_drawn_too(tmp_path: Path, worth: list[int]) -> None:
    """A flat line, nothing at all, almost all lost."""
    draw(tmp_path, [_portrait("bob", worth)])

    assert _size(tmp_path / "equity.png")


def test_many_accounts_are_drawn(tmp_path: Path) -> None:
    """More than there are colours."""
    draw(tmp_path, [_portrait(f"trader-{number:02}", [100, 100 + number]) for number in range(9)])

    assert len(list(tmp_path.glob("equity-*.png"))) == 9


def test_without_a_history_nothing_is_drawn(tmp_path: Path) -> None:
    """No empty frames; a single moment is no history."""
    draw(tmp_path, [_portrait("alice", []), _portrait("bob", [100])])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "heights", [[], [0.5], [0.9, 0.1], [0.5, 0.5, 0.5], [0.02, 0.01, 0.0], [1.0, 1.0, 0.99, 0.0, 0.0, 0.0]]
)
def test_names_never_overlap(heights: list[float]) -> None:
    """They keep their order and stay within the picture; those with room stay where they are."""
    found = spread(heights)
    gaps = [upper - lower for upper, lower in pairwise(found)]

    assert len(found) == len(heights)
    assert all(gap >= LABEL_SPACE - 1e-9 for gap in gaps)
    assert all(0 <= height <= 1 for height in found)
    if heights in ([0.5], [0.9, 0.1]):
        assert found == heights
