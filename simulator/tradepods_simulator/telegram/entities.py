"""A text and its entities: parsed by `parse_mode`, found in plain text, trimmed as Telegram trims."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tradepods_simulator.telegram.html_markup import parse_html
from tradepods_simulator.telegram.legacy_markup import parse_legacy_markdown
from tradepods_simulator.telegram.markdown_markup import parse_markdown
from tradepods_simulator.telegram.params import Params
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.text_units import indices, length

Entity = dict[str, Any]
Marked = tuple[str, list[Entity]]
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024  # code units, after the markup is gone
LONGEST_MARKUP = 32_768  # bytes: what is longer is not looked into
PARSERS: Mapping[str, Callable[[str], Marked]] = {
    "html": parse_html,
    "markdown": parse_legacy_markdown,
    "markdownv2": parse_markdown,
}
FOUND = (
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,:;!?)\]]")),
    ("bot_command", re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@<>])")),
    ("mention", re.compile(r"(?<![\w/@])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)


def read_text(params: Params) -> Marked:
    """A message's text; raises Refused where it is empty or too long."""
    if not params.text("text"):
        raise bad("message text is empty")
    text, entities = _read(params, "text", "entities")
    if not text:
        raise bad("text must be non-empty")
    if length(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return text, entities


def read_caption(params: Params) -> Marked:
    """A caption, which may be empty; raises Refused where it is too long."""
    text, entities = _read(params, "caption", "caption_entities")
    if length(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return text, entities


def _read(params: Params, name: str, given: str) -> Marked:
    mode = params.text("parse_mode").lower()
    if len(params.text(name).encode()) > LONGEST_MARKUP:
        raise bad("text is too long")
    if mode in ("", "none"):
        told = params.structure(given, "entities")
        text, entities = params.text(name), _checked(told, params.text(name))
    elif mode in PARSERS:
        text, entities = PARSERS[mode](params.text(name))
    else:
        raise bad("unsupported parse_mode")
    text, entities = _trimmed(text, entities)
    return text, with_found(text, entities)


def _checked(told: object, text: str) -> list[Entity]:
    """Entities that the bot gives itself; raises Refused where they lie outside of the text."""
    if told is None:
        return []
    if not isinstance(told, list) or not all(isinstance(entity, dict) for entity in told):
        raise bad("can't parse entities: expected an Array of MessageEntity")
    entities = [{**e, "offset": _number(e, "offset"), "length": _number(e, "length")} for e in told]
    places = indices(text)
    for entity in entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        if begin not in places or end not in places:
            place = "begins" if begin not in places else "ends"
            raise bad(f"entity {place} in a middle of a UTF-16 symbol or beyond the text at offset {begin}")
    return [entity for entity in entities if entity["length"] > 0]


def _number(entity: Entity, name: str) -> int:
    value = entity.get(name)
    if not isinstance(value, int):
        raise bad(f'can\'t parse entities: field "{name}" must be a Number')
    return value


def _trimmed(text: str, entities: Sequence[Entity]) -> Marked:
    """Without white space around it; entities that covered only that are gone."""
    bare = text.strip()
    before = length(text[: len(text) - len(text.lstrip())])
    end, kept = length(bare), []
    for entity in entities:
        first = max(entity["offset"] - before, 0)
        last = min(entity["offset"] + entity["length"] - before, end)
        if first < last:
            kept.append({**entity, "offset": first, "length": last - first})
    return bare, kept


def with_found(text: str, entities: Sequence[Entity] = ()) -> list[Entity]:
    """The entities, and what Telegram finds by itself where none is: commands, mentions, hashtags, addresses."""
    every = list(entities)
    for entity in _find(text):
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        if all(end <= other["offset"] or begin >= other["offset"] + other["length"] for other in every):
            every.append(entity)
    return sorted(every, key=lambda entity: (entity["offset"], -entity["length"]))


def _find(text: str) -> Iterator[Entity]:
    for kind, pattern in FOUND:
        for match in pattern.finditer(text):
            yield {"type": kind, "offset": length(text[: match.start()]), "length": length(match.group())}
