"""parse_mode HTML: the tags that the Bot API knows, nothing else; refusals in its words."""

import re
from dataclasses import dataclass
from typing import Any

from tradepods_simulator.telegram.refusals import Refused, bad
from tradepods_simulator.telegram.text_units import byte_offset, length

Entity = dict[str, Any]
KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
CHARACTER = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([-.\w]+)(?=[\s>])))?\s*""")
WEB = ("http://", "https://", "tg://", "mailto:", "tel:")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int  # in code units
    index: int  # in the text so far


def parse_html(markup: str) -> tuple[str, list[Entity]]:
    """The text and its entities; raises Refused."""
    parser = _Parser(markup)
    parser.run()
    for entity in parser.entities:
        if entity["type"] == "code":
            entity.pop("language", None)  # only a block of code has one
    outer_first = reversed(parser.entities)
    return parser.text, sorted(outer_first, key=lambda entity: (entity["offset"], -entity["length"]))


def _decoded(text: str) -> str:
    return CHARACTER.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    impossible = code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF  # noqa: PLR2004 - Unicode's own bounds
    return match.group() if impossible else chr(code)


class _Parser:
    def __init__(self, markup: str) -> None:
        self.text = ""
        self.entities: list[Entity] = []
        self._markup = markup
        self._open: list[_Open] = []

    def run(self) -> None:
        """Read it all."""
        at = 0
        while at < len(self._markup):
            tag = self._markup.find("<", at)
            tag = len(self._markup) if tag < 0 else tag
            self.text += _decoded(self._markup[at:tag])
            if tag == len(self._markup):
                break
            at = self._end(tag) if self._markup.startswith("</", tag) else self._begin(tag)
        if self._open:
            raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1].tag}\"")

    def _begin(self, at: int) -> int:
        """A start tag; where the markup goes on."""
        tag = re.split(r"[\s>]", self._markup[at + 1 :], maxsplit=1)[0].lower()
        if at + 1 + len(tag) == len(self._markup):
            raise self._wrong("Unclosed start tag", at)
        if tag not in KINDS:
            raise self._wrong(f'Unsupported start tag "{tag}"', at)
        attributes, end = self._attributes(tag, at, at + 1 + len(tag))
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', at)
        self._open.append(_Open(tag=tag, attributes=attributes, offset=length(self.text), index=len(self.text)))
        return end

    def _attributes(self, tag: str, at: int, place: int) -> tuple[dict[str, str], int]:
        found: dict[str, str] = {}
        while match := ATTRIBUTE.match(self._markup, place):
            name, *values = match.groups()
            value = next((value for value in values if value is not None), None)
            if value is None and self._markup.startswith("=", match.end()):
                break  # a value that does not end
            if value is None and name.lower() != "expandable":
                raise self._wrong(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', at)
            found[name.lower()] = _decoded(value or "")
            place = match.end()
        rest = self._markup[place:].lstrip()
        if not rest.startswith(">"):
            raise self._wrong(f'Unclosed start tag "{tag}"', at)
        return found, len(self._markup) - len(rest) + 1

    def _end(self, at: int) -> int:
        """An end tag; where the markup goes on."""
        if not self._open:
            raise self._wrong("Unexpected end tag", at)
        closing = re.compile(r"</([^\s>]*)\s*>").match(self._markup, at)
        if closing is None:
            raise self._wrong("Unclosed end tag", at)
        found, expected = closing.group(1).lower(), self._open[-1].tag
        if found not in ("", expected):
            place = byte_offset(self._markup, at)
            raise bad(
                f"can't parse entities: Unmatched end tag at byte offset {place}, "
                f'expected "</{expected}>", found "</{found}>"'
            )
        self._close(self._open.pop())
        return closing.end()

    def _close(self, opened: _Open) -> None:
        size = length(self.text) - opened.offset
        kind = KINDS[opened.tag]
        if not size:
            return
        if kind == "pre" and self._is_code_in(opened, size):
            self.entities[-1]["type"] = "pre"
            return
        entity: Entity = {"type": kind, "offset": opened.offset, "length": size}
        extra = self._extra(kind, opened)
        if extra is not None:
            self.entities.append({**entity, **extra})

    def _is_code_in(self, opened: _Open, size: int) -> bool:
        """Whether a `pre` holds just one `code` with a language: both are one entity then."""
        last = self.entities[-1] if self.entities else {}
        return (last.get("type"), last.get("offset"), last.get("length")) == ("code", opened.offset, size) and (
            "language" in last
        )

    def _extra(self, kind: str, opened: _Open) -> Entity | None:
        """What the entity holds besides its place; None where it is none, as a link to nowhere."""
        if kind == "text_link":
            url = opened.attributes.get("href") or self.text[opened.index :]
            return link(url)
        if kind == "custom_emoji":
            number = opened.attributes.get("emoji-id", "")
            if not number.isdecimal() or not int(number):
                raise bad("can't parse entities: Invalid custom emoji identifier specified")
            return {"custom_emoji_id": number}
        language = opened.attributes.get("class", "")
        if kind == "code" and language.startswith("language-") and any(o.tag == "pre" for o in self._open):
            return {"language": language.removeprefix("language-")}
        if kind == "blockquote" and "expandable" in opened.attributes:
            return {"type": "expandable_blockquote"}
        return {}

    def _wrong(self, text: str, at: int) -> Refused:
        return bad(f"can't parse entities: {text} at byte offset {byte_offset(self._markup, at)}")


def link(url: str) -> Entity | None:
    """What a link's entity holds; None where Telegram would not make it one."""
    bare = url.strip()
    if bare.lower().startswith(WEB):
        return {"url": bare}
    return {"url": f"http://{bare}/"} if re.fullmatch(r"[\w-]+(\.[\w-]+)+", bare) else None
