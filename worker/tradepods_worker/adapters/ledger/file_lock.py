"""One process a ledger file: the kernel's lock on it dies with its holder, so a restart need not wait for anything."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from tradepods_worker.ports.ledger import LeaseHeld, LedgerDown

BOOT = Path("/proc/sys/kernel/random/boot_id")


class FileLock:
    """An exclusive lock beside a file."""

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(f"{file.name}.lock")
        self._descriptor: int | None = None

    def take(self, *, holder: str) -> None:
        """Take it, and say who has it; raises LeaseHeld while another process does, LedgerDown where nobody can."""
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(descriptor, 200).decode(errors="replace")
            os.close(descriptor)
            raise LeaseHeld(f"{self._path} is held by {other or 'another process'}: stop it first") from None
        except OSError as error:
            os.close(descriptor)
            raise self._unusable(error) from error
        with suppress(OSError):  # where there is no room for a name, the lock holds without one
            os.ftruncate(descriptor, 0)
            os.write(descriptor, holder.encode())
        self._descriptor = descriptor

    def _opened(self) -> int:
        """The kernel locks a file that can only be read as well as another: that needs no room."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            with suppress(OSError):
                return os.open(self._path, os.O_RDONLY)
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> LedgerDown:
        return LedgerDown(f"the lock {self._path} can't be had: {error.strerror}")

    def place(self) -> str | None:
        """What no other file has at the same time, on any machine: who holds its lock has outlived its last holder.

        None where this machine does not say which one it is.
        """
        if self._descriptor is None or not BOOT.exists():
            return None
        found = os.fstat(self._descriptor)
        return f"{BOOT.read_text('ascii').strip()}/{found.st_dev}/{found.st_ino}"

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
