"""What to tell the person about how the account is set and guarded: settings, levels without orders, troubles."""

from collections.abc import Iterator

from tradepods_core.book.facts import Fact
from tradepods_core.book.steering import (
    GuardChanged,
    LevelReached,
    OverrideEnded,
    SettingsRefused,
    SettingsSeen,
    TermsChanged,
    TroubleBegan,
    TroubleEnded,
)
from tradepods_core.money import plain
from tradepods_core.rules.snapshot import Notice, Snapshot
from tradepods_core.rules.troubles import apart, together


def of_standing(snapshot: Snapshot, fact: Fact) -> Iterator[Notice]:
    """The notice of one fact; none for facts of other kinds."""
    match fact:
        case GuardChanged() | LevelReached() | TermsChanged():
            yield from _of_position(snapshot, fact)
        case SettingsSeen() if fact.changes:
            yield _told(snapshot, "settings_changed", {"changes": "\n".join(fact.changes)})
        case SettingsRefused():
            yield _told(snapshot, "settings_refused", {"why": fact.why})
        case OverrideEnded() if not fact.why.startswith("asked for"):
            yield _told(snapshot, "override_ended", {"field": fact.field, "why": fact.why})
        case TroubleBegan(kind="CloseOnly") | TroubleEnded(kind="CloseOnly"):
            yield from _of_symbols(snapshot, fact)
        case TroubleBegan():
            yield _told(snapshot, "trouble", {"kind": fact.kind, "why": fact.why})
        case TroubleEnded():
            yield _told(snapshot, "relieved", {"kind": fact.kind})
        case _:
            pass


def _of_symbols(snapshot: Snapshot, fact: TroubleBegan | TroubleEnded) -> Iterator[Notice]:
    """Each symbol is told once, when it becomes close-only; and once that none that is held is any more."""
    if isinstance(fact, TroubleEnded):
        yield _told(snapshot, "close_only_over", {})
        return
    known = snapshot.before.troubles.get("CloseOnly")
    new = apart(fact.why) - apart("" if known is None else known.why)
    if new:
        yield _told(snapshot, "close_only", {"symbols": together(new)})


def _told(snapshot: Snapshot, kind: str, values: dict[str, str]) -> Notice:
    return Notice(kind=kind, at=snapshot.now, values=values)


def _of_position(snapshot: Snapshot, fact: GuardChanged | LevelReached | TermsChanged) -> Iterator[Notice]:
    """A position that is being opened says in its own notice that nothing rests for it."""
    if fact.leg not in snapshot.before.positions:
        return
    kind, values = _of(fact)
    yield Notice(kind=kind, at=snapshot.now, leg=fact.leg, values=values)


def _of(fact: GuardChanged | LevelReached | TermsChanged) -> tuple[str, dict[str, str]]:
    match fact:
        case LevelReached():
            return "level_reached", {"what": fact.what, "level": plain(fact.level)}
        case TermsChanged():
            terms = fact.terms
            values = {"take_profit_pct": plain(terms.take_profit_pct), "stop_loss_pct": plain(terms.stop_loss_pct)}
            return "terms_changed", values
        case GuardChanged():
            levels = (("stop", fact.stop), ("target", fact.target))
            kind = "armed" if fact.rests else "disarmed"
            return kind, {name: plain(level) for name, level in levels if level is not None}
