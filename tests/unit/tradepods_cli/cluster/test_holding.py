"""When a pause counts as confirmed: the operator has handed it on, and the worker goes by it."""

from typing import Any

import pytest

from tradepods_cli.cluster.holding import change_of, result_of, still_held_by, waits_for
from tradepods_cli.cluster.standing import Standing, as_json, standing_of, troubles
from tradepods_operator.engine.manifests.names import HALT, PAUSE


def _document(
    *,
    settings: str = "",
    annotations: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
    seen: int = 1,
    **conditions: tuple[str, str],
) -> dict[str, Any]:
    about = {"namespace": "traders", "name": "alice", "uid": "u", "creationTimestamp": "2026-11-20T08:00:00Z"}
    said = [{"type": kind, "status": status, "reason": reason} for kind, (status, reason) in conditions.items()]
    status = {"observedGeneration": seen, "conditions": said, **({"settingsHash": settings} if settings else {})}
    return {
        "metadata": {**about, "generation": 1, "annotations": annotations or {}},
        "spec": {"exchange": {"id": "binanceusdm"}, **(spec or {})},
        "status": status,
    }


def _standing(**terms: Any) -> Standing:
    return standing_of(_document(**terms))


APPLIED, TOLD, SILENT = ("True", "Applied"), ("False", "Told"), ("Unknown", "NotHeard")
PAUSED = _document(settings="before", annotations={PAUSE: "true"})


@pytest.mark.parametrize(
    ("now", "result"),
    [
        ({"settings": "before", "SettingsApplied": APPLIED}, "not confirmed"),
        ({"settings": "after", "SettingsApplied": TOLD}, "not confirmed"),
        ({"settings": "after", "SettingsApplied": SILENT}, "not confirmed"),
        ({"settings": "after", "SettingsApplied": ("False", "Refused")}, "not confirmed"),
        ({"settings": "", "SettingsApplied": APPLIED}, "not confirmed"),
        ({"settings": "after", "SettingsApplied": SILENT, "WorkerAvailable": ("False", "NotReady")}, "not confirmed"),
        ({"settings": "after", "SettingsApplied": SILENT, "WorkerAvailable": ("True", "Ready")}, "not confirmed"),
        ({"settings": "after", "SettingsApplied": APPLIED}, "confirmed"),
        ({"settings": "after", "SettingsApplied": ("False", "WaitsForFlat")}, "confirmed"),
        ({"settings": "after", "SettingsApplied": ("False", "WaitsForStart")}, "confirmed"),
        ({"settings": "after", "SettingsApplied": SILENT, "WorkerAvailable": ("False", "NoPod")}, "no worker"),
    ],
)
def test_it_is_confirmed_by_both_or_by_nobody(now: dict[str, Any], result: str) -> None:
    """Or there is no worker at all, which will begin by it."""
    assert result_of(change_of(PAUSED), _standing(annotations={PAUSE: "true"}, **now)) == result


KEPT_OUT = {"Ready": ("False", "SharedSecret"), "WorkerAvailable": ("False", "Stopped")}


@pytest.mark.parametrize(
    ("now", "result"),
    [
        (KEPT_OUT, "no worker"),
        ({**KEPT_OUT, "WorkerAvailable": ("True", "Ready")}, "not confirmed"),
        ({**KEPT_OUT, "seen": 0}, "not confirmed"),
        ({"WorkerAvailable": ("False", "Stopped")}, "not confirmed"),
        ({**KEPT_OUT, "settings": "before"}, "not confirmed"),
        ({**KEPT_OUT, "SettingsApplied": ("False", "LeftAlone")}, "not confirmed"),
        ({**KEPT_OUT, "SettingsApplied": ("False", "LeftAlone"), "settings": "in its file"}, "not confirmed"),
    ],
)
def test_an_account_that_may_have_no_worker_opens_nothing(now: dict[str, Any], result: str) -> None:
    """Nothing can be handed on then; what the operator has not looked at yet proves nothing."""
    assert result_of(change_of(PAUSED), _standing(annotations={PAUSE: "true"}, **now)) == result


def test_settings_that_are_handed_on_already_need_no_change() -> None:
    """An account that its manifest has paused is handed the same settings with the annotation."""
    first = change_of(_document(spec={"state": "Paused"}, annotations={PAUSE: "true"}))
    handed = _document(spec={"state": "Paused"}, settings=first.wanted, annotations={PAUSE: "true"})
    again = change_of(handed)

    assert again.before == again.wanted
    assert result_of(again, _standing(settings=first.wanted, SettingsApplied=APPLIED)) == "confirmed"


def test_a_change_of_the_spec_that_was_under_way_is_no_confirmation() -> None:
    """The operator had not seen the newest spec when the annotation was set: a new name may be that one's."""
    change = change_of(_document(settings="before", seen=0, annotations={PAUSE: "true"}))

    assert result_of(change, _standing(settings="after", SettingsApplied=APPLIED)) == "not confirmed"
    assert result_of(change, _standing(settings=change.wanted, SettingsApplied=APPLIED)) == "confirmed"


def test_what_keeps_a_resumed_account_from_opening_is_named() -> None:
    """By whom, and what ends it."""
    chat = _standing(TradingHalted=("True", "Paused"))
    manifest = _standing(spec={"state": "Paused"}, annotations={HALT: "true"}, TradingHalted=("True", "Paused"))

    assert list(still_held_by(_standing(TradingHalted=("False", "Trading")))) == []
    assert list(still_held_by(chat)) == ["Paused: /resume in its chat ends a pause from there"]
    assert [text.partition(":")[0] for text in still_held_by(manifest)] == [
        "its manifest says state",
        f"it is annotated with {HALT}",
    ]


def test_what_is_waited_for_is_what_the_operator_says() -> None:
    """What is stalled first, then what goes on, then the worker; what was said of the settings before is no reason."""
    change = change_of(_document(settings="before", SettingsApplied=("True", "Fine")))

    def said(settings: str = "before", **conditions: Any) -> str:
        return waits_for(change, standing_of(_document(settings=settings, **conditions)))

    assert said(Stalled=("True", "InvalidSpec"), Reconciling=("True", "X")) == "Stalled: InvalidSpec"
    assert said("new", SettingsApplied=TOLD) == "SettingsApplied is False: Told"
    assert said(SettingsApplied=TOLD) == "SettingsApplied is False: Told"
    assert said(SettingsApplied=("True", "Fine")) == "the operator has not said that it has handed this on"
    assert "no operator has looked at it yet" in said()


def test_an_override_from_the_chat_goes_before_the_manifest() -> None:
    """An account that trades real money is never shown as a dry run."""
    document = _document(spec={"dryRun": True})
    document["status"]["overrides"] = {"dryRun": "false"}

    assert standing_of(document).dry_run is False
    assert as_json(standing_of(document))["dryRun"] is False


def test_a_tripped_account_is_a_trouble_though_it_is_ready() -> None:
    """A pause that a person asked for is none."""
    ready = ("True", "Tripped")

    assert list(troubles(_standing(Ready=ready, TradingHalted=("True", "Tripped")))) == ["opens nothing: Tripped"]
    assert list(troubles(_standing(Ready=ready, TradingHalted=("True", "Paused")))) == []
