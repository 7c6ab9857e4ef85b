"""A folder that is edited while it runs: right settings reach their workers, wrong ones are said and change nothing."""

from collections.abc import Iterator
from pathlib import Path

from tradepods_cli import manifests
from tradepods_cli.exits import console, say_error, say_warning
from tradepods_cli.local.fleet_checks import check_edited, running
from tradepods_cli.local.layout import Layout, write_settings, write_strategies
from tradepods_cli.manifests import Account, Fleet
from tradepods_core.errors import TradepodsError
from tradepods_core.settings.changes import at_start, differences
from tradepods_core.settings.parts import State

Look = tuple[tuple[str, int, int, int], ...]
KEPT = "nothing was changed: accounts go on as before"
RESTART = "restart `tradepods up` for that"


class Edits:
    """Looks at the folder whenever asked. `fleet` is what runs, as it was read at the start."""

    def __init__(self, folder: Path, *, fleet: Fleet, layout: Layout) -> None:
        self._folder, self._layout = folder, layout
        self._started = self._now = fleet
        self._looked = _look(folder)
        self._doubted: Look | None = None
        self._said = ""

    def look(self) -> None:
        """Take on what was edited since the last look; one that can't be used may be half written: look twice."""
        seen = _look(self._folder)
        if seen == self._looked:
            return
        try:
            fleet = manifests.load(self._folder)
            check_edited(fleet)
            self._take(fleet)
        except (TradepodsError, OSError) as error:
            if seen != self._doubted:
                self._doubted = seen
                return
            self._refuse(str(error))
        else:
            self._said = ""
        self._looked = seen

    def _refuse(self, why: str) -> None:
        if why != self._said:
            self._said = why
            for line in why.splitlines():
                say_error(line)
            say_warning(KEPT)

    def _take(self, fleet: Fleet) -> None:
        """Write the settings of accounts that have a worker, and the strategies; say what needs more than that."""
        before = {account.key: account for account in self._now.accounts}
        workers = {account.key for account in running(self._started)}
        for account in fleet.accounts:
            old = before.get(account.key)
            if old is not None and account.key in workers and account.document != old.document:
                write_settings(self._layout, account)
                _say_changes(old, account)
        if fleet.strategies != self._now.strategies:
            write_strategies(self._layout, fleet.strategies)
            console.print("strategies: changed, in force at the next cycle", highlight=False)
        known = dict(_waiting(self._started, self._now))
        for what, line in _waiting(self._started, fleet):
            if known.get(what) != line:
                say_warning(line)
        self._now = fleet


def _look(folder: Path) -> Look | None:
    """Names, places, times and sizes; None where nothing can be seen."""
    try:
        found = [(file.name, file.stat()) for file in manifests.files_of(folder)]
    except (TradepodsError, OSError):
        return None
    return tuple((name, stat.st_ino, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def _say_changes(old: Account, new: Account) -> None:
    changes = ", ".join(differences(old.spec, new.spec))
    if changes:
        console.print(f"{new.key}: {changes}", markup=False, highlight=False, soft_wrap=True)


def _waiting(started: Fleet, now: Fleet) -> Iterator[tuple[str, str]]:
    """What differs from what was started and waits for the next start: what it is of, and a line for the person."""
    old = {account.key: account for account in started.accounts}
    new = {account.key: account for account in now.accounts}
    yield from ((key, f"{key} is new: {RESTART}") for key in new.keys() - old.keys())
    yield from (
        (key, f"{key} is gone from the folder, its worker goes on: {RESTART}") for key in old.keys() - new.keys()
    )
    for key in sorted(new.keys() & old.keys()):
        yield from ((f"{key} {what}", f"{key}: {what}: {RESTART}") for what in _of_account(old[key], new[key]))


def _of_account(old: Account, new: Account) -> Iterator[str]:
    if old.secrets != new.secrets:
        yield "its secrets changed"
    if fields := at_start(old.spec, new.spec):
        yield f"{', '.join(fields)} changed"
    if new.spec.state is not old.spec.state and State.STOPPED in (old.spec.state, new.spec.state):
        yield f"state is {new.spec.state} now"
