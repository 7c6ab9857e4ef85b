"""What a message has room for: Telegram counts UTF-16 code units."""

from collections.abc import Sequence

from tradepods_worker.adapters.telegram.phrasing import Phrases

LONGEST = 4_000  # below Telegram's 4,096, so that the last line fits too
MOST_LISTED = 20


def length(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le", "replace")) // 2


def fitted(blocks: Sequence[str], write: Phrases) -> str:
    """The blocks that fit, whole; how many don't is said. The first is cut where it is too long by itself."""
    first = blocks[0] if length(blocks[0]) <= LONGEST else blocks[0][: LONGEST // 2]
    text = first
    for number, block in enumerate(blocks[1:], start=1):
        if length(text) + 1 + length(block) > LONGEST:
            return f"{text}\n{write('lists.cut', count=len(blocks) - number)}"
        text = f"{text}\n{block}"
    return text


def listed(words: Sequence[str], write: Phrases, *, most: int = MOST_LISTED) -> str:
    """The first of them, and how many more there are."""
    shown = ", ".join(words[:most])
    return write("lists.more", words=shown, count=len(words) - most) if len(words) > most else shown
