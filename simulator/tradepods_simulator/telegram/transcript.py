"""What bots said, in order; also as lines in a file, for people to read and for tests to search."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message: who said it to which chat."""

    number: int
    bot: str
    chat: str
    text: str


class Transcript:
    """Kept in memory, and written line by line where a file is given."""

    def __init__(self, file: Path | None = None) -> None:
        self._said: list[Said] = []
        self._file = file

    def add(self, *, bot: str, chat: str, text: str) -> Said:
        """Keep a message."""
        said = Said(number=len(self._said) + 1, bot=bot, chat=chat, text=text)
        self._said.append(said)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"bot": bot, "chat": chat, "text": text}, ensure_ascii=False) + "\n")
        return said

    def of(self, bot: str | None) -> Iterator[Said]:
        """All that one bot said; all of all with None."""
        return (said for said in self._said if bot in (None, said.bot))
