"""Loads one exchange of ccxt without the other hundred: 40 MiB instead of 100, and half the start-up time.

ccxt's packages import every exchange in their `__init__`. While they are imported, a finder answers for the exchanges
that are not wanted with a module that holds an empty class of that name; then the finder goes away again.
So it does for `requests`, on which only ccxt's synchronous half depends: it would bring 70 modules and every codec.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

SYNCHRONOUS = ("requests", "requests.utils", "requests.exceptions")
PACKAGES = ("ccxt", "ccxt.async_support", "ccxt.pro")


class _Empty(importlib.abc.Loader):
    """A module with one empty class."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.rpartition(".")[2]
        setattr(module, name, type(name, (), {}))


class _Unwanted(importlib.abc.MetaPathFinder):
    """Answers for exchanges that are not wanted, in all three packages; synchronous ones never are."""

    def __init__(self, *, exchanges: frozenset[str], wanted: frozenset[str]) -> None:
        self._exchanges = exchanges
        self._wanted = wanted

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        package, _, name = fullname.rpartition(".")
        if package not in PACKAGES or name not in self._exchanges:
            return None
        if package != "ccxt" and name in self._wanted:
            return None
        return importlib.machinery.ModuleSpec(fullname, _Empty())


class _StandIn(ModuleType):
    """A package whose every name is an exception that nobody raises."""

    __path__ = ()  # type: ignore[assignment]  # a package without a folder

    def __getattr__(self, name: str) -> type[Exception]:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


@contextmanager
def _without_requests() -> Iterator[None]:
    """Stand-ins for what only synchronous requests need, gone afterwards: who imports the library then, gets it."""
    missing = [name for name in SYNCHRONOUS if name not in sys.modules]
    sys.modules.update({name: _StandIn(name) for name in missing})
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One exchange's websocket class, and ccxt's module of exceptions."""

    exchange: Any
    errors: Any


def load_exchange(identifier: str, *, parents: Sequence[str] = ()) -> Loaded:
    """Load one exchange; `parents` are the exchanges that its class derives from."""
    spec = importlib.util.find_spec("ccxt")
    if spec is None or spec.origin is None:
        raise ImportError("ccxt is not installed")
    folder = Path(spec.origin).parent / "abstract"
    exchanges = frozenset(file.stem for file in folder.glob("*.py") if file.stem != "__init__")
    finder = _Unwanted(exchanges=exchanges, wanted=frozenset({identifier, *parents}))
    sys.meta_path.insert(0, finder)
    try:
        with _without_requests():
            module = importlib.import_module(f"ccxt.pro.{identifier}")
        return Loaded(exchange=getattr(module, identifier), errors=importlib.import_module("ccxt.base.errors"))
    finally:
        sys.meta_path.remove(finder)
