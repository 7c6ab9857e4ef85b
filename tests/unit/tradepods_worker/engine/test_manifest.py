"""The manifest in force and the overrides beside it, over starts and edits."""

import json
from datetime import timedelta
from typing import Any

from support.build import NOON, settings
from tradepods_core.book.steering import OverrideEnded, OverrideSet, SettingsRefused, SettingsSeen
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.engine.manifest import Manifest

LATER = NOON + timedelta(hours=1)
BOT: dict[str, Any] = {"telegram": {"secretRef": {"name": "bot"}, "chatIds": ["1"]}}


def _spec(**changes: Any) -> AccountSpec:
    return settings(**{**BOT, **changes})


def _set(value: str = "2", over: str = "5") -> OverrideSet:
    return OverrideSet(field="entryPct", value=value, over=over, by="ann", at=NOON)


def test_a_first_start_records_the_manifest_and_tells_nothing() -> None:
    """There is nothing that it differs from."""
    (seen,) = Manifest(_spec(), recorded=()).begin(NOON).news

    assert isinstance(seen, SettingsSeen)
    assert (json.loads(seen.document)["entryPct"], seen.changes) == ("5", ())


def test_a_start_tells_what_changed_meanwhile_and_which_overrides_it_ended() -> None:
    """Also what was edited while nothing ran."""
    (seen,) = Manifest(_spec(), recorded=()).begin(NOON).news
    again = Manifest(_spec(entryPct=6), recorded=[seen, _set()])

    news = again.begin(LATER).news
    assert [type(fact) for fact in news] == [SettingsSeen, OverrideEnded]
    assert isinstance(news[0], SettingsSeen)
    assert news[0].changes == ("entryPct 5 -> 6",)
    assert again.terms.overrides == ()


def test_a_document_of_another_release_ends_no_start() -> None:
    """A field that this one does not know: what differs can't be told."""
    document = {**json.loads(_spec().model_dump_json(by_alias=True)), "gone": 1}
    seen = SettingsSeen(document=json.dumps(document), changes=(), at=NOON)

    (news,) = Manifest(_spec(), recorded=[seen]).begin(LATER).news
    assert isinstance(news, SettingsSeen)
    assert news.changes == ()


def test_an_override_that_was_decided_before_a_new_manifest_came_ends_at_once() -> None:
    """Else it would come to life when the manifest says the old value again."""
    manifest = Manifest(_spec(), recorded=())
    manifest.change(_spec(entryPct=6), LATER)
    changed = manifest.heard([_set("7", over="5")])

    assert changed is not None
    assert changed.news == (OverrideEnded(field="entryPct", why="the manifest changed it", at=NOON),)
    assert manifest.terms.effective.entry_pct == 6
    manifest.change(_spec(entryPct=5), LATER)
    assert manifest.terms.overrides == ()


def test_a_manifest_that_is_refused_is_said_once_and_changes_nothing() -> None:
    """Until another one is wrong in another way, or right."""
    manifest = Manifest(_spec(), recorded=())
    first = manifest.refuse("wrong", NOON)

    assert first is not None
    assert [type(fact) for fact in first.news] == [SettingsRefused]
    assert (manifest.refuse("wrong", LATER), manifest.terms.effective) == (None, _spec())
    assert manifest.change(_spec(), LATER) is None
    assert manifest.refused == ""


def test_another_exchange_is_refused() -> None:
    """It would be another account."""
    manifest = Manifest(_spec(), recorded=())
    manifest.change(_spec(exchange={"environment": "demo"}), NOON)

    assert manifest.terms.spec == _spec()
    assert "can't be changed" in manifest.refused
