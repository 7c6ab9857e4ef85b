"""The database of an account's ledger: a PostgreSQL URL that holds a password, and so is a secret whole."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from tradepods_core.errors import Invalid, Problem

DATABASE_KEY = "url"  # of the Secret
_HOST = r"(?:[A-Za-z0-9._%-]+|\[[0-9A-Fa-f:.]+\])?(?::[0-9]{1,5})?"
_URL = re.compile(
    r"(?:postgresql|postgres)://"
    r"(?:[^\s:@/?#]+(?::(?P<password>[^\s:@/?#]*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"/(?P<name>[^\s:@/?#]+)"
    r"(?:\?(?P<options>[^\s#]*))?"
)
_PASSWORD = re.compile(r"(?:^|&)(?:ssl)?password=([^&]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database; what it is called by `repr` gives nothing away.

    Attributes:
        place: its hosts and name, as they may be shown.
        secrets: the ways in which its secret part may turn up in a text.

    """

    place: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def read_database(text: str) -> Database:
    """The database of a Secret's `url`; raises Invalid that does not repeat it."""
    found = _URL.fullmatch(text)
    if found is None:
        fix = (
            "write postgresql://user:password@host:5432/database?sslmode=verify-full, with : @ / in a password escaped"
        )
        raise Invalid([Problem(field=DATABASE_KEY, value="", fix=fix)])
    passwords = [found["password"] or "", *_PASSWORD.findall(found["options"] or "")]
    forms = (form for password in passwords for form in (password, unquote(password)))
    return Database(
        place=f"{found['hosts']}/{found['name']}",
        url=text,
        secrets=tuple(filter(None, (text, *forms))),
    )
