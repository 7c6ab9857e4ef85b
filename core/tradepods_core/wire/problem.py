"""RFC 9457 problem documents: how an HTTP door says no."""

from tradepods_core.shapes import Message

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(Message):
    """One refusal: `title` names the kind, `detail` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
