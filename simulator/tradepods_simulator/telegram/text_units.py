"""Lengths as Telegram counts them: UTF-16 code units; an emoji is two."""

Span = tuple[int, int]


def length(text: str) -> int:
    """Code units of a text."""
    return len(text) + sum(character > "\uffff" for character in text)


def byte_offset(text: str, index: int) -> int:
    """Where a character stands in UTF-8: what the Bot API's errors about markup count in."""
    return len(text[:index].encode("utf-8"))


def indices(text: str) -> dict[int, int]:
    """Where in Python's text each code unit's offset is; the middle of an emoji is nowhere."""
    found, units = {}, 0
    for index, character in enumerate(text):
        found[units] = index
        units += 1 + (character > "\uffff")
    found[units] = len(text)
    return found
