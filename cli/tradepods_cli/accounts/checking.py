"""Reads TradingAccount manifests, and the Secrets among them, as `account validate` tells of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tradepods_cli.documents import documents_of
from tradepods_cli.manifests import check_version, manifest_of, secret_data
from tradepods_core.errors import Invalid, Problem
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One document of a file: an account that is right, or what is wrong."""

    file: Path
    name: str = ""
    spec: AccountSpec | None = None
    problems: tuple[Problem, ...] = ()


def checked(file: Path) -> Iterator[Checked]:
    """Each TradingAccount of a file, and each document that is wrong."""
    try:
        documents = documents_of(file)
    except Invalid as error:
        yield Checked(file=file, problems=error.problems)
        return
    for document in documents:
        try:
            found = _account(document)
        except Invalid as error:
            yield Checked(file=file, problems=error.problems)
        else:
            if found is not None:
                yield Checked(file=file, name=found[0], spec=found[1])


def _account(document: object) -> tuple[str, AccountSpec] | None:
    """An account's name and spec; None for another kind. Raises Invalid, for a Secret without what is in it."""
    manifest = manifest_of(document)
    if manifest.kind == "Secret":
        secret_data(manifest)
    if manifest.kind != "TradingAccount":
        return None
    check_version(manifest)
    return f"{manifest.namespace}/{manifest.name}", read_account(manifest.spec)
