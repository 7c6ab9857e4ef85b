"""Who may call the signal service of a run on this machine: a key of its own, and tokens made with it.

All of it is in the run's folder for secrets and gone with it. Commands of the same person find a running service's
tokens there by its URL.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from tradepods_cli.local.layout import Layout, made, run_folders, write_private
from tradepods_cli.manifests import Account
from tradepods_signals.engine.tokens import issue
from tradepods_signals.ports.callers import Caller, Role

KEY_ID = "run"
LASTS = timedelta(hours=24)
RENEWED_EVERY = timedelta(hours=1)
PEOPLE: tuple[Role, ...] = ("reader", "admin")
FOLDER, URL = "signals", "url"


class Access:
    """The key of one run, and its tokens."""

    def __init__(self, layout: Layout) -> None:
        self._folder = made(layout.secrets / FOLDER)
        self._renewed_at: datetime | None = None

    @property
    def keys(self) -> Path:
        """The folder that the service is given; there is a key in it."""
        folder = made(self._folder / "keys")
        if not (folder / KEY_ID).exists():
            write_private(folder / KEY_ID, secrets.token_urlsafe(48))
        return folder

    def token(self, account: Account) -> Path:
        """Where an account's worker finds its token."""
        return made(self._folder / "tokens") / f"{account.namespace}.{account.name}"

    def person(self, role: Role) -> Path:
        """Where commands of the person find theirs."""
        return self._folder / role

    def listening(self, url: str) -> None:
        """The service listens there: other commands may find it."""
        write_private(self._folder / URL, url)

    def renew(self, accounts: Iterable[Account], *, now: datetime) -> None:
        """Write every token anew, if that was not done for a while."""
        if self._renewed_at is not None and now - self._renewed_at < RENEWED_EVERY:
            return
        self._renewed_at = now
        for account in accounts:
            self._write(self.token(account), Caller(role="worker", namespace=account.namespace, name=account.name), now)
        for role in PEOPLE:
            self._write(self.person(role), Caller(role=role, namespace="", name=f"{role} of this run"), now)

    def _write(self, file: Path, caller: Caller, now: datetime) -> None:
        key = (self.keys / KEY_ID).read_bytes()
        text = issue(caller, key_id=KEY_ID, key=key, expires=now + LASTS)
        write_private(file.with_name(f"{file.name}.draft"), text).replace(file)


def found(url: str, role: Role) -> Path | None:
    """The token in this role for a service that this person runs at this URL; None where there is none."""
    for run in run_folders():
        place = run / FOLDER / URL
        if place.is_file() and place.read_text("utf-8") == url.rstrip("/"):
            return run / FOLDER / role
    return None
