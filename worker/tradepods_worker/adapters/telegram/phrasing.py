"""The texts of `texts/`, in a person's language: named templates, their values by name, and how a value is written."""

import tomllib
from collections.abc import Callable, Mapping
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

    def format_field(self, value: Any, format_spec: str) -> Any:
        """A value as its template asks: a number, a leg, a length of time, or a word of a table."""
        text = plain(value) if isinstance(value, Decimal) else str(value)
        if format_spec in NUMBERS:
            return NUMBERS[format_spec](text)
        if isinstance(value, Leg):
            return self.leg(value)
        if format_spec == "duration":
            return " ".join(self(f"units.{unit}", count=count) for unit, count in lengths(text))
        return self.word(format_spec, text) if format_spec else text


@cache
def phrases(language: Language) -> Phrases:
    """The texts of a language, read once."""
    folder = files(__package__) / "texts" / language
    found: dict[str, str] = {}
    for file in folder.iterdir():
        for table, texts in tomllib.loads(file.read_text("utf-8")).items():
            found |= {f"{table}.{name}": text for name, text in texts.items()}
    return Phrases(found)
