"""By which terms a test's worker trades, and whom it tells what it has recorded of them."""

from collections.abc import Callable, Container, Sequence
from datetime import datetime
from typing import Protocol

from tradepods_core.book.events import Event, SettingsChanged
from tradepods_core.book.facts import Fact
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Terms
from tradepods_worker.engine.manifest import Manifest


class Steering(Protocol):
    """What a book is told by its account."""

    def terms(self) -> Terms:
        """Those of this moment."""
        ...

    def heard(self, facts: tuple[Fact, ...]) -> None:
        """These were recorded."""
        ...

    def elsewhere(self) -> Container[str]:
        """Ids of the signals that the account's other book has decided."""
        ...


class Alone:
    """An account of which one book is ever open. `put` hears of changed terms."""

    def __init__(self, spec: AccountSpec, *, recorded: Sequence[Fact], put: Callable[[Event], None]) -> None:
        self._manifest, self._put = Manifest(spec, recorded=recorded), put

    def begin(self, now: datetime) -> None:
        """What the start itself has to record."""
        self._news(self._manifest.begin(now))

    def take(self, spec: AccountSpec, now: datetime) -> None:
        """Another manifest."""
        self._news(self._manifest.change(spec, now))

    def terms(self) -> Terms:
        """Those of this moment."""
        return self._manifest.terms

    def heard(self, facts: tuple[Fact, ...]) -> None:
        """What commands have changed counts from now on."""
        self._news(self._manifest.heard(facts))

    def elsewhere(self) -> Container[str]:
        """Nothing."""
        return ()

    def _news(self, event: SettingsChanged | None) -> None:
        if event is not None:
            self._put(event)
