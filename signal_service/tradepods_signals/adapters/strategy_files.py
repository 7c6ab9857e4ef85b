"""Strategies from a folder of YAML files, one TradingStrategy manifest a document."""

from pathlib import Path
from typing import Any

import yaml

from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_core.manifest import API_VERSION, read_manifest
from tradepods_core.reading import unreadable
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy

ENDINGS = (".yaml", ".yml", ".json")


def load(folder: Path) -> list[Strategy]:
    """Every strategy in a folder; raises Invalid with the file in each problem's path, Permanent without a folder."""
    if not folder.is_dir():
        raise Permanent(f"{folder} is not a folder with strategies")
    strategies: dict[str, Strategy] = {}
    problems: list[Problem] = []
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in ENDINGS):
        try:
            for strategy in (_strategy(document) for document in _documents(file)):
                _add(strategies, strategy)
        except Invalid as error:
            problems += [Problem(field=f"{file.name}: {p.field}", value=p.value, fix=p.fix) for p in error.problems]
    if problems:
        raise Invalid(problems)
    return list(strategies.values())


def _add(strategies: dict[str, Strategy], strategy: Strategy) -> None:
    """Two of one name would give two signals with one id."""
    if strategy.key in strategies:
        raise Invalid([Problem(field="metadata.name", value=strategy.name, fix="stands here twice: keep one")])
    strategies[strategy.key] = strategy


def _documents(file: Path) -> list[Any]:
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
