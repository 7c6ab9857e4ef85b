"""Keeps out of a worker what its libraries would import and it never uses: each account pays for a module in memory.

A library that can do without another is told that it isn't there; one that can't is given a stand-in. Afterwards both
are gone again: whoever imports such a library then gets the real one.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType


class _Empty(type):
    """An exception that nobody raises, and every name in it is another one."""

    def __getattr__(cls, name: str) -> "_Empty":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Empty(name, (Exception,), {})


class _StandIn(ModuleType):
    """A package whose every name is such an exception."""

    __path__ = ()  # type: ignore[assignment]  # a package without a folder

    def __getattr__(self, name: str) -> _Empty:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Empty(name, (Exception,), {})


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Importing one of these fails, as where it isn't installed; one that is loaded already stays."""
    with _replaced(dict.fromkeys(names)):
        yield


@contextmanager
def stand_ins(names: Sequence[str]) -> Iterator[None]:
    """Importing one of these gives a stand-in; one that is loaded already stays."""
    with _replaced({name: _StandIn(name) for name in names}):
        yield


@contextmanager
def _replaced(modules: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """In the import system's own table, where None means that importing it fails."""
    table: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # its type leaves None out
    missing = {name: module for name, module in modules.items() if name not in table}
    table.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del table[name]
