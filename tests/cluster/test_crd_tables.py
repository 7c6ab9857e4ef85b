"""Each bound and each rule of the definitions, asked of a real API server and of `validate`: they agree."""

from pathlib import Path

import pytest

from support.crd_rows import document, rows
from support.crd_rules import BROKEN, FITTING
from support.crd_verdicts import Admitting, Validating, words_alone

KINDS = ("TradingAccount", "TradingStrategy")
LONG = "a" * 41


@pytest.mark.parametrize("kind", KINDS)
def test_every_bound_holds_at_both_doors(kind: str, admitting: Admitting, tmp_path: Path) -> None:
    """What is outside is refused by both, which name the field; of what is inside both say the same."""
    validating = Validating(file=tmp_path / "x.yaml")
    wrong = []
    for row in rows(kind):
        manifest = document(kind, row.spec)
        refusal, problems = admitting.refusal(manifest), validating.problems(manifest)
        named = row.path in refusal and any(_leads(row.path, problem.field) for problem in problems)
        agreed = (refusal == "") is (not problems or (kind == "TradingStrategy" and words_alone(row.spec)))
        if not (agreed if row.fits else named):
            wrong.append(f"{row}: {refusal or 'admitted'} | {'; '.join(map(str, problems)) or 'valid'}")

    assert "\n".join(wrong) == ""


def _leads(path: str, field: str) -> bool:
    """A message names the value, something in it, or the comparison that it belongs to."""
    return field.startswith(path) or path.startswith(field)


@pytest.mark.parametrize(("kind", "row"), [(kind, row) for kind in KINDS for row in BROKEN[kind]])
def test_every_rule_holds_at_both_doors_with_field_and_fix(
    kind: str, row: tuple[object, str, str], admitting: Admitting, tmp_path: Path
) -> None:
    """The API server's answer names the field in the rule's own words."""
    spec, field, said = row
    manifest = document(kind, spec)
    problems = Validating(file=tmp_path / "x.yaml").problems(manifest)

    assert f"{field}: Invalid value" in admitting.refusal(manifest)
    assert said in admitting.refusal(manifest)
    assert any(_leads(field, problem.field) for problem in problems)


@pytest.mark.parametrize(("kind", "spec"), [(kind, spec) for kind in KINDS for spec in FITTING[kind]])
def test_what_keeps_every_rule_is_taken_at_both_doors(
    kind: str, spec: object, admitting: Admitting, tmp_path: Path
) -> None:
    """Nobody is stopped without reason."""
    manifest = document(kind, spec)

    assert admitting.refusal(manifest) == ""
    assert Validating(file=tmp_path / "x.yaml").problems(manifest) == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "fits"), [("a" * 40, True), (LONG, False), ("a.b", False), ("1-a", True)])
def test_a_name_has_at_most_forty_characters(
    kind: str, name: str, fits: bool, admitting: Admitting, tmp_path: Path
) -> None:
    """And no dots: a worker's objects are named after it."""
    manifest = document(kind, FITTING[kind][0], name)
    refusal = admitting.refusal(manifest)

    assert ("metadata.name has at most 40" in refusal) is not fits
    assert (not Validating(file=tmp_path / "x.yaml").problems(manifest)) is fits


def test_an_empty_value_is_left_out_before_anything_is_checked(admitting: Admitting, tmp_path: Path) -> None:
    """The one difference: an API server takes nothing for the default; `validate` asks for the value."""
    manifest = document("TradingAccount", {"exchange": {}, "entryPct": None})
    (problem,) = Validating(file=tmp_path / "x.yaml").problems(manifest)

    assert admitting.refusal(manifest) == ""
    assert problem.field == "spec.entryPct"
