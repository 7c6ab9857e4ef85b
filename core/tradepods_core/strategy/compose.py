"""A strategy from a list of triggers, each one line: `rsi(period=14) < 30`, `price crosses above sma(period=50)@1h`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tradepods_core.errors import Invalid, Problem

Json = dict[str, Any]
Side = Literal["long", "short"]
NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
TERM = re.compile(r"([a-z][a-z0-9_]*)\s*(?:\(([^()]*)\))?\s*(?:@\s*([0-9]+[mhd]))?")
OP = re.compile(r"\s*(<=|>=|==|!=|<|>|crosses[ _]above\b|crosses[ _]below\b|between\b)\s*")
BOTH = re.compile(rf"({NUMBER})\s+and\s+({NUMBER})")
PARAM = re.compile(rf"\s*([a-z][a-z0-9_]*)\s*=\s*({NUMBER})\s*")
SAYS = "write it as rsi(period=14) < 30, price crosses above sma(period=50)@1h, or rsi between 40 and 60"


def composed(
    *, timeframe: str, symbols: Sequence[str], triggers: Mapping[Side, Sequence[str]], joined: Literal["all", "any"]
) -> Json:
    """A strategy's spec as a person would write it: one entry a side; raises Invalid with each trigger not understood.

    What the triggers say of variables is for `read_strategy` to judge.
    """
    problems: list[Problem] = []
    entries: list[Json] = []
    for side, texts in triggers.items():
        conditions = []
        for index, text in enumerate(texts):
            try:
                conditions.append(condition_of(text))
            except ValueError:
                problems.append(Problem(field=f"{side}[{index}]", value=text, fix=SAYS))
        if texts:
            entries.append({"side": side, "type": f"composed_{side}", "when": {joined: conditions}})
    if problems:
        raise Invalid(problems)
    universe: Json = {"top": 0, "include": list(symbols)}
    return {"timeframe": timeframe, "universe": universe, "entries": entries}


def condition_of(text: str) -> Json:
    """One trigger as a condition; raises ValueError where it is none."""
    term = TERM.match(text.strip())
    op = None if term is None else OP.match(text.strip(), term.end())
    if term is None or op is None:
        raise ValueError(text)
    name = op[1].replace(" ", "_")
    return {**_term(term), "op": name, **_right(name, text.strip()[op.end() :])}


def _right(op: str, text: str) -> Json:
    if op == "between":
        if (both := BOTH.fullmatch(text)) is None:
            raise ValueError(text)
        return {"values": [_number(both[1]), _number(both[2])]}
    if re.fullmatch(NUMBER, text):
        return {"value": _number(text)}
    if (term := TERM.fullmatch(text)) is None:
        raise ValueError(text)
    return {"ref": _term(term)}


def _term(found: re.Match[str]) -> Json:
    term: Json = {"var": found[1]}
    if found[2] is not None and found[2].strip():
        term["params"] = dict(_param(part) for part in found[2].split(","))
    if found[3] is not None:
        term["timeframe"] = found[3]
    return term


def _param(text: str) -> tuple[str, float]:
    if (found := PARAM.fullmatch(text)) is None:
        raise ValueError(text)
    return found[1], _number(found[2])


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value
