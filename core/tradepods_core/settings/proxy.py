"""The proxy through which an account's venue is reached: a URL that may hold a password, and so is a secret whole."""

import re
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import unquote

from tradepods_core.errors import Invalid, Problem

PROXY_KEY = "url"  # of the Secret
PORTS = 65_536
_URL = re.compile(
    r"(?P<kind>https?|socks5)://"
    r"(?:[^\s:@/?#]+(?::(?P<password>[^\s:@/?#]*))?@)?"
    r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
    r":(?P<port>[0-9]{1,5})/?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy; what it is called by `repr` gives nothing away.

    Attributes:
        secrets: the ways in which its secret part may turn up in a text.

    """

    kind: Literal["http", "https", "socks5"]
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def read_proxy(text: str) -> Proxy:
    """The proxy of a Secret's `url`; raises Invalid that does not repeat it."""
    found = _URL.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < PORTS:
        fix = "write http://, https:// or socks5://, then user:password@ where it needs them, host and port"
        raise Invalid([Problem(field=PROXY_KEY, value="", fix=fix)])
    password = found["password"] or ""
    kind = cast("Literal['http', 'https', 'socks5']", found["kind"])
    return Proxy(kind=kind, url=text, secrets=tuple(filter(None, (text, password, unquote(password)))))
