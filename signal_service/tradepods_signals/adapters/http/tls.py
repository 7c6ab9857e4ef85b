"""The certificate that the service shows: checked at the start, read again when whoever mounts it has renewed it."""

import ssl
from pathlib import Path

import structlog

from tradepods_core.errors import Permanent

LEAST = ssl.TLSVersion.TLSv1_2
log = structlog.get_logger()
_Stamp = tuple[int, int]  # when each of both files was changed, ns


class _Encrypted(Exception):
    """The key asks for a passphrase, and nobody is there to type one."""


class Certificate:
    """A certificate, those that vouch for it behind it, and its key. Raises Permanent that names the file."""

    def __init__(self, *, cert: Path, key: Path) -> None:
        self._cert, self._key = cert, key
        self._stamp = self._changed_at()
        self.context = self._read(_context())

    def refresh(self) -> None:
        """Read the files again where they have changed; while they don't fit together, what was read counts."""
        try:
            stamp = self._changed_at()
            if stamp == self._stamp:
                return
            self._read(_context())  # what does not fit must not touch the one in use
            self._read(self.context)
        except Permanent as error:
            log.warning("certificate_not_renewed", error=str(error))
            return
        self._stamp = stamp
        log.info("certificate_renewed", file=str(self._cert))

    def _changed_at(self) -> _Stamp:
        try:
            return self._cert.stat().st_mtime_ns, self._key.stat().st_mtime_ns
        except OSError as error:
            raise Permanent(f"can't read {error.filename}: {error.strerror}") from None

    def _read(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """Raises Permanent; what OpenSSL says of a key's content is not passed on."""
        for file in (self._cert, self._key):
            if reason := _unreadable(file):
                raise Permanent(f"can't read {file}: {reason}")
        try:
            context.load_cert_chain(self._cert, self._key, password=_refuse)
        except _Encrypted:
            raise Permanent(f"the key {self._key} has a passphrase: give one without") from None
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise Permanent(f"the key {self._key} is not that of the certificate {self._cert}") from None
            what = f"{self._cert} and {self._key} are no certificate and key in PEM form"
            raise Permanent(f"{what}: {error.reason or 'not readable'}") from None
        return context


def _context() -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = LEAST
    found.set_alpn_protocols(["http/1.1"])
    return found


def _unreadable(file: Path) -> str:
    """Why a file can't be read; "" where it can."""
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _refuse() -> str:
    raise _Encrypted
