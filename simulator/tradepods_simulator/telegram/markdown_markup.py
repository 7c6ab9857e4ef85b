"""parse_mode MarkdownV2: what begins and ends an entity, and what must be escaped; refusals in the Bot API's words."""

import re
from dataclasses import dataclass
from typing import Any

from tradepods_simulator.telegram.html_markup import link
from tradepods_simulator.telegram.refusals import Refused, bad
from tradepods_simulator.telegram.text_units import byte_offset, length

Entity = dict[str, Any]
RESERVED = "_*[]()~`>#+-=|{}.!"
ESCAPABLE = 126  # the last character that a backslash escapes
MARKS = ("```", "__", "||", "![", "_", "*", "~", "[", "`")  # longer ones first
KINDS = {
    "_": "italic",
    "__": "underline",
    "*": "bold",
    "~": "strikethrough",
    "||": "spoiler",
    "[": "text_link",
    "![": "custom_emoji",
    "`": "code",
    "```": "pre",
    ">": "blockquote",
}
ENDS = {"[": "]", "![": "]"}
NAMES = {
    "_": "Italic",
    "__": "Underline",
    "*": "Bold",
    "~": "Strikethrough",
    "||": "Spoiler",
    "[": "TextUrl",
    "![": "CustomEmoji",
    "`": "Code",
    "```": "Pre",
    ">": "BlockQuote",
}
PRE_HEAD = re.compile(r"(?:([^\s`]++)(?=[^`]))?(?:\r\n|\n\r|\n|\r)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    mark: str
    offset: int  # in code units
    index: int  # in the text so far
    at: int  # in the markup
    language: str = ""
    number: int = 0


def parse_markdown(markup: str) -> tuple[str, list[Entity]]:
    """The text and its entities; raises Refused."""
    parser = _Parser(markup)
    parser.run()
    found = sorted(parser.entities, key=lambda one: (one[1]["offset"], -one[1]["length"], one[0]))
    return parser.text, [entity for _, entity in found]


class _Parser:
    def __init__(self, markup: str) -> None:
        self.text = ""
        self.entities: list[tuple[int, Entity]] = []  # with the number in which they began
        self._markup = markup
        self._open: list[_Open] = []
        self._begun = 0

    def run(self) -> None:
        """Read it all."""
        at = 0
        while at < len(self._markup):
            at = self._step(at)
        if any(opened.mark == ">" for opened in self._open):
            self._end_quote()
        if self._open:
            raise self._endless(self._open[-1])

    def _step(self, at: int) -> int:
        """One character or mark; where the markup goes on."""
        character, top = self._markup[at], self._open[-1].mark if self._open else ""
        after = self._markup[at + 1 : at + 2]
        if character == "\\" and after and ord(after) <= ESCAPABLE:
            self.text += after
            return at + 2
        if top in ("`", "```"):
            if self._markup.startswith(top, at):
                return self._end(at)
            if character != "`":
                self.text += character
                return at + 1
        elif character == "\n":
            return self._newline(at)
        elif character not in RESERVED:
            self.text += character
            return at + 1
        return self._mark(at, top)

    def _mark(self, at: int, top: str) -> int:
        mark = next((mark for mark in MARKS if self._markup.startswith(mark, at)), self._markup[at])
        if self._ends(top, mark, at):
            return self._end(at)
        if mark == ">" and (not self.text or self.text[-1] in "\r\n"):
            if not any(opened.mark == ">" for opened in self._open):
                self._start(mark, at)
            return at + 1
        if mark not in MARKS:
            raise self._wrong(f"Character '{mark}' is reserved and must be escaped with the preceding '\\'")
        if mark != "```":
            self._start(mark, at)
            return at + len(mark)
        head = PRE_HEAD.match(self._markup, at + 3)
        self._start(mark, at, language=(head.group(1) or "") if head else "")
        return head.end() if head else at + 3

    def _ends(self, top: str, mark: str, at: int) -> bool:
        """Whether what stands here ends the innermost entity; `__` is never the end of one `_`."""
        if not top or top == ">":
            return False
        return mark == top if top in ("_", "__") else self._markup.startswith(ENDS.get(top, top), at)

    def _start(self, mark: str, at: int, *, language: str = "") -> None:
        self._begun += 1
        self._open.append(
            _Open(
                mark=mark,
                offset=length(self.text),
                index=len(self.text),
                at=at,
                language=language,
                number=self._begun,
            )
        )

    def _newline(self, at: int) -> int:
        quoted = any(opened.mark == ">" for opened in self._open)
        if quoted and self._markup[at + 1 : at + 2] != ">":
            self._end_quote(ending="\n")
        else:
            self.text += "\n"
        return at + 1

    def _end_quote(self, *, ending: str = "") -> None:
        """A quote ends; an empty spoiler at its end says that it can be expanded."""
        mark = self._open[-1]
        expandable = mark.mark == "||" and not self.text[mark.index :].strip("\r") and self._open[-2].mark == ">"
        if expandable:
            self._open.pop()
        if self._open[-1].mark != ">":
            raise self._endless(self._open[-1])
        self.text += ending
        self._keep(self._open.pop(), {"type": "expandable_blockquote"} if expandable else {})

    def _end(self, at: int) -> int:
        """An entity ends; where the markup goes on."""
        opened = self._open.pop()
        if opened.mark not in ENDS:
            self._keep(opened, {"language": opened.language} if opened.language else {})
            return at + len(opened.mark)
        if self._markup[at + 1 : at + 2] == "(":
            url, end = self._address(opened, at + 2)
        elif opened.mark == "![":
            raise self._wrong("Custom emoji entity must contain a tg://emoji URL")
        else:
            url, end = self.text[opened.index :], at + 1
        self._keep(opened, _emoji(url) if opened.mark == "![" else link(url))
        return end

    def _address(self, opened: _Open, begin: int) -> tuple[str, int]:
        match = re.compile(r"((?:\\[\x01-\x7e]|[^)])*+)\)").match(self._markup, begin)
        if match is None:
            kind = "a custom emoji URL" if opened.mark == "![" else "a URL"
            raise self._wrong(f"Can't find end of {kind} at byte offset {byte_offset(self._markup, begin)}")
        return re.sub(r"\\([\x01-\x7e])", r"\1", match.group(1)), match.end()

    def _keep(self, opened: _Open, extra: Entity | None) -> None:
        size = length(self.text) - opened.offset
        if size and extra is not None:
            entity = {"type": KINDS[opened.mark], "offset": opened.offset, "length": size, **extra}
            self.entities.append((opened.number, entity))

    def _endless(self, opened: _Open) -> Refused:
        name = "PreCode" if opened.language else NAMES[opened.mark]
        return self._wrong(f"Can't find end of {name} entity at byte offset {byte_offset(self._markup, opened.at)}")

    def _wrong(self, text: str) -> Refused:
        return bad(f"can't parse entities: {text}")


def _emoji(url: str) -> Entity:
    match = re.fullmatch(r"(?i)tg://emoji/?\?(?:[^#]*&)?id=(\d+)(?:[&#].*)?", url)
    if match is None or not int(match.group(1)):
        raise bad("can't parse entities: Invalid custom emoji identifier specified")
    return {"custom_emoji_id": match.group(1)}
