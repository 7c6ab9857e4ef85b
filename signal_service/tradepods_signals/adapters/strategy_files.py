"""Strategies from a folder of YAML files, one TradingStrategy manifest a document."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tradepods_core.errors import Invalid, Permanent, Problem, Temporary
from tradepods_core.manifest import API_VERSION, read_manifest
from tradepods_core.reading import unreadable
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy
from tradepods_signals.ports.strategies import StrategiesRead

ENDINGS = (".yaml", ".yml", ".json")
LARGEST = 1 << 20  # bytes of a file with strategies
Look = tuple[tuple[str, int, int, int], ...]


class StrategyFolder:
    """A folder that may change at any time; looking at one that has not is cheap."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: Look | None = None

    def read(self) -> StrategiesRead | None:
        """All that it holds, or None where no file has changed since; raises Temporary where it can't be read."""
        try:
            looked = tuple(_stamp(file) for file in _files(self._folder))
            if looked == self._seen:
                return None
            found = read_folder(self._folder)
        except OSError as error:
            raise Temporary(f"{error.filename or self._folder}: {error.strerror or error}") from error
        self._seen = looked
        return found


def _stamp(file: Path) -> tuple[str, int, int, int]:
    stat = file.stat()
    return file.name, stat.st_ino, stat.st_size, stat.st_mtime_ns


def load(folder: Path) -> list[Strategy]:
    """Every strategy in a folder; raises Invalid with every problem in it, Permanent without a folder."""
    if not folder.is_dir():
        raise Permanent(f"{folder} is not a folder with strategies")
    found = read_folder(folder)
    if found.problems:
        raise Invalid(found.problems)
    return list(found.strategies)


def read_folder(folder: Path) -> StrategiesRead:
    """What a folder holds. A problem's path begins with its file, and costs its own strategy only."""
    strategies: list[Strategy] = []
    problems: list[Problem] = []
    for file in _files(folder):
        for strategy, found in _read(file):
            strategies += [] if strategy is None else [strategy]
            problems += [Problem(field=f"{file.name}: {p.field}", value=p.value, fix=p.fix) for p in found]
            problems += _again(strategy, strategies[:-1], file)
    once = Counter(strategy.key for strategy in strategies)
    return StrategiesRead(
        strategies=tuple(strategy for strategy in strategies if once[strategy.key] == 1), problems=tuple(problems)
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in ENDINGS)


def _again(strategy: Strategy | None, others: list[Strategy], file: Path) -> Iterator[Problem]:
    """Two of one name would give two signals with one id, and which of them is meant can't be told: neither counts."""
    if strategy is not None and strategy.key in {other.key for other in others}:
        fix = "stands here twice: keep one"
        yield Problem(field=f"{file.name}: metadata.name", value=strategy.name, fix=fix)


def _read(file: Path) -> Iterator[tuple[Strategy | None, tuple[Problem, ...]]]:
    """Each document's strategy, or what is wrong with it; one answer for a file that is no YAML."""
    try:
        documents = _documents(file)
    except Invalid as error:
        yield None, error.problems
        return
    for document in documents:
        try:
            yield _strategy(document), ()
        except Invalid as error:
            yield None, error.problems


def _documents(file: Path) -> list[Any]:
    if file.stat().st_size > LARGEST:
        raise Invalid([Problem(field="document", value="", fix=f"is larger than {LARGEST >> 20} MiB: split it")])
    try:
        return [document for document in yaml.safe_load_all(file.read_text("utf-8")) if document is not None]
    except yaml.MarkedYAMLError as error:
        raise unreadable(line=error.problem_mark.line + 1 if error.problem_mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise unreadable(line=None) from None


def _strategy(document: object) -> Strategy:
    manifest = read_manifest(document)
    if (manifest.api_version, manifest.kind) != (API_VERSION, "TradingStrategy"):
        value = f"{manifest.api_version} {manifest.kind}"
        raise Invalid([Problem(field="kind", value=value, fix=f"only {API_VERSION} TradingStrategy belongs here")])
    return Strategy(namespace=manifest.namespace, name=manifest.name, spec=read_strategy(manifest.spec))
