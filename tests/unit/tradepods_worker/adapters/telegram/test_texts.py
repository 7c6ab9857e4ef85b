"""The texts of each language say the same, with the same values; none is missing, and none is left over."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from tradepods_core.rules import snapshot
from tradepods_worker.adapters.telegram import phrasing
from tradepods_worker.adapters.telegram.menu import COMMANDS, described
from tradepods_worker.adapters.telegram.phrasing import LANGUAGES, NUMBERS, Language, phrases
from tradepods_worker.adapters.telegram.render import PARTS

FOLDER = Path(phrasing.__file__).parent
WORKER = FOLDER.parents[1]
RULES = Path(snapshot.__file__).parent
OWN = (*NUMBERS, "leg", "duration")  # how a value may be written, beside the words of a table
HANGUL = re.compile("[\uac00-\ud7a3]")


def _values(template: str) -> set[tuple[str, str]]:
    """The values of a template, and how each is written."""
    return {(name, form or "") for _, name, form, _ in Formatter().parse(template) if name is not None}


def _literals(*folders: Path) -> Iterator[str]:
    """Every string in the code of folders."""
    for file in (file for folder in folders for file in folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_each_language_has_every_text() -> None:
    """And no other."""
    assert {file.name for file in (FOLDER / "texts").iterdir()} == set(LANGUAGES)
    assert phrases("ko").templates.keys() == phrases("en").templates.keys()


@pytest.mark.parametrize("name", sorted(phrases("en").templates))
def test_a_text_has_the_same_values_in_each_language(name: str) -> None:
    """Written the same way: an amount is an amount in both."""
    assert _values(phrases("ko").templates[name]) == _values(phrases("en").templates[name])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_is_written_in_a_way_that_there_is(language: Language) -> None:
    """As a number, a leg, a length of time, or by the words of a table."""
    templates = phrases(language).templates
    tables = {name.partition(".")[0] for name in templates}
    forms = {form for template in templates.values() for _, form in _values(template) if form}

    assert forms - tables - set(OWN) == set()


def test_no_text_is_left_over() -> None:
    """Each is named in the code, is a notice's own, a word that a text asks for, or a command's."""
    templates = phrases("en").templates
    words = {form for template in templates.values() for _, form in _values(template)} | {"units", "leg"}
    named, kinds = set(_literals(FOLDER)), set(_literals(RULES, WORKER / "engine", WORKER / "tasks"))
    left = {
        name
        for name in templates
        for table, _, own in [name.partition(".")]
        if name not in named
        and table not in words
        and not (table in ("menu", "values", "answers") and own in {*COMMANDS, *named})
        and not (table in kinds and (own == "text" or (table in PARTS and own in named)))
    }

    assert left == set()


@pytest.mark.parametrize("name", [name for name in sorted(phrases("ko").templates) if name[:5] != "head."])
def test_a_korean_text_is_korean(name: str) -> None:
    """Whatever has letters of its own in English has Hangul."""
    english = re.sub(r"\{[^}]*\}", "", phrases("en").templates[name])
    if re.search("[a-z]{2}", english):
        assert HANGUL.search(phrases("ko").templates[name])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_is_what_telegram_takes(language: Language) -> None:
    """A description of 1 to 256 characters for each command."""
    assert [name for name, _ in described(language)] == list(COMMANDS)
    assert all(0 < len(what) <= 256 for _, what in described(language))


def test_every_kind_of_notice_has_its_text() -> None:
    """A kind that core tells of is told in words."""
    told = re.compile(r'Notice\(kind="(\w+)"')
    sources = (file for folder in (RULES, WORKER / "engine") for file in folder.glob("*.py"))
    kinds = {kind for file in sources for kind in told.findall(file.read_text("utf-8"))}

    assert {"started", "summary", "ledger_down"} <= kinds
    assert {f"{kind}.text" for kind in kinds} - phrases("en").templates.keys() == set()


def test_what_core_says_in_fixed_words_is_said_so() -> None:
    """A sentence that changes there changes here: else it would be told in English."""
    said = {name.removeprefix("said.") for name in phrases("en").templates if name.startswith("said.")}

    assert said - set(_literals(RULES, WORKER / "tasks")) == set()
    assert all(phrases("en").word("said", sentence) == sentence for sentence in said)


def test_a_word_that_a_release_does_not_know_is_shown_as_it_is() -> None:
    """It was written by another one."""
    assert phrases("ko").word("by", "of_tomorrow") == "of_tomorrow"
