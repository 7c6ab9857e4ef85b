"""Loads one exchange of ccxt without the other hundred: 40 MiB instead of 100, and half the start-up time.

ccxt's packages import every exchange in their `__init__`. While they are imported, a finder answers for the exchanges
that are not wanted with a module that holds an empty class of that name; then finder and modules go away again. So do
the endpoints that nobody calls: ccxt writes out more than a thousand for Binance, and all of them twice.
Of `requests`, on which only ccxt's synchronous half depends, and of `cryptography`, with which only keys in PEM sign,
it is given stand-ins: together they would bring 100 modules and 10 MiB.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tradepods_worker.unneeded import stand_ins

SYNCHRONOUS = ("requests", "requests.utils", "requests.exceptions")
HAZMAT = "cryptography.hazmat"
SIGNING = (
    "cryptography",
    HAZMAT,
    f"{HAZMAT}.backends",
    f"{HAZMAT}.primitives",
    f"{HAZMAT}.primitives.hashes",
    f"{HAZMAT}.primitives.asymmetric",
    f"{HAZMAT}.primitives.asymmetric.utils",
    f"{HAZMAT}.primitives.serialization",
)
PEM = "PRIVATE KEY"  # by which ccxt knows a secret that `cryptography` has to sign with
BASE = "ccxt.base.exchange"
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
        self._answered: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        package, _, name = fullname.rpartition(".")
        if package not in PACKAGES or name not in self._exchanges:
            return None
        if package != "ccxt" and name in self._wanted:
            return None
        self._answered.append(fullname)
        return importlib.machinery.ModuleSpec(fullname, _Empty())

    def forget(self) -> None:
        """Whoever imports one of the unwanted from now on gets the real one."""
        for fullname in self._answered:
            package, _, name = fullname.rpartition(".")
            sys.modules.pop(fullname, None)
            vars(sys.modules.get(package, ModuleType(package))).pop(name, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One exchange's websocket class, and ccxt's module of exceptions."""

    exchange: Any
    errors: Any


def load_exchange(
    identifier: str, *, secret: str, parents: Sequence[str] = (), products: Sequence[str] = ("",)
) -> Loaded:
    """Load one exchange that signs with such a secret.

    Args:
        identifier: ccxt's name of it. secret: what it signs with.
        parents: the exchanges that its class derives from.
        products: how the names begin of those of the venue's interfaces that are used; by default all of them.

    """
    spec = importlib.util.find_spec("ccxt")
    if spec is None or spec.origin is None:
        raise ImportError("ccxt is not installed")
    folder = Path(spec.origin).parent / "abstract"
    exchanges = frozenset(file.stem for file in folder.glob("*.py") if file.stem != "__init__")
    finder = _Unwanted(exchanges=exchanges, wanted=frozenset({identifier, *parents}))
    sys.meta_path.insert(0, finder)
    try:
        with stand_ins(SYNCHRONOUS if PEM in secret else (*SYNCHRONOUS, *SIGNING)):
            module = importlib.import_module(f"ccxt.pro.{identifier}")
            if PEM in secret and not hasattr(sys.modules[BASE].backends, "__file__"):  # an earlier key did without it
                importlib.reload(sys.modules[BASE])
        rest = importlib.import_module(f"ccxt.async_support.{identifier}")
        _trim(getattr(rest, identifier), importlib.import_module("ccxt.base.types").Entry, tuple(products))
        return Loaded(exchange=getattr(module, identifier), errors=importlib.import_module("ccxt.base.errors"))
    finally:
        sys.meta_path.remove(finder)
        finder.forget()


def _trim(exchange: type[Any], endpoint: type[Any], products: tuple[str, ...]) -> None:
    """Let go of other products' endpoints, and of those that a class never sees: they come to it from two bases."""
    known: set[str] = set()
    for kind in exchange.__mro__:
        found = {name: value for name, value in vars(kind).items() if isinstance(value, endpoint)}
        for name, value in found.items():
            if name in known or not value.api[0].startswith(products):
                delattr(kind, name)
        known |= found.keys()
