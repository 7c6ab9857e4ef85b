"""parse_mode Markdown, the first version that bots still use: no nesting, and escapes only outside of entities."""

import re
from typing import Any

from tradepods_simulator.telegram.html_markup import link
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.text_units import byte_offset, length

Entity = dict[str, Any]
KINDS = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "[": "text_link"}
ENDS = {"[": "]"}
PLAIN = re.compile(r"\\(?P<escaped>[_*`\[])|(?P<mark>```|[_*`\[])")
HEAD = re.compile(r"(?:([^\s`]++)(?=[^`]))?(?:\r\n|\n\r|\n|\r)?")  # of a block of code: its language
ADDRESS = re.compile(r"\(([^)]*)\)?")


def parse_legacy_markdown(markup: str) -> tuple[str, list[Entity]]:
    """The text and its entities; raises Refused."""
    text, entities, at = "", list[Entity](), 0
    while (found := PLAIN.search(markup, at)) is not None:
        text += markup[at : found.start()] + (found["escaped"] or "")
        at = found.end()
        if found["mark"]:
            inner, extra, at = _entity(markup, found["mark"], begin=found.start())
            if inner and extra is not None:
                kind = KINDS[found["mark"]]
                entities.append({"type": kind, "offset": length(text), "length": length(inner), **extra})
            text += inner
    return text + markup[at:], entities


def _entity(markup: str, mark: str, *, begin: int) -> tuple[str, Entity | None, int]:
    """What stands inside, what is told of it, and where the markup goes on."""
    at, extra = begin + len(mark), Entity()
    if mark == "```" and (head := HEAD.match(markup, at)) is not None:
        at, extra = head.end(), {"language": head[1]} if head[1] else {}
    end = markup.find(ENDS.get(mark, mark), at)
    if end < 0:
        where = byte_offset(markup, begin)
        raise bad(f"can't parse entities: Can't find end of the entity starting at byte offset {where}")
    inner, after = markup[at:end], end + len(ENDS.get(mark, mark))
    if mark != "[":
        return inner, extra, after
    address = ADDRESS.match(markup, after)
    return inner, link(inner if address is None else address[1]), after if address is None else address.end()
