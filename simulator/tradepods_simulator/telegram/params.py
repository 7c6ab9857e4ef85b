"""What a call says: as JSON, as a form, with files, or in the query; the Bot API takes all four."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from tradepods_simulator.telegram.refusals import bad

Json = dict[str, Any]
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a call."""

    name: str
    kind: str
    content: bytes


class Params:
    """A call's parameters. Forms hold texts only, so each reader takes a value and its JSON text alike."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload]) -> None:
        self._values = values
        self.uploads = uploads

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """A text, "" where it is absent; raises Refused where it is no valid Unicode."""
        value = self._values.get(name)
        found = "" if value is None else str(value)
        if not is_unicode(found):
            raise bad("strings must be encoded in UTF-8")
        return found

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; the default where it is absent or none, as the Bot API has it."""
        try:
            return int(str(self._values.get(name, default)))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """True as the Bot API reads it: true, yes, 1."""
        return str(self._values.get(name, "")).lower() in ("true", "yes", "1")

    def structure(self, name: str, called: str) -> Any:
        """A list or an object, None where it is absent; raises Refused, which names it as `called`."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise bad(f"can't parse {called} JSON object") from None

    def within(self, values: Mapping[str, Any]) -> "Params":
        """Parameters of a part of this call, as of one picture of an album, with the call's files."""
        return Params(values, self.uploads)


def is_unicode(text: str) -> bool:
    """Whether a text can be written: half of a surrogate pair can't."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


async def read_params(request: web.Request) -> Params:
    """The parameters of a request; those of a body that can't be read are none."""
    try:
        if request.content_type == "application/json":
            body = await request.json()
            return Params(body if isinstance(body, dict) else {}, {})
        form = await request.post() if request.content_type in FORMS else {}
    except (ValueError, RecursionError):
        return Params(dict(request.query), {})
    uploads = {name: _upload(field) for name, field in form.items() if isinstance(field, FileField)}
    texts = {name: field for name, field in form.items() if isinstance(field, str)}
    return Params({**request.query, **texts}, uploads)


def _upload(field: FileField) -> Upload:
    return Upload(name=field.filename, kind=field.content_type, content=field.file.read())
