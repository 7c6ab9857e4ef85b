"""Where keys come from without being typed: a file, standard input, or the environment; never the command line."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from tradepods_cli.documents import documents_in
from tradepods_core.errors import Invalid, Problem

NAMES = ("apiKey", "apiSecret", "botToken")
VARIABLES: Mapping[str, str] = {
    "apiKey": "TRADEPODS_API_KEY",
    "apiSecret": "TRADEPODS_API_SECRET",
    "botToken": "TRADEPODS_BOT_TOKEN",
}
FORM = "write a YAML or JSON mapping with apiKey, apiSecret and, if there is a bot, botToken"


def given(source: str, environment: Mapping[str, str], *, stdin: TextIO | None = None) -> Mapping[str, str]:
    """The keys of a file (`-` is standard input), or else of the environment; raises Invalid without what is in it."""
    if not source:
        return {
            name: environment[variable].strip() for name, variable in VARIABLES.items() if environment.get(variable)
        }
    text = (stdin or sys.stdin).read() if source == "-" else Path(source).read_text("utf-8", errors="replace")
    documents = documents_in(text)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise Invalid([Problem(field="--keys-from", value="", fix=FORM)])
    return _checked(documents[0])


def _checked(found: Mapping[object, object]) -> Mapping[str, str]:
    problems = [
        Problem(field="--keys-from", value="", fix=f"holds another field: {FORM}") for _ in found.keys() - NAMES
    ]
    texts = {name: value for name, value in found.items() if isinstance(name, str) and isinstance(value, str)}
    problems += [
        Problem(field=f"--keys-from: {name}", value="", fix="write a text: put it in quotes")
        for name in NAMES
        if name in found and name not in texts
    ]
    if problems:
        raise Invalid(problems[:1])
    return {name: value.strip() for name, value in texts.items() if value.strip()}


def check_shape(name: str, value: str) -> str:
    """A key as it can stand in a request; raises Invalid, for what a request's library says of it may quote it."""
    pem = name == "apiSecret" and value.startswith("-----BEGIN ")
    if not pem and (not value.isascii() or not value.isprintable() or " " in value):
        fix = "has letters that no key has: was it copied whole, and only once?"
        raise Invalid([Problem(field=name, value="", fix=fix)])
    return value
