"""The manifest in force, and the overrides beside it: what a new one changes, and what of it has to wait."""

from collections.abc import Iterable
from datetime import datetime

from tradepods_core.book import steering
from tradepods_core.book.events import SettingsChanged
from tradepods_core.book.facts import Fact
from tradepods_core.book.steering import OverrideEnded, OverrideSet, SettingsRefused, SettingsSeen, Steering
from tradepods_core.errors import Invalid
from tradepods_core.settings import overrides as overriding
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.changes import at_start, differences, fixed
from tradepods_core.settings.overrides import Overridable, Override, in_force


class Manifest:
    """What an account is told to be, over one run of its worker.

    Args:
        spec: the manifest that the worker was started with.
        recorded: what the ledger says of manifests and overrides, oldest first.

    """

    def __init__(self, spec: AccountSpec, *, recorded: Iterable[Fact]) -> None:
        self._started_with = spec
        facts = tuple(recorded)
        self._known = steering.after((), facts)
        self._seen = next((fact.document for fact in reversed(facts) if isinstance(fact, SettingsSeen)), None)
        self.terms = in_force(spec, self._known)
        self.refused = ""
        self._dropped: tuple[OverrideEnded, ...] = ()

    def begin(self, now: datetime) -> SettingsChanged:
        """What the start itself has to record: a manifest that changed meanwhile, and the overrides that it ended."""
        document = _written(self.terms.spec)
        news: tuple[Steering, ...] = ()
        if document != self._seen:
            news = (SettingsSeen(document=document, changes=self._since_seen(), at=now),)
        over = (*self._dropped, *self._ended(self.terms.spec, now))
        self._known = steering.after(self._known, over)
        return SettingsChanged(terms=self.terms, news=(*news, *over))

    def change(self, spec: AccountSpec, now: datetime) -> SettingsChanged | None:
        """The manifest is this from now on; None where nothing differs. One of another account is refused."""
        if wrong := fixed(self.terms.spec, spec):
            return self.refuse(str(Invalid(wrong)), now)
        self.refused = ""
        changes = differences(self.terms.spec, spec)
        if not changes:
            return None
        seen = SettingsSeen(document=_written(spec), changes=changes, at=now)
        over = tuple(self._ended(spec, now))
        self._known = steering.after(self._known, over)
        self.terms = in_force(spec, self._known)
        return SettingsChanged(terms=self.terms, news=(seen, *over))

    def refuse(self, why: str, now: datetime) -> SettingsChanged | None:
        """A manifest that can't be used: the one before stays in force. None where that was said already."""
        if why == self.refused:
            return None
        self.refused = why
        return SettingsChanged(terms=self.terms, news=(SettingsRefused(why=why, at=now),))

    def heard(self, facts: Iterable[Fact]) -> SettingsChanged | None:
        """What commands have changed by these recorded facts; None where they changed nothing."""
        news = [fact for fact in facts if isinstance(fact, OverrideSet | OverrideEnded)]
        known = steering.after(self._known, news)
        if known == self._known:
            return None
        over = tuple(self._ended_of(known))  # decided before a new manifest came, recorded after it
        self._known = steering.after(known, over)
        self.terms = in_force(self.terms.spec, self._known)
        return SettingsChanged(terms=self.terms, news=over)

    def without(self, field: Overridable, *, why: str, now: datetime) -> None:
        """An override that can't be obeyed ends; the start records it."""
        dropped = tuple(override for override in self._known if override.field == field)
        self._known = tuple(override for override in self._known if override.field != field)
        self._dropped = tuple(OverrideEnded(field=override.field, why=why, at=now) for override in dropped)
        self.terms = in_force(self.terms.spec, self._known)

    def waiting(self) -> tuple[str, ...]:
        """The fields that wait for the worker's next start."""
        return at_start(self._started_with, self.terms.spec)

    def _since_seen(self) -> tuple[str, ...]:
        if self._seen is None:
            return ()
        try:
            return differences(AccountSpec.model_validate_json(self._seen), self.terms.spec)
        except ValueError:  # of a release that knew other fields
            return ()

    def _ended_of(self, known: tuple[Override, ...]) -> Iterable[OverrideEnded]:
        for override, why in overriding.ended(self.terms.spec, known):
            yield OverrideEnded(field=override.field, why=why, at=override.at)

    def _ended(self, spec: AccountSpec, now: datetime) -> Iterable[OverrideEnded]:
        for override, why in overriding.ended(spec, self._known):
            yield OverrideEnded(field=override.field, why=why, at=now)


def _written(spec: AccountSpec) -> str:
    return spec.model_dump_json(by_alias=True)
