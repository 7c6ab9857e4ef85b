"""The texts of each language say the same, with the same values; none is missing, and none is left over."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from support.chatting import chatty
from tradepods_core.book import holdings
from tradepods_core.errors import Invalid
from tradepods_core.rules import snapshot
from tradepods_core.settings import overrides
from tradepods_core.settings.overrides import in_force, wanted
from tradepods_worker.adapters.telegram import phrasing
from tradepods_worker.adapters.telegram.menu import COMMANDS, described
from tradepods_worker.adapters.telegram.phrasing import LANGUAGES, NUMBERS, Language, phrases
from tradepods_worker.adapters.telegram.render import PARTS

FOLDER = Path(phrasing.__file__).parent
WORKER = FOLDER.parents[1]
SETTINGS = Path(overrides.__file__).parent
BOOK = Path(holdings.__file__).parent
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
    words = {form for template in templates.values() for _, form in _values(template)} | {"units", "leg", "sentences"}
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

    assert said - set(_literals(RULES, SETTINGS, WORKER / "tasks")) == set()
    assert all(phrases("en").word("said", sentence) == sentence for sentence in said)


def _skeletons(*folders: Path) -> Iterator[str]:
    """Every text with values in the code of folders, its values left out."""
    for file in (file for folder in folders for file in folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)


def test_what_core_says_with_values_is_said_so() -> None:
    """A sentence that changes there changes here; the bounds of a number are put together from a schema."""
    templates = phrases("en").templates
    ours = {
        "".join(literal + ("{}" if value else "") for literal, value, *_ in Formatter().parse(text))
        for name, text in templates.items()
        if name.startswith("sentences.") and name != "sentences.between"
    }

    assert ours - set(_skeletons(RULES, BOOK, SETTINGS, WORKER / "tasks")) == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "equity is 12.5 % below its peak of 1234.50, the limit is 12 %",
        "0.01 BTC/USDT:USDT is under the venue's least order 100: entryPct 7.5 would do",
        "a stop at 12 % needs liquidation further than 9.60 %: lower leverage or stopLossPct",
        "Unreconciled: order tpabc is of our pattern, and not in this ledger: `tradepods account adopt` takes it in",
        "all positions would be 120 % of equity, over 100 %",
        "the 0.001 that would be left are under the venue's least order",
        "a position of 90000 is over what the venue allows at 20x",
        "it might be liquidated before its stop acts",
        "no strategy of ours opened it",
        "default.swing is not in force",
        "default.swing is disabled",
        "default.swing has no management rules",
        "the account is Paused",
        "asked for by Ann: is it me? (Telegram 7)",
    ],
)
def test_a_sentence_of_core_is_told_in_korean_with_its_values(sentence: str) -> None:
    """Each number and name of it stays; in English it stays as it is."""
    told = phrases("ko").said(sentence)

    assert HANGUL.search(told)
    assert not re.search(
        "is|the|would|least", re.sub("entryPct|stopLossPct|tradepods account adopt|is it me", "", told)
    )
    assert [n for n in re.findall(r"[0-9.]+[0-9]|[0-9]", sentence) if n not in told] == []
    assert phrases("en").said(sentence) == sentence


@pytest.mark.parametrize(
    ("typed", "told"), [("150", "0 초과 100 이하의 숫자. 현재 5"), ("abc", "0 초과 100 이하의 숫자(예: 2.5). 현재 5")]
)
def test_a_refused_setting_is_told_in_korean(typed: str, told: str) -> None:
    """Field, value and what would do."""
    with pytest.raises(Invalid) as caught:
        wanted(in_force(chatty(), ()), "entryPct", typed)

    assert phrases("ko").format_field(str(caught.value), "problems").startswith("entryPct 값 ")
    assert told in phrases("ko").format_field(str(caught.value), "problems")
    assert phrases("en").format_field(str(caught.value), "problems") == str(caught.value)


def test_every_refusal_of_an_entry_is_told_in_korean() -> None:
    """What the guards and the sizing say: none is left in English."""
    said = {text for file in ("guards", "sizing", "exposure", "losses") for text in _said_by(RULES / f"{file}.py")}

    assert {text for text in said if not HANGUL.search(phrases("ko").said(text.replace("{}", "7")))} == set()


def _said_by(file: Path) -> Iterator[str]:
    """The sentences that a file of core refuses or pauses with; values left out."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = {"message", "why", "advice"}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names:
            yield from _sentences(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_no", "Refusal"):
            for given in (*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "message")):
                yield from _sentences(given)


def _sentences(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in values)
        case ast.IfExp(body=body, orelse=other):
            yield from _sentences(body)
            yield from _sentences(other)
        case _:
            pass


def test_a_word_that_a_release_does_not_know_is_shown_as_it_is() -> None:
    """It was written by another one."""
    assert phrases("ko").word("by", "of_tomorrow") == "of_tomorrow"
