"""Pictures: their kind and size by their first bytes; what is none, or too large, is refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.telegram_bench import png
from tradepods_simulator.telegram.images import MOST_BYTES, Picture, as_photo, look
from tradepods_simulator.telegram.refusals import Refused

GIF = b"GIF89a" + struct.pack("<HH", 5, 6) + b"rest"
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 6, 5) + b"rest"


@pytest.mark.parametrize(
    ("content", "kind", "ending"),
    [(png(5, 6), "image/png", "png"), (GIF, "image/gif", "gif"), (JPEG, "image/jpeg", "jpg")],
)
def test_pictures_tell_their_size(content: bytes, kind: str, ending: str) -> None:
    """PNG, GIF and JPEG."""
    assert look(content) == Picture(kind=kind, ending=ending, width=5, height=6)


@given(st.binary(max_size=40), st.sampled_from([b"", png()[:8], b"GIF89a", b"\xff\xd8"]))
def test_no_bytes_break_it(content: bytes, head: bytes) -> None:
    """Whatever follows a picture's first bytes."""
    found = look(head + content)

    assert found is None or found.width >= 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "IMAGE_PROCESS_FAILED"),
        (b"\xff\xd8\xff", "IMAGE_PROCESS_FAILED"),
        (png(0, 5)[:40], "PHOTO_INVALID_DIMENSIONS"),
        (png(9000, 1001)[:40], "PHOTO_INVALID_DIMENSIONS"),
        (png(21, 1), "PHOTO_INVALID_DIMENSIONS"),
        (png() + b"x" * MOST_BYTES, "the maximum size is 10485760 bytes"),
    ],
)
def test_what_telegram_takes_for_no_photo_is_refused(content: bytes, said: str) -> None:
    """No picture, too stretched, or too large."""
    with pytest.raises(Refused, match=said):
        as_photo(content)
