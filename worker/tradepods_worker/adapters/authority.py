"""Whose certificates are believed of an https URL. What all connections believe is read once: it weighs a megabyte."""

import ssl
from pathlib import Path

import certifi

from tradepods_core.errors import Permanent


def public() -> ssl.SSLContext:
    """Those that the public authorities vouch for."""
    return ssl.create_default_context(cafile=certifi.where())


def trusted(ca: Path | None) -> ssl.SSLContext:
    """Those that the file's certificates vouch for, and no others; without a file those that the public ones do.

    Raises Permanent, which names the file.
    """
    if ca is None:
        return public()
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise Permanent(f"{ca} holds no certificates in PEM form") from None
    except OSError as error:
        raise Permanent(f"can't read the certificates in {ca}: {error.strerror}") from None
