"""The keys of our own tokens: one file each, named by the key's id, as a mounted Secret has them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from tradepods_core.errors import Permanent

READ_EVERY = 5.0  # seconds: a key that was taken away is refused after that
log = structlog.get_logger()


class KeyFolder:
    """At most `most` keys of at least `shortest` characters; read again from time to time.

    Args:
        seconds: a clock that only goes forward.

    """

    def __init__(self, folder: Path, *, most: int, shortest: int, seconds: Callable[[], float]) -> None:
        self._folder, self._most, self._shortest, self._seconds = folder, most, shortest, seconds
        self._keys: Mapping[str, bytes] = self._read()
        self._read_at = seconds()

    def keys(self) -> Mapping[str, bytes]:
        """The keys by their ids. A folder that can't be used now leaves the ones that were read last."""
        if self._seconds() - self._read_at > READ_EVERY:
            self._read_at = self._seconds()
            try:
                self._keys = self._read()
            except Permanent as error:
                log.warning("token_keys_not_read", error=str(error))
        return self._keys

    def _read(self) -> Mapping[str, bytes]:
        try:
            files = sorted(path for path in self._folder.iterdir() if path.is_file() and path.name[0] != ".")
            found = {path.name: path.read_bytes().strip() for path in files}
        except OSError as error:
            raise Permanent(f"can't read the token keys in {self._folder}: {error.strerror}") from None
        if not 0 < len(found) <= self._most:
            raise Permanent(f"{self._folder} holds {len(found)} token keys: 1 to {self._most} files, one key each")
        for name, key in found.items():
            if len(key) < self._shortest:
                raise Permanent(f"the token key {self._folder / name} is short: at least {self._shortest} characters")
        return found
