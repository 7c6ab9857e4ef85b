"""Whose certificates are believed of an https URL. What all connections believe is read once: it weighs a megabyte."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import certifi

from tradepods_core.errors import Permanent


def public(*, also: Path | None = None) -> ssl.SSLContext:
    """Those that the public authorities vouch for, and the file's where there is one; raises Permanent, naming it."""
    context = ssl.create_default_context(cafile=certifi.where())
    if also is not None:
        with _readable(also):
            context.load_verify_locations(also)
    return context


def trusted(ca: Path | None) -> ssl.SSLContext:
    """Those that the file's certificates vouch for, and no others; without a file those that the public ones do.

    Raises Permanent, which names the file.
    """
    if ca is None:
        return public()
    with _readable(ca):
        return ssl.create_default_context(cafile=ca)


@contextmanager
def _readable(ca: Path) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError:
        raise Permanent(f"{ca} holds no certificates in PEM form") from None
    except OSError as error:
        raise Permanent(f"can't read the certificates in {ca}: {error.strerror}") from None
