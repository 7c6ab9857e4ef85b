"""What an uploaded picture is, read from its first bytes: PNG, JPEG or GIF, and its size in pixels."""

import struct
from dataclasses import dataclass

from tradepods_simulator.telegram.refusals import bad

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 10_000  # width and height together
MOST_STRETCHED = 20  # the longer side by the shorter one
PNG, GIF, JPEG = b"\x89PNG\r\n\x1a\n", b"GIF8", b"\xff\xd8"
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG segments that hold the picture's size


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture's kind, as in Content-Type and in a file's name, and its size."""

    kind: str
    ending: str
    width: int
    height: int


def look(content: bytes) -> Picture | None:
    """What a file shows; None where it is no picture."""
    try:
        if content.startswith(PNG):
            width, height = struct.unpack(">II", content[16:24])
            return Picture(kind="image/png", ending="png", width=width, height=height)
        if content.startswith(GIF):
            width, height = struct.unpack("<HH", content[6:10])
            return Picture(kind="image/gif", ending="gif", width=width, height=height)
        if content.startswith(JPEG):
            width, height = _jpeg(content)
            return Picture(kind="image/jpeg", ending="jpg", width=width, height=height)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg(content: bytes) -> tuple[int, int]:
    place = 2
    while content[place] == 0xFF:  # noqa: PLR2004 - each segment begins so
        if content[place + 1] in FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + int(struct.unpack(">H", content[place + 2 : place + 4])[0])
    raise IndexError


def as_photo(content: bytes) -> Picture:
    """A picture that Telegram takes as a photo; raises Refused."""
    if len(content) > MOST_BYTES:
        raise bad(f"file of size {len(content)} bytes is too big for a photo; the maximum size is {MOST_BYTES} bytes")
    picture = look(content)
    if picture is None:
        raise bad("IMAGE_PROCESS_FAILED")
    sides = sorted((picture.width, picture.height))
    if not sides[0] or sum(sides) > MOST_PIXELS or sides[1] > MOST_STRETCHED * sides[0]:
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return picture
