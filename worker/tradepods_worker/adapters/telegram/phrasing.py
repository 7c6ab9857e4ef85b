"""The texts of `texts/`, in a person's language: named templates, their values by name, and how a value is written."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal

from tradepods_core.book.intents import Leg
from tradepods_core.money import plain
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.adapters.telegram.format import lengths, money, price, signed

Language = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "ko")
PROBLEM = re.compile(r"(?P<field>[\w./\[\]]+)(?: is (?P<value>.+?))?: (?P<fix>.+)")
NUMBERS: Mapping[str, Callable[[str], str]] = {"money": money, "signed": signed, "price": price}


def language_of(settings: AccountSpec) -> Language:
    """The language in which an account's bot speaks."""
    return "en" if settings.telegram is None else settings.telegram.language


class Phrases(Formatter):
    """The texts of one language. A template is named by its table and its own name, as in `entered.text`."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self.templates = templates

    def __call__(self, name: str, /, **values: object) -> str:
        """A text with its values; raises LookupError where one is missing, ArithmeticError for what is no number."""
        return self.vformat(self.templates[name], (), values)

    def leg(self, leg: Leg) -> str:
        """One side of one symbol."""
        return self(f"leg.{leg.side}", symbol=leg.symbol)

    def word(self, table: str, value: str) -> str:
        """The word that a table has for a value; the value itself where a release does not know it."""
        return self.templates.get(f"{table}.{value}", value)

    def said(self, sentence: str) -> str:
        """What core says; as it is where no text here has those words."""
        fixed = self.templates.get(f"said.{sentence}")
        if fixed is not None:
            return fixed
        found = ((name, pattern.fullmatch(sentence)) for name, pattern in sentences())
        return next((self(name, **match.groupdict()) for name, match in found if match is not None), sentence)

    def problem(self, line: str) -> str:
        """What is wrong with what a person wrote: field, value and fix."""
        match = PROBLEM.fullmatch(line)
        if match is None:
            return self.said(line)
        return self("problems.bare" if match["value"] is None else "problems.text", **match.groupdict())

    def format_field(self, value: Any, format_spec: str) -> Any:
        """A value as its template asks: a number, a leg, a length of time, or a word of a table."""
        text = plain(value) if isinstance(value, Decimal) else str(value)
        if format_spec in NUMBERS:
            return NUMBERS[format_spec](text)
        if isinstance(value, Leg):
            return self.leg(value)
        if format_spec in SAID:
            return "\n".join(SAID[format_spec](self, line) for line in text.splitlines())
        if format_spec == "duration":
            return " ".join(self(f"units.{unit}", count=count) for unit, count in lengths(text))
        return self.word(format_spec, text) if format_spec else text


SAID: Mapping[str, Callable[[Phrases, str], str]] = {"said": Phrases.said, "problems": Phrases.problem}


@cache
def sentences() -> Sequence[tuple[str, re.Pattern[str]]]:
    """The sentences of core with values in them, the longest first: of two that fit it is the more exact one."""
    found = [(name, text) for name, text in phrases("en").templates.items() if name.startswith("sentences.")]
    return [(name, _pattern(text)) for name, text in sorted(found, key=lambda one: _words(one[1]), reverse=True)]


def _words(template: str) -> int:
    """How many characters of a template are its own."""
    return sum(len(literal) for literal, *_ in Formatter().parse(template))


def _pattern(template: str) -> re.Pattern[str]:
    """A value holds no semicolon; a sentence within may."""
    found = ""
    for literal, name, form, _ in Formatter().parse(template):
        value = "" if name is None else f"(?P<{name}>{'.' if form == 'said' else '[^;]'}+?)"
        found += re.escape(literal) + value
    return re.compile(found)


@cache
def phrases(language: Language) -> Phrases:
    """The texts of a language, read once."""
    folder = files(__package__) / "texts" / language
    found: dict[str, str] = {}
    for file in folder.iterdir():
        for table, texts in tomllib.loads(file.read_text("utf-8")).items():
            found |= {f"{table}.{name}": text for name, text in texts.items()}
    return Phrases(found)
