"""Why an account isn't Ready: for whatever the operator can write, people are told what to do."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from tradepods_cli.doctor.accounts import TO_DO
from tradepods_operator.engine import conditions
from tradepods_operator.engine.checks import Reason
from tradepods_operator.engine.conditions import LACKING, UNHEARD

DOCUMENT = Path(__file__).parents[2] / "docs" / "operator.md"
UNREADY = {("Ready", "False"), ("Stalled", "True"), ("Reconciling", "True")}  # Ready takes on the reasons of the others
ELSEWHERE = {  # where reasons come from that aren't written out
    "found.reason",  # an objection's
    "stalled.reason",
    "reconciling.reason",
    "held.reason",  # a change that waits leaves the account Ready
    "DELAYED",  # so does an object that can't be taken just now
    "UNHEARD[part.reason]",
    "LACKING[part.type]",
}


def _given() -> Iterator[ast.expr]:
    """The reason of each condition, in the operator's text, that keeps an account from being Ready."""
    for call in ast.walk(ast.parse(inspect.getsource(conditions))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Said":
            terms = {term.arg: term.value for term in call.keywords}
            if (ast.unparse(terms["type"])[1:-1], ast.unparse(terms["status"])[1:-1]) in UNREADY:
                yield terms["reason"]


def _written() -> set[str]:
    own = {str(reason.value) for reason in _given() if isinstance(reason, ast.Constant)}
    return own | set(get_args(Reason)) | set(LACKING.values()) | set(UNHEARD.values())


def test_all_sources_of_reasons_are_known() -> None:
    """A reason from elsewhere would be without advice."""
    assert {ast.unparse(reason) for reason in _given() if not isinstance(reason, ast.Constant)} == ELSEWHERE
    assert {"Refused", "Degraded", "Deleting", "NotProtected", "SharedAccount", "FleetUnknown"} <= _written()


def test_the_doctor_has_advice_for_each_reason() -> None:
    """And for no other, but an account that no operator has looked at."""
    assert set(TO_DO) == _written() | {"NotLookedAt"}


def test_the_document_says_what_to_do_for_each_reason() -> None:
    """In the table of the conditions, and for no other."""
    text = DOCUMENT.read_text("utf-8").partition("## Conditions")[2].partition("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == _written()
