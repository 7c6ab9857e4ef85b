"""Where entries go while the ledger can't take them: a file beside it, whose room was taken while there was some.

A record is its length, its checksum, its number and its JSON, and ends with the length of the next, which is none yet.
What was cut off in writing does not fit its checksum, and is not there. Numbers only grow, over every run: what lies
behind the last record is older than it, and is not read. See docs/decisions/0012-a-journal-beside-the-ledger.md.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOM = 1024 * 1024  # bytes: some hundred orders with all that follows from each
HEAD = struct.Struct("<IIQ")
END = bytes(HEAD.size)


class Unwritable(Exception):
    """The journal can't take a record: its own room is used up, or the disk is gone."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry; `number` is higher than those of all before it, in this run and earlier ones."""

    number: int
    body: bytes


class Journal:
    """One file. It is written in place, so that a full disk does not matter; every record is on the disk at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None
        self._end = 0
        self._last = 0

    def open(self, *, after: int) -> list[Record]:
        """Take the room, and read what an earlier run left; records up to number `after` are done with.

        Raises OSError: then it takes no record.
        """
        self.close()
        self._last = after
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < ROOM:
                os.posix_fallocate(descriptor, 0, ROOM)
                os.fsync(descriptor)
            records = list(_read(descriptor, after))
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._last = _last(records, after)
        self._end = sum(HEAD.size + len(record.body) for record in records)
        return records

    def look(self, *, after: int) -> list[Record]:
        """Only read what an earlier run left, where nothing can be written; raises OSError."""
        self.close()
        self._last = after
        if not self._file.is_file():
            return []
        descriptor = os.open(self._file, os.O_RDONLY)
        try:
            records = list(_read(descriptor, after))
        finally:
            os.close(descriptor)
        self._last = _last(records, after)
        return records

    def append(self, body: bytes) -> int:
        """Add a record; its number, once it is on the disk. Raises Unwritable."""
        number = self._last + 1
        record = HEAD.pack(len(body), _checksum(number, body), number) + body + END
        if self._end + len(record) > ROOM:
            raise Unwritable(f"{self._file} is full")
        try:
            os.pwrite(self._opened(), record, self._end)
            os.fdatasync(self._opened())
        except OSError as error:
            raise Unwritable(f"{self._file}: {error.strerror}") from error
        self._last, self._end = number, self._end + len(record) - len(END)
        return number

    def clear(self) -> None:
        """All of it is in the ledger. A kill before the disk has heard of it does no harm: numbers tell.

        One that could only be read is opened. Raises OSError, and Unwritable where it holds what nobody has read.
        """
        if self._descriptor is None and self.open(after=self._last):
            self.close()
            raise Unwritable(f"{self._file} holds more than was read of it")
        self._end = 0
        os.pwrite(self._opened(), END, 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is None:
            raise Unwritable(f"{self._file} is not open")
        return self._descriptor


def _last(records: list[Record], after: int) -> int:
    return records[-1].number if records else after


def _read(descriptor: int, after: int) -> Iterator[Record]:
    content = os.pread(descriptor, ROOM, 0)
    at, last = 0, after
    while at + HEAD.size <= len(content):
        length, checksum, number = HEAD.unpack_from(content, at)
        body = content[at + HEAD.size : at + HEAD.size + length]
        if not length or number <= last or checksum != _checksum(number, body):
            return
        yield Record(number, body)
        at, last = at + HEAD.size + length, number


def _checksum(number: int, body: bytes) -> int:
    return zlib.crc32(body, number & 0xFFFFFFFF)
