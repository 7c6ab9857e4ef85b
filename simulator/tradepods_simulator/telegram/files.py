"""What was uploaded: sent again by its file_id, fetched again by its path."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal

from tradepods_simulator.telegram.images import as_photo, look
from tradepods_simulator.telegram.params import Params, Upload
from tradepods_simulator.telegram.refusals import Refused, bad

Json = dict[str, Any]
Kind = Literal["photo", "document"]
MOST_TO_FETCH = 20 * 1024 * 1024
ATTACHED = "attach://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A photo or a document; `path` is what the Bot API's download address ends in."""

    id: str
    unique: str
    kind: Kind
    name: str
    path: str
    content_type: str
    size: int
    width: int = 0
    height: int = 0

    def json(self) -> Json:
        """The part of a message that holds it."""
        file = {"file_id": self.id, "file_unique_id": self.unique, "file_size": self.size}
        if self.kind == "photo":
            return {"photo": [{**file, "width": self.width, "height": self.height}]}
        return {"document": {**file, "file_name": self.name, "mime_type": self.content_type}}

    def told(self) -> Json:
        """For an examiner."""
        return {"kind": self.kind, "file": self.id, "name": self.name, "size": self.size, "path": self.path}


class Files:
    """All files of all bots. A file_id belongs to the bot that has it, as in Telegram."""

    def __init__(self) -> None:
        self._media: dict[str, Media] = {}
        self._contents: dict[str, bytes] = {}

    def keep(self, bot: str, upload: Upload, kind: Kind) -> Media:
        """An upload; raises Refused where it is no such thing."""
        if not upload.content:
            raise bad("file must be non-empty")
        picture = as_photo(upload.content) if kind == "photo" else look(upload.content)
        number = len(self._media) + 1
        name = re.sub(r"[/\\\x00-\x1f]", "_", upload.name) or "file"
        ending = _ending(name) if picture is None or kind == "document" else picture.ending
        media = Media(
            id=f"{_digest(bot)[:8]}-{kind}-{number}",
            unique=_digest(upload.content)[:16],
            kind=kind,
            name=name,
            path=f"{kind}s/file_{number}.{ending}",
            content_type=upload.kind if picture is None else picture.kind,
            size=len(upload.content),
            width=0 if picture is None else picture.width,
            height=0 if picture is None else picture.height,
        )
        self._media[media.id], self._contents[media.id] = media, upload.content
        return media

    def find(self, number: str, *, bot: str | None = None) -> Media | None:
        """A file; with a bot, only one that it has."""
        found = self._media.get(number)
        return found if found is not None and (bot is None or number.startswith(_digest(bot)[:8])) else None

    def at(self, bot: str, path: str) -> Media | None:
        """A bot's file by its path."""
        return next((m for m in self._media.values() if m.path == path and self.find(m.id, bot=bot)), None)

    def content(self, media: Media) -> bytes:
        """What is in it."""
        return self._contents[media.id]

    def to_fetch(self, number: str, *, bot: str) -> Media:
        """A file that a bot may fetch; raises Refused."""
        found = self.find(number, bot=bot)
        if found is None:
            raise bad("invalid file_id")
        if found.size > MOST_TO_FETCH:
            raise bad("file is too big")
        return found


def read_media(files: Files, bot: str, params: Params, kind: Kind, name: str) -> Media:
    """The file that a parameter means: one that came with the call, or one that the bot has; raises Refused."""
    written = params.text(name)
    attached = written.removeprefix(ATTACHED) if written.startswith(ATTACHED) else ""
    upload = params.uploads.get(attached or name) if attached or not written else None
    if upload is not None:
        return files.keep(bot, upload, kind)
    if not written:
        raise bad(f"there is no {kind} in the request")
    if re.match(r"https?://", written):
        raise bad("failed to get HTTP URL content")  # this API does not go out into the world
    found = files.find(written, bot=bot)
    if found is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if found.kind != kind:
        raise _wrong_type(found.kind, kind)
    return found


def _ending(name: str) -> str:
    """What a document's path ends in, which is part of an address."""
    return re.sub(r"[^A-Za-z0-9]", "", name.rpartition(".")[2])[:10] or "bin"


def _wrong_type(found: str, wanted: str) -> Refused:
    return bad(f"can't use file of type {found.capitalize()} as {wanted.capitalize()}")


def _digest(value: bytes | str) -> str:
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()
